/**
 * What is wrong with a value that came from outside, named where it is: `settings.roundSecs: is not known; did you mean roundSeconds?`.
 *
 * Role: one way of saying it for documents, bodies, frames and settings.
 * Invariant: bounded, whatever came: so many complaints, each so long.
 */
import { z } from 'zod';

const mostComplaints = 5;
const longestComplaint = 200;
const longestName = 40;

interface Said {
  /** Of anything else that is wrong. */
  readonly error?: (issue: { readonly input?: unknown }) => string;
}

/** An object that takes no other fields than these; each one that is not known is named, with the one that was likely meant. */
export function exactly<Shape extends z.ZodRawShape>(shape: Shape, params: Said = {}) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? unknownFields(issue.keys, Object.keys(shape)) : params.error?.(issue),
  });
}

/** The same object, with nothing but its own fields; and so the objects that stand in it. `beside`: names that may have been meant as well. */
export function strictly<Schema extends z.ZodObject>(schema: Schema, beside: readonly string[] = []): Schema {
  const known = [...beside, ...Object.keys(schema.shape)];
  const shape = Object.entries(schema.shape).map(([name, field]) => [
    name,
    field instanceof z.ZodObject && field.def.catchall === undefined ? strictly(field) : field,
  ]);
  return schema.clone({
    ...schema.def,
    shape: Object.fromEntries(shape),
    catchall: z.never(),
    error: (issue: z.core.$ZodRawIssue) =>
      issue.code === 'unrecognized_keys'
        ? unknownFields(issue.keys as string[], known)
        : schema.def.error?.(issue as never),
  });
}

/** One line for each thing that is wrong: its path, `within` before it, and what is wrong. */
export function complaintsOf(issues: readonly z.core.$ZodIssue[], within: readonly string[] = []): readonly string[] {
  const lines = issues.flatMap((issue) => {
    const path = [...within, ...issue.path].map(String);
    if (issue.code !== 'unrecognized_keys') return [`${path.join('.')}: ${issue.message}`];
    return issue.message.split('\n').map((line) => [...path, line].join('.'));
  });
  return [...new Set(lines)].slice(0, mostComplaints).map((line) => line.slice(0, longestComplaint));
}

/** What zod says in its own way, in ours; for `error` of a parse. What a schema says itself goes before it. */
export function complain(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.input === undefined) return 'is required';
  const tooMuch = beyondNumbers(issue.input);
  if (tooMuch !== undefined) return tooMuch;
  if (issue.code === 'too_big' && typeof issue.input === 'number')
    return `is too large: must be at most ${issue.maximum}`;
  if (issue.code === 'too_small' && typeof issue.input === 'number')
    return `is too small: must be at least ${issue.minimum}`;
  return issue.code === 'invalid_type' ? `must be ${kinds[issue.expected] ?? issue.expected}` : undefined;
}

/** Of a number that is more than can be counted: that it is. */
export function beyondNumbers(input: unknown): string | undefined {
  if (typeof input !== 'number' || Number.isNaN(input) || Math.abs(input) <= Number.MAX_SAFE_INTEGER) return undefined;
  return input > 0 ? 'is too large' : 'is too small';
}

/** The one of `names` that `name` was likely meant to be; null: none is near. */
export function nearestOf(name: string, names: readonly string[]): string | null {
  const short = plain(name);
  // Two wrong letters, or three in a longer name; the beginning of a word is near, too (`roundSecs`).
  const farthest = Math.max(1, Math.min(3, Math.floor(short.length / 2.5)));
  const near = names.map((candidate) => [distance(short, plain(candidate)), candidate] as const);
  const [best] = near.sort(([one], [other]) => one - other);
  return best !== undefined && best[0] <= farthest ? best[1] : null;
}

const kinds: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a string',
  boolean: 'true or false',
  object: 'a JSON object',
  record: 'a JSON object',
  array: 'a list',
};

function unknownFields(keys: readonly string[], known: readonly string[]): string {
  const lines = keys.slice(0, mostComplaints).map((key) => {
    const meant = nearestOf(key, known);
    const shown = key.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, longestName);
    return `${shown}: is not known${meant === null ? '' : `; did you mean ${meant}?`}`;
  });
  return lines.join('\n');
}

const plain = (name: string) =>
  name
    .slice(0, longestName * 2)
    .toLowerCase()
    .replaceAll(/[_-]/g, '');

/** How many letters to add, drop, replace, or swap with the next one. */
function distance(one: string, other: string): number {
  let before: number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let above = 0; above < one.length; above += 1) {
    const next = [above + 1];
    for (let index = 0; index < other.length; index += 1) {
      const replaced = (row[index] ?? 0) + (one[above] === other[index] ? 0 : 1);
      const isSwapped = above > 0 && one[above] === other[index - 1] && one[above - 1] === other[index];
      const swapped = isSwapped ? (before[index - 1] ?? 0) + 1 : replaced;
      next.push(Math.min(replaced, swapped, (row[index + 1] ?? 0) + 1, (next[index] ?? 0) + 1));
    }
    before = row;
    row = next;
  }
  return row[other.length] ?? 0;
}
