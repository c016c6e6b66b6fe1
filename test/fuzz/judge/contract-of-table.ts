/**
 * The table of operations and its documents, as a judge wants them: which operation an address is, and what it may answer.
 *
 * Why checks are kept: compiling one takes longer than a hundred requests.
 */

import { wireShapesOf } from '../../../src/game/wire-shapes.ts';
import { minotaurGame } from '../../../src/games.ts';
import { asyncapi } from '../../../src/http/api/asyncapi.ts';
import { jsonSchemas } from '../../../src/http/api/json-schemas.ts';
import { openapi } from '../../../src/http/api/openapi.ts';
import type { ApiOperation } from '../../../src/http/api/operation.ts';
import { everyOperation } from '../../../src/http/api/operations.ts';
import { type Check, Contract } from '../../support/contract.ts';
import type { SchemaWorld } from '../cases/from-schema.ts';
import type { OperationSchemas } from '../cases/request.ts';

/** The one that the members play. */
const game = wireShapesOf(minotaurGame);
const rest = new Contract(openapi(game));
const frames = new Contract(asyncapi(game));
const kept = new Map<string, Check>();

function keep(name: string, make: () => Check): Check {
  const check = kept.get(name) ?? make();
  kept.set(name, check);
  return check;
}

/** For the body with which `operation` answers `status`; throws if none is documented. */
export function answerCheck({ path, method, id }: ApiOperation, status: number, contentType: string): Check {
  const type = contentType.split(';')[0];
  return keep(`${id} ${status} ${type}`, () => rest.answer(path, method, status, contentType));
}

export const problemCheck: Check = rest.at('components', 'schemas', 'Problem');

/** For the body of a request; null: it takes none. */
export function bodyCheck({ path, method, body, id }: ApiOperation): Check | null {
  if (body === null) return null;
  const at = ['paths', path, method.toLowerCase(), 'requestBody', 'content', 'application/json', 'schema'];
  return keep(`${id} body`, () => rest.at(...at));
}

/** For a frame of the server; throws if its type is not documented. */
export function frameCheck(type: string): Check {
  return keep(`frame ${type}`, () => frames.frame(type));
}

/** Every operation at this address, as the member decodes it; null: it cannot be decoded. */
export function operationsAt(target: string): readonly ApiOperation[] | null {
  const [path = ''] = target.replace(/^https?:\/\/[^/?#]*/, '').split(/[?#]/);
  const given = path.split('/');
  let decoded: string[];
  try {
    decoded = given.map((segment) => decodeURIComponent(segment));
  } catch {
    return null;
  }
  return everyOperation.filter((line) => {
    const wanted = line.path.split('/');
    return (
      wanted.length === given.length && wanted.every((part, index) => part === decoded[index] || part.startsWith('{'))
    );
  });
}

/** What cases are made of: the schemas of every operation and every frame of a client. */
export function schemasOfTable(clientFrames: Readonly<Record<string, Parameters<typeof jsonSchemas>[0][string]>>) {
  const all: Record<string, Parameters<typeof jsonSchemas>[0][string]> = {};
  for (const { id, params, query, body } of everyOperation) {
    all[`${id} params`] = params;
    all[`${id} query`] = query;
    if (body !== null) all[`${id} body`] = body;
  }
  for (const [type, schema] of Object.entries(clientFrames)) all[`frame ${type}`] = schema;
  const { of, named } = jsonSchemas(all, game, 'draft-2020-12');
  const find = (name: string) => {
    const schema = of[name];
    if (schema === undefined) throw new Error(`there is no schema ${name}`);
    return schema;
  };
  return {
    named: named as SchemaWorld['named'],
    frame: (type: string) => find(`frame ${type}`),
    operation: ({ id, body }: ApiOperation): OperationSchemas => ({
      params: find(`${id} params`),
      query: find(`${id} query`),
      body: body === null ? null : find(`${id} body`),
    }),
  };
}
