/**
 * Values that a JSON Schema describes, at random: everything that the documents allow, the edges of it above all.
 *
 * Role: made from the schemas of the wire contract, so that a new operation or field is fuzzed without a word here.
 * Invariant: a schema that this does not understand is an error, not a gap.
 */
import fc from 'fast-check';
import type { JsonSchema } from '../../../src/http/api/json-schemas.ts';

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

export interface SchemaWorld {
  /** What `#/components/schemas/<name>` refers to. */
  readonly named: Readonly<Record<string, JsonSchema>>;
  /** Values of fields that mean something only if they exist: ids of games and players. By the name of the field. */
  readonly known: ReadonlyMap<string, fc.Arbitrary<string>>;
}

/** Of the right form, and none all the same: the documents say so in words. fast-check likes to try it. */
const noId = '__proto__';
/** Ids that are right by their letters, and names of what every object has. */
const oddIds = ['constructor', 'prototype', 'toString', 'hasOwnProperty', '-', '_', '0', 'A'.repeat(64)];
const mostItems = 3;
const mostInventedCharacters = 24;

/** What `schema` describes. */
export function valuesOf(schema: JsonSchema, world: SchemaWorld, name = ''): fc.Arbitrary<Json> {
  const { $ref, const: only, enum: some, anyOf, oneOf } = schema;
  const choices = anyOf ?? oneOf;
  if ($ref !== undefined) return valuesOf(named($ref, world), world, name);
  if (only !== undefined) return fc.constant(only as Json);
  if (some !== undefined) return fc.constantFrom(...(some as Json[]));
  if (choices !== undefined) return fc.oneof(...choices.map((each) => valuesOf(each as JsonSchema, world, name)));
  switch (schema.type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return integers(schema);
    case 'number':
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case 'string':
      return strings(schema, world, name);
    case 'array':
      return fc.array(valuesOf(schema.items as JsonSchema, world), { maxLength: mostItems });
    case 'object':
      return objects(schema, world);
    case undefined:
      // What only the game that is played can read.
      return fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>;
    default:
      throw new Error(`no values are known of ${JSON.stringify(schema)}`);
  }
}

function named(ref: string, { named }: SchemaWorld): JsonSchema {
  const schema = named[ref.split('/').at(-1) ?? ''];
  if (schema === undefined) throw new Error(`nothing is at ${ref}`);
  return schema;
}

function integers({ minimum, maximum }: JsonSchema): fc.Arbitrary<number> {
  const min = minimum ?? Number.MIN_SAFE_INTEGER;
  const max = maximum ?? Number.MAX_SAFE_INTEGER;
  const all = fc.bigInt({ min: BigInt(min), max: BigInt(max) }).map(Number);
  const small = fc.integer({ min: Math.max(min, -3), max: Math.min(max, 3) });
  return min > 3 || max < -3 ? all : fc.oneof(all, small, fc.constantFrom(min, max));
}

function strings(
  { pattern, format, minLength, maxLength }: JsonSchema,
  world: SchemaWorld,
  name: string,
): fc.Arbitrary<string> {
  if (format === 'date-time') return name === 'idleSince' ? longAgo : times;
  if (format !== undefined) throw new Error(`no texts are known of the format ${format}`);
  const known = world.known.get(name);
  const longest = maxLength ?? mostInventedCharacters;
  const any = pattern === undefined ? invented(longest, minLength) : matching(pattern);
  return known === undefined ? any : fc.oneof({ weight: 4, arbitrary: known }, { weight: 1, arbitrary: any });
}

function matching(pattern: string): fc.Arbitrary<string> {
  const expression = new RegExp(pattern, 'u');
  // Classes by property are beyond what is generated from an expression.
  const any = pattern.includes('\\p')
    ? invented(mostInventedCharacters).filter((text) => expression.test(text))
    : fc.stringMatching(new RegExp(pattern)).filter((text) => text !== noId);
  const odd = oddIds.filter((id) => expression.test(id));
  return odd.length === 0 ? any : fc.oneof(any, fc.constantFrom(...odd));
}

/** The shortest and the longest are what breaks things, more than what is between. */
function invented(maxLength: number, minLength = 0): fc.Arbitrary<string> {
  const any = fc.string({ unit: 'grapheme', minLength, maxLength: Math.max(minLength, mostInventedCharacters) });
  const edges = fc.constantFrom('x'.repeat(minLength), 'x'.repeat(maxLength));
  return fc.oneof(
    { weight: 3, arbitrary: any.filter((text) => text.length <= maxLength) },
    { weight: 1, arbitrary: edges },
  );
}

/** Nobody's games are older: what the others play is not erased. */
const longAgo = fc.constantFrom('2020-01-01T00:00:00Z', '1999-12-31T23:59:59.999+01:30');

const times = fc
  .date({ min: new Date('2020-01-01'), max: new Date('2090-01-01'), noInvalidDate: true })
  .chain((date) => fc.constantFrom(date.toISOString(), date.toISOString().replace(/\.\d+Z$/, '+01:30')));

function objects(
  { properties = {}, required = [], additionalProperties }: JsonSchema,
  world: SchemaWorld,
): fc.Arbitrary<Json> {
  if (typeof additionalProperties === 'object') {
    const key = world.known.get('playerId') ?? fc.constant('p');
    return fc.dictionary(key, valuesOf(additionalProperties, world), { maxKeys: mostItems, noNullPrototype: true });
  }
  const fields: Record<string, fc.Arbitrary<Json>> = {};
  for (const [name, schema] of Object.entries(properties)) fields[name] = valuesOf(schema as JsonSchema, world, name);
  return fc
    .record(fields, { requiredKeys: required, noNullPrototype: true })
    .map((value) => value as { [name: string]: Json });
}
