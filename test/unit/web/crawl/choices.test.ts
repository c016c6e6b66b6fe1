/** The list can do what the map can. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nameOf } from '../../../../src/games/minotaur/atlas.ts';
import { hexesOf } from '../../../../src/games/minotaur/hexes.ts';
import { choicesOf } from '../../../../src/web/crawl/choices.ts';
import { reachable, reckon } from '../../../../src/web/crawl/plan.ts';

const atlas = new Map(hexesOf(1).map((hex) => [nameOf(hex), 0]));
const names = new Map([
  ['p2', 'Grace'],
  ['p3', 'Linus'],
]);
const view = {
  you: { health: 100 },
  alive: [],
  minotaur: null,
  visible: [],
  remembered: [],
  characters: [
    { id: 'p2', q: 1, r: 0, inReach: false },
    { id: 'p3', q: 0, r: 0, inReach: true },
  ],
};

test('every place in reach has a button that leads there, with a name of its own', () => {
  const start = reckon([], atlas, 1);
  const { goals, places } = choicesOf(view, start, atlas, names);
  const all = [...goals.filter(({ label }) => !label.endsWith(' steps)')), ...places];
  assert.equal(all.length, reachable(start, atlas).length);
  assert.equal(new Set(all.map(({ label }) => label)).size, all.length);
  const ends = all.map(({ actions }) => nameOf(reckon(actions, atlas, 1).place));
  assert.deepEqual(new Set(ends), new Set(reachable(start, atlas).map(({ place }) => nameOf(place))));
});

test('others and the unknown come first, by name', () => {
  const { strikes, goals, places } = choicesOf(view, reckon([], atlas, 2), atlas, names);
  assert.deepEqual(
    strikes.map(({ label }) => label),
    ['Strike Linus'],
  );
  assert.equal(goals[0]?.label, 'To Grace: east');
  assert.ok(goals.slice(1).every(({ label }) => label.startsWith('Explore: ')));
  assert.ok(places.every(({ label }) => label.startsWith('Go ')));
});

test('what is further than the points lead is offered as far as they do', () => {
  const { goals } = choicesOf(view, reckon([], atlas, 1), atlas, names);
  const far = goals.filter(({ label }) => label.endsWith(' (1 of 2 steps)'));
  assert.equal(far.length, 3, 'and no more than a few');
  assert.ok(far.every(({ actions }) => actions.length === 1));
});

test('without points there is nowhere to go', () => {
  const { strikes, goals, places } = choicesOf(view, reckon([], atlas, 0), atlas, names);
  assert.deepEqual([strikes, goals, places], [[], [], []]);
});
