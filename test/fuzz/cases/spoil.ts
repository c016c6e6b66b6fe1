/**
 * JSON values that are almost right: one thing in them is wrong, or at least odd.
 *
 * Why text in braces: what JSON.stringify cannot write (NaN, numbers beyond a double, thousands of levels) stands as a text such as
 * `{{raw:1e999}}` until the value is sent, and so stays short in a report.
 */
import fc from 'fast-check';
import type { Json } from './from-schema.ts';

/** Instead of a value. */
const oddities: readonly Json[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e21,
  2 ** 53,
  -(2 ** 53),
  '',
  ' ',
  '0',
  'NaN',
  'null',
  '\u0000',
  '\ud800',
  '\udfff\ud800',
  '\ufeff',
  '\u202eabc',
  'e\u0301'.repeat(70),
  '💥'.repeat(65),
  '*',
  '>',
  'a.b',
  'a b',
  '../..',
  '%2e%2e%2f',
  '__proto__',
  'constructor',
  '2030-13-45T99:99:99Z',
  [],
  {},
  [[]],
  [null],
  { length: 1 },
  { toString: null, valueOf: null },
  '{{long:65}}',
  '{{long:5000}}',
  '{{long:70000}}',
  '{{raw:-0}}',
  '{{raw:NaN}}',
  '{{raw:Infinity}}',
  '{{raw:1e999}}',
  '{{raw:-1e999}}',
  '{{raw:1e-999}}',
  '{{raw:0x10}}',
  '{{raw:01}}',
  '{{raw:9007199254740993}}',
  '{{raw:123456789012345678901234567890}}',
  '{{raw:undefined}}',
  "{{raw:'x'}}",
  '{{raw:"\\ud800"}}',
  '{{raw:"\\u0000"}}',
  '{{raw:"\\x"}}',
  '{{raw:"\t"}}',
  '{{raw:}}',
  '{{raw:1,}}',
  '{{raw:/**/1}}',
  '{{deep:63}}',
  '{{deep:65}}',
  '{{deep:1000}}',
  '{{deep:20000}}',
  '{{deepobject:65}}',
  '{{deepobject:5000}}',
];

/** Besides what a value has. */
const names = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'toJSON',
  'then',
  'length',
  '',
  '*',
  'extra',
  '{{long:5000}}',
];

type Change =
  | { readonly kind: 'replace'; readonly by: Json }
  | { readonly kind: 'remove' }
  | { readonly kind: 'wrap' }
  | { readonly kind: 'add'; readonly name: string; readonly value: Json }
  | { readonly kind: 'crowd'; readonly count: number };

const oddity = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...oddities) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json> },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 80 }) },
);

const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 6, arbitrary: oddity.map((by) => ({ kind: 'replace' as const, by })) },
  { weight: 2, arbitrary: fc.constant({ kind: 'remove' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'wrap' as const }) },
  {
    weight: 3,
    arbitrary: fc
      .record({ name: fc.constantFrom(...names), value: oddity })
      .map((added) => ({ kind: 'add' as const, ...added })),
  },
  { weight: 1, arbitrary: fc.constantFrom(65, 1_000).map((count) => ({ kind: 'crowd' as const, count })) },
);

/** Values of `right` with one change somewhere. */
export function spoiled(right: fc.Arbitrary<Json>): fc.Arbitrary<Json> {
  return fc
    .record({ value: right, place: fc.nat({ max: 1_000 }), change })
    .map(({ value, place, change }) => changedAt(value, place % sizeOf(value), change));
}

/** How many values there are in `value`, itself included. */
function sizeOf(value: Json): number {
  return typeof value !== 'object' || value === null
    ? 1
    : Object.values(value).reduce<number>((sum, item) => sum + sizeOf(item), 1);
}

/** With the change at the `place`-th value, counted from the outside in. */
function changedAt(value: Json, place: number, change: Change): Json {
  if (place === 0) return changed(value, change);
  let left = place - 1;
  const items = entriesOf(value).flatMap(([name, item]): [string, Json][] => {
    const size = sizeOf(item);
    const isHere = left >= 0 && left < size;
    const here = left;
    left -= size;
    if (!isHere) return [[name, item]];
    return here === 0 && change.kind === 'remove' ? [] : [[name, changedAt(item, here, change)]];
  });
  return Array.isArray(value) ? items.map(([, item]) => item) : Object.fromEntries(items);
}

function changed(value: Json, change: Change): Json {
  switch (change.kind) {
    case 'replace':
      return change.by;
    case 'remove':
      return null;
    case 'wrap':
      return [value];
    case 'add':
      // Not by assignment, or `__proto__` would be lost.
      return Object.fromEntries([...entriesOf(value), [change.name, change.value]]);
    case 'crowd':
      return Object.fromEntries(Array.from({ length: change.count }, (_, index) => [`x${index}`, value]));
  }
}

function entriesOf(value: Json): [string, Json][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

/** What is sent for `value`: JSON, but for what stands in braces. */
export function textOf(value: Json): string {
  return JSON.stringify(value).replaceAll(/"\{\{raw:((?:[^"\\}]|\\.)*)\}\}"/g, (_, escaped: string) =>
    JSON.parse(`"${escaped}"`),
  );
}

/** `text` with `{{long:n}}`, `{{deep:n}}` and `{{deepobject:n}}` written out. */
export function writtenOut(text: string): string {
  return text
    .replaceAll(/\{\{long:(\d+)\}\}/g, (_, count) => 'x'.repeat(Number(count)))
    .replaceAll(/\{\{deeptext:(\d+)\}\}/g, (_, count) => '['.repeat(Number(count)))
    .replaceAll(/"\{\{deep:(\d+)\}\}"/g, (_, count) => '['.repeat(Number(count)) + ']'.repeat(Number(count)))
    .replaceAll(
      /"\{\{deepobject:(\d+)\}\}"/g,
      (_, count) => '{"a":'.repeat(Number(count)) + 1 + '}'.repeat(Number(count)),
    );
}
