/**
 * The table of operations and its documents, as a judge wants them: which operation an address is, and what it may answer.
 *
 * Role: of one game, since its documents describe its actions and events.
 * Why checks are kept: compiling one takes longer than a hundred requests.
 */

import type { LoadedGame } from '../../../src/game/loaded-game.ts';
import { type WireShapes, wireShapesOf } from '../../../src/game/wire-shapes.ts';
import { minotaurGame } from '../../../src/games.ts';
import { asyncapi } from '../../../src/http/api/asyncapi.ts';
import { jsonSchemas } from '../../../src/http/api/json-schemas.ts';
import { openapi } from '../../../src/http/api/openapi.ts';
import type { ApiOperation } from '../../../src/http/api/operation.ts';
import { everyOperation } from '../../../src/http/api/operations.ts';
import { type Check, Contract } from '../../support/contract.ts';
import type { SchemaWorld } from '../cases/from-schema.ts';
import type { OperationSchemas } from '../cases/request.ts';

type Schemas = Parameters<typeof jsonSchemas>[0];

/** The documents that the members of one game serve. */
export class TableContract {
  readonly #shapes: WireShapes;
  readonly #rest: Contract;
  readonly #frames: Contract;
  readonly #kept = new Map<string, Check>();

  constructor(game: LoadedGame) {
    this.#shapes = wireShapesOf(game);
    this.#rest = new Contract(openapi(this.#shapes));
    this.#frames = new Contract(asyncapi(this.#shapes));
  }

  /** For the body with which an operation answers `status`; throws if none is documented. */
  answerCheck({ path, method, id }: ApiOperation, status: number, contentType: string): Check {
    const type = contentType.split(';')[0];
    return this.#keep(`${id} ${status} ${type}`, () => this.#rest.answer(path, method, status, contentType));
  }

  /** For the body of a request; null: it takes none. */
  bodyCheck({ path, method, body, id }: ApiOperation): Check | null {
    if (body === null) return null;
    const at = ['paths', path, method.toLowerCase(), 'requestBody', 'content', 'application/json', 'schema'];
    return this.#keep(`${id} body`, () => this.#rest.at(...at));
  }

  /** For a frame of the server; throws if its type is not documented. */
  frameCheck(type: string): Check {
    return this.#keep(`frame ${type}`, () => this.#frames.frame(type));
  }

  /** What cases are made of: the schemas of every operation and every frame of a client. */
  schemas(clientFrames: Schemas) {
    const all: Record<string, Schemas[string]> = {};
    for (const { id, params, query, body } of everyOperation) {
      all[`${id} params`] = params;
      all[`${id} query`] = query;
      if (body !== null) all[`${id} body`] = body;
    }
    for (const [type, schema] of Object.entries(clientFrames)) all[`frame ${type}`] = schema;
    const { of, named } = jsonSchemas(all, this.#shapes, 'draft-2020-12');
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

  #keep(name: string, make: () => Check): Check {
    const check = this.#kept.get(name) ?? make();
    this.#kept.set(name, check);
    return check;
  }
}

/** Of every game. */
export const problemCheck: Check = new Contract(openapi(wireShapesOf(minotaurGame))).at(
  'components',
  'schemas',
  'Problem',
);

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
