/** docs/rules.md says what the dungeon crawl does: settings with their bounds, events. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { z } from 'minotaur/game';
import { toCharacter } from '../../../src/games/minotaur/bits.ts';
import { viewOf } from '../../../src/games/minotaur/view.ts';
import { events, settings } from '../../../src/games/minotaur/world.ts';

/** Cells that are empty are written in one way. */
const tidy = (rows: string) => rows.replaceAll(/\|\s+(?=\|)/g, '| ');
const text = readFileSync(new URL('../../../docs/rules.md', import.meta.url), 'utf8');

test('every setting stands there with its default and bounds', () => {
  const { properties = {} } = z.toJSONSchema(settings, { io: 'input' });
  const number = (value: unknown) => (typeof value === 'number' ? value.toLocaleString('en') : '');
  const rows = Object.entries(properties).map(([name, each]) => {
    const { default: usual, minimum, maximum } = each as Record<string, unknown>;
    const fallback = typeof usual === 'boolean' ? String(usual) : number(usual);
    return `| \`${name}\` | ${fallback} | ${number(minimum)} | ${number(maximum)} |`;
  });
  for (const row of rows) assert.ok(tidy(text).includes(tidy(row)), row);
});

test('every field of a view is explained, and how walls are written', () => {
  const world = { labyrinth: { radius: 1, passages: 'AAAA' }, characters: {}, minotaur: null };
  const looking = { settings: { visionRadius: 0, attackRange: 0 }, players: [] };
  for (const field of Object.keys(viewOf(world, { kind: 'public' }, looking)))
    assert.match(text, new RegExp(`\`${field}\``));
  const alphabet = text.match(/`(A-Za-z0-9..)`/)?.[1] ?? '';
  const letters = alphabet.replace('A-Z', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ').replace('a-z', 'abcdefghijklmnopqrstuvwxyz');
  const all = letters.replace('0-9', '0123456789');
  assert.equal(all, Array.from({ length: 64 }, (_, bits) => toCharacter(bits)).join(''));
});

test('every event and every reason is explained', () => {
  for (const name of Object.keys(events)) assert.match(text, new RegExp(`\`${name}\\b`), name);
});
