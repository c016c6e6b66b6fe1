/**
 * Whole games of the crawl: bots make them end, nobody is favoured, and the largest world fits.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LARGEST_WORLD_BYTES } from '../../../../src/game/kept-world.ts';
import { gameOf } from '../../../../src/game/module-check.ts';
import { look } from '../../../../src/game/table.ts';
import { MOST_EVENTS } from '../../../../src/game/tell.ts';
import minotaur from '../../../../src/games/minotaur/game.ts';
import { hexCount } from '../../../../src/games/minotaur/hexes.ts';
import type { CrawlView } from '../../../../src/games/minotaur/view.ts';
import type { World } from '../../../../src/games/minotaur/world.ts';
import { end, open, playOut, seatsOf } from '../playing.ts';

const game = gameOf(minotaur);
const names = ['ada', 'bob', 'cy', 'dan'];
const bots = seatsOf(names, true);
const hunted = { minotaur: true, lastRound: 200 };

test('games of bots end, mostly with one who is left, long before the last round', () => {
  const games = Array.from({ length: 12 }, (_, seed) => playOut(game, bots, { worldRadius: 5, ...hunted }, seed));
  const reasons = games.map(({ outcome }) => outcome.reason);
  assert.ok(reasons.filter((reason) => reason === 'last_standing').length >= 6, String(reasons));
  assert.ok(!reasons.includes('last_round'), String(reasons));
});

test('bots that go for each other meet: each goes where the other is, and would pass it by', () => {
  for (let seed = 0; seed < 24; seed += 1) {
    const { outcome, rounds } = playOut(game, seatsOf(['ada', 'bob'], true), { worldRadius: 4 }, seed);
    assert.notEqual(outcome.reason, 'last_round');
    assert.ok(rounds.length < 100, `${rounds.length} rounds from seed ${seed}`);
  }
});

test('games of bots that see nothing but their own hex end as well', () => {
  const settings = { worldRadius: 3, visionRadius: 0, lastRound: 400 };
  for (let seed = 0; seed < 4; seed += 1) {
    assert.notEqual(playOut(game, bots, settings, seed).outcome.reason, 'last_round');
  }
});

test('no seat wins more often than another', () => {
  const wins = new Map(names.map((name) => [name, 0]));
  for (let seed = 0; seed < 80; seed += 1) {
    for (const winner of playOut(game, bots, { worldRadius: 2, ...hunted }, seed).outcome.winners) {
      wins.set(winner, (wins.get(winner) ?? 0) + 1);
    }
  }
  const counts = [...wins.values()];
  const mean = counts.reduce((a, b) => a + b) / counts.length;
  // Seeds are fixed, so this holds or it does not: four standard deviations of a fair draw.
  for (const count of counts) assert.ok(Math.abs(count - mean) < 4 * Math.sqrt(mean), counts.join(' '));
});

test('who starts where is drawn, whatever the order of the seats', () => {
  const starts = Array.from({ length: 20 }, (_, seed) => {
    const { characters } = open(game, bots, { worldRadius: 5 }, seed).world as World;
    return Object.keys(characters)[0];
  });
  assert.deepEqual(new Set(starts), new Set(names));
});

test('a game is what its seed makes of it, and its text leads nowhere absolute', () => {
  const [one, two] = [1, 1].map((seed) => playOut(game, bots, { worldRadius: 4 }, seed));
  assert.deepEqual(one, two);
  const raw = JSON.stringify(one?.rounds.map(({ finished }) => finished.events));
  assert.ok(!/"(q|r|at|x|y|hex)":/.test(raw), 'an event tells a place');
});

test('the widest world with all seats taken fits, after everything was seen', () => {
  const seats = seatsOf(Array.from({ length: 64 }, (_, index) => `${'p'.repeat(60)}-${index}`));
  const table = open(game, seats, { worldRadius: 100, visionRadius: 100, health: 10_000 }, 1);
  const world = structuredClone(table.world) as World;
  for (const character of Object.values(world.characters)) character.known = '_'.repeat(character.known.length);
  const bytes = JSON.stringify(world).length;
  assert.ok(bytes < LARGEST_WORLD_BYTES, `${bytes} bytes`);
  const view = look(game, { ...table, world }, { kind: 'player', id: seats[0]?.id as string }) as CrawlView;
  const told = [...view.visible, ...view.remembered].reduce((sum, { walls }) => sum + walls.length, 0);
  assert.equal(told, hexCount(100));
  assert.ok(JSON.stringify(view).length < 256 * 1024, `${JSON.stringify(view).length} bytes`);
});

test('a round in which everybody does all that can be done is told in time', () => {
  const seats = seatsOf(Array.from({ length: 64 }, (_, index) => `p${index}`));
  const table = open(
    game,
    seats,
    { worldRadius: 1, visionRadius: 1, attackRange: 1, actionPoints: 1000, health: 10_000 },
    1,
  );
  const plan = (self: string) => [
    ...seats.filter(({ id }) => id !== self).map(({ id }) => ({ type: 'attack', targetPlayerId: id })),
    ...Array.from({ length: 937 }, (_, index) => ({ type: 'move', vector: { q: index % 2 === 0 ? 1 : -1, r: 0 } })),
  ];
  const actions = Object.fromEntries(seats.map(({ id }) => [id, plan(id)]));
  const { events } = end(game, { ...table, actions } as typeof table, 1);
  assert.ok(events.length <= MOST_EVENTS, `${events.length} events`);
  assert.equal(events.filter(({ type }) => type === 'attacked').length, 64 * 8);
});

test('settings have bounds, and a misspelt one is named', () => {
  for (const wrong of [
    { worldRadius: 101 },
    { attackRange: -1 },
    { damage: 0 },
    { minotaur: 1 },
    { lastRound: 0 },
    { sight: 1 },
  ]) {
    assert.throws(() => open(game, bots, wrong, 1), new RegExp(Object.keys(wrong)[0] as string));
  }
});
