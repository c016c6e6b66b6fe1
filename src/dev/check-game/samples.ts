/**
 * Values made from a schema: right ones, by chance, and now and then strings that are poison as keys.
 *
 * Role: what clients may send to a game that does not say what is legal, and settings at their bounds.
 * Invariant: everything follows from the draws. Not everything that is made passes the schema: whoever asks has to look.
 */
import { type Random, z } from 'minotaur/game';

/** The part of JSON Schema that zod writes. */
interface Described {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Described[];
  readonly oneOf?: readonly Described[];
  readonly properties?: Readonly<Record<string, Described>>;
  readonly required?: readonly string[];
  readonly items?: Described | boolean;
  readonly prefixItems?: readonly Described[];
  readonly additionalProperties?: Described | boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxLength?: number;
}

export interface Drawing {
  readonly random: Random;
  /** Strings that mean something in this game: its players. */
  readonly strings: readonly string[];
}

const poison = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', ''] as const;

/** What a client might send for this schema. */
export function sampleOf(schema: z.ZodType, drawing: Drawing): unknown {
  return sampleFor(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Described, drawing);
}

function sampleFor(of: Described, drawing: Drawing): unknown {
  const { random } = drawing;
  if (of.const !== undefined) return of.const;
  if (of.enum !== undefined && of.enum.length > 0) return random.pick(of.enum);
  const either = of.anyOf ?? of.oneOf;
  if (either !== undefined && either.length > 0) return sampleFor(random.pick(either), drawing);
  switch (of.type) {
    case 'integer':
      return numberOf(of, random);
    case 'number':
      return numberOf(of, random) + random.pick([0, 0, 0.5]);
    case 'boolean':
      return random.int(2) === 1;
    case 'string':
      return random.pick([...drawing.strings, ...drawing.strings, ...poison]).slice(0, of.maxLength);
    case 'array':
      return listOf(of, drawing);
    case 'object':
      return objectOf(of, drawing);
    default:
      return null;
  }
}

function numberOf({ minimum = -1_000, maximum = 1_000 }: Described, random: Random): number {
  const [least, most] = [Math.max(minimum, -1e9), Math.min(maximum, 1e9)];
  const span = Math.floor(most - least);
  return random.pick([least, most, least + random.int(Math.max(1, span)), Math.min(most, least + random.int(4))]);
}

function listOf({ items, prefixItems, minItems = 0, maxItems = 4 }: Described, drawing: Drawing): unknown[] {
  if (prefixItems !== undefined) return prefixItems.map((each) => sampleFor(each, drawing));
  const length = minItems + drawing.random.int(Math.max(1, Math.min(maxItems, minItems + 4) - minItems + 1));
  return Array.from({ length }, () => (typeof items === 'object' ? sampleFor(items, drawing) : null));
}

function objectOf({ properties = {}, required = [], additionalProperties }: Described, drawing: Drawing): object {
  const fields = Object.entries(properties)
    .filter(([name]) => required.includes(name) || drawing.random.int(2) === 1)
    .map(([name, each]) => [name, sampleFor(each, drawing)]);
  if (typeof additionalProperties !== 'object') return Object.fromEntries(fields);
  const more = drawing.strings
    .slice(0, drawing.random.int(3))
    .map((name) => [name, sampleFor(additionalProperties, drawing)]);
  return Object.fromEntries([...fields, ...more]);
}

/** Each setting at one of its bounds, or left out. */
export function boldSettings(schema: z.ZodObject, drawing: Drawing): object {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Described;
  const chosen = Object.entries(properties).filter(() => drawing.random.int(2) === 1);
  return Object.fromEntries(
    chosen.map(([name, of]) => {
      const isBounded = of.type === 'integer' && of.minimum !== undefined && of.maximum !== undefined;
      return [name, isBounded ? drawing.random.pick([of.minimum, of.maximum]) : sampleFor(of, drawing)];
    }),
  );
}
