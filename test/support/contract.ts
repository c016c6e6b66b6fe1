/**
 * Both documents of the wire contract as checks: does an answer, or a frame, look as documented.
 *
 * Role: for tests that hold examples, or what a running member sent, against the documents that it serves.
 * Why sealed: clients must ignore fields that they do not know, so the documents allow them; a test must not, or a field that nobody documented
 * would never be noticed.
 */
import { createRequire } from 'node:module';
import type { ErrorObject, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';

const require = createRequire(import.meta.url);
const { Ajv } = require('ajv') as typeof import('ajv');
const addFormats = require('ajv-formats') as typeof import('ajv-formats').default;

// biome-ignore lint/suspicious/noExplicitAny: a document is JSON; the tests say what must be in it.
export type Document = any;

/** Says what is wrong with a value; null if nothing is. */
export type Check = (value: unknown) => string | null;

export class Contract {
  readonly #document: Document;
  readonly #ajv: InstanceType<typeof Ajv> | Ajv2020;

  /** Of an OpenAPI document or an AsyncAPI document. */
  constructor(document: Document) {
    this.#document = document;
    const options = { strict: false, allErrors: true };
    this.#ajv = 'openapi' in document ? new Ajv2020(options) : new Ajv({ ...options, validateSchema: false });
    addFormats(this.#ajv as InstanceType<typeof Ajv>);
    this.#ajv.addSchema(sealed(document) as object, 'document');
  }

  /** For the schema at a JSON pointer (its parts) of the document. */
  at(...path: readonly (string | number)[]): Check {
    const pointer = path.map((part) => encodeURIComponent(String(part).replaceAll('~', '~0').replaceAll('/', '~1')));
    const validate: ValidateFunction = this.#ajv.compile({ $ref: `document#/${pointer.join('/')}` });
    return (value) => (validate(value) ? null : explain(validate.errors ?? []));
  }

  /** For the bodies with which `path` answers `method`; throws if the document knows no such answer. */
  answer(path: string, method: string, status: number, contentType: string): Check {
    const response = this.#document.paths[path]?.[method.toLowerCase()]?.responses[status];
    if (response === undefined) throw new Error(`${method} ${path} is not documented to answer ${status}`);
    if (response.content === undefined) return (value) => (value === '' ? null : 'there should be no body');
    const documented = Object.keys(response.content).find((type) => contentType.startsWith(type));
    if (documented === undefined) throw new Error(`${method} ${path} is not documented to answer ${contentType}`);
    return this.at('paths', path, method.toLowerCase(), 'responses', status, 'content', documented, 'schema');
  }

  /** For a frame of this type, of the client or of the server. */
  frame(type: string): Check {
    if (this.#document.components.messages[type] === undefined) throw new Error(`no frame ${type} is documented`);
    return this.at('components', 'messages', type, 'payload');
  }
}

function explain(errors: readonly ErrorObject[]): string {
  return errors
    .map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`)
    .join('; ');
}

/** A copy in which every object schema refuses what it does not name. */
function sealed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(sealed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, sealed(value)]));
  const isObject = copy.type === 'object' && copy.properties !== undefined;
  return isObject && copy.additionalProperties === undefined ? { ...copy, additionalProperties: false } : copy;
}
