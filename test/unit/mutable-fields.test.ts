/**
 * Classes of the source hold little that changes: six fields at most. What has more states than a reader can keep in mind is told as a union,
 * or split.
 *
 * Why by text: a field is one line at the indentation of its class, which the formatter sees to.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const MOST_FIELDS = 6;
/** They do nothing: all that they have is state, changed by what they are told. */
const PURE_STATE = ['Session', 'ClusterClock', 'Feed', 'Tally'];
const root = join(import.meta.dirname, '../..');
/** With a type, a value, or both; what is given to a constructor as a field is not used here (`erasableSyntaxOnly`). */
const FIELD = /^ {2}(?!readonly |private readonly |static )(?:private )?(#?\w+)\??(?:: [^=]+?|: \(?\(.+)?(?: = .+)?;$/;

function fieldsByClass(text: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  let fields: string[] | null = null;
  for (const line of text.split('\n')) {
    const name = /^(?:export )?(?:abstract )?class (\w+)/.exec(line)?.[1];
    if (name !== undefined) {
      fields = [];
      found.set(name, fields);
    } else if (line === '}') fields = null;
    const field = fields === null ? undefined : FIELD.exec(line)?.[1];
    if (field !== undefined) fields?.push(field);
  }
  return found;
}

test('no class of src has more than six fields that change, but for those that are pure state', () => {
  const files = globSync('src/**/*.{ts,tsx}', { cwd: root });
  const all = files.flatMap((file) =>
    [...fieldsByClass(readFileSync(join(root, file), 'utf8'))].map(([name, fields]) => ({ file, name, fields })),
  );
  const many = all.filter(({ fields }) => fields.length > MOST_FIELDS);
  assert.deepEqual(
    many.filter(({ name }) => !PURE_STATE.includes(name)),
    [],
  );
  assert.deepEqual(many.map(({ name }) => name).sort(), [...PURE_STATE].sort(), 'the list names what is there');
});

test('fields that change are told from the others', () => {
  const text = [
    'export class One {',
    '  readonly a = 1;',
    '  private readonly b: Map<string, number> = new Map();',
    '  #c: Timer | null = null;',
    '  private d = 0;',
    '  e: (() => void) | null = null;',
    '  f?: string;',
    '  get g(): number {',
    '    return 1;',
    '  }',
    '}',
    'const h = 1;',
  ].join('\n');
  assert.deepEqual([...fieldsByClass(text)], [['One', ['#c', 'd', 'e', 'f']]]);
});
