/**
 * No word of the crawl stands in the server outside its module and its page: whatever is played, nothing else knows its rules.
 *
 * Why a list of words: an import is forbidden by the linter, a word is not.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const source = join(import.meta.dirname, '../../../src');
/** Its module; its page, and the document by which browsers load that. */
const own = ['games/minotaur/', 'web/crawl/', 'web/index.html'];
/** `health` is a word of operators, too: a tag, a file's or a heading's, never a field with a number; `vector(0)` is one of Prometheus. */
const words = [
  /\b(world|vision)Radius\b/,
  /\battack/i,
  /\btargetPlayerId\b/,
  /\bvectors?\b(?!\(\d)/,
  /\blabyrinths?\b/i,
  /\bhexes\b/,
  /\bdamage\b/,
  /\bdungeon\b/i,
  /\bhealth\b['"]?\??: (?!['"])(?!\{)/,
  /[\w)\]?]\.health\b/,
  /\bhealth }/,
];

/** The lines of a text that speak of the crawl. */
function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => words.some((word) => word.test(line)));
}

test('the server knows no word of the crawl outside its module and its page', () => {
  const files = readdirSync(source, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const names = files.map(({ parentPath, name }) => join(parentPath, name).slice(source.length + 1));
  const others = names.filter((name) => !own.some((start) => name.startsWith(start)));
  assert.ok(others.length > 200, `${others.length} files were looked at`);
  const found = others.flatMap((name) =>
    linesOf(readFileSync(join(source, name), 'utf8')).map((line) => `${name}: ${line}`),
  );
  assert.deepEqual(found, []);
});

test('each of those words would be found', () => {
  const planted = [
    '  worldRadius: z.int(),',
    'const { visionRadius } = settings;',
    "  type: 'attack',",
    '/** Who attacks whom. */',
    '  targetPlayerId: idSchema,',
    'vector: { q: 1, r: 0 },',
    '/** Of the labyrinth. */',
    '/** How far, in hexes. */',
    'damage: 25,',
    '// the dungeon',
    '  readonly health: number;',
    '  health: z.int().min(0),',
    'state.settings.health',
    'const { health } = state;',
  ];
  assert.deepEqual(linesOf(planted.join('\n')), planted);
  const harmless = [
    "  health: 'For balancers and monitoring.',",
    "import { healthRoutes } from './health-routes.ts';",
    "digest('hex')",
  ];
  assert.deepEqual(linesOf(harmless.join('\n')), []);
});
