/** The reckoning of a plan, against what the rules make of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Atlas, isWall, nameOf } from '../../../../src/games/minotaur/atlas.ts';
import { hexesOf, stepFrom } from '../../../../src/games/minotaur/hexes.ts';
import { mostTargets as mostOfRules } from '../../../../src/games/minotaur/world.ts';
import {
  attack,
  mostTargets,
  move,
  movesTo,
  openDirections,
  reachable,
  reckon,
  targets,
} from '../../../../src/web/crawl/plan.ts';
import type { Action } from '../../../../src/web/crawl/seen.ts';

/** Open everywhere within `radius`, but for walls to the east of the middle. */
const open: Atlas = new Map(hexesOf(3).map((hex) => [nameOf(hex), nameOf(hex) === '0,0' ? 0b000001 : 0]));
const [east, southEast, west] = [move(0), move(1), move(3)];

function characters(count: number) {
  return Array.from({ length: count }, (_, index) => ({ id: `p${index}`, q: 0, r: 0, inReach: true }));
}
const alone = { you: { health: 100 }, alive: [], minotaur: null, visible: [], remembered: [] };

test('steps go on from where the ones before lead; attacks take points and no way', () => {
  const { place, left, strikes, steps } = reckon([west, attack('p1'), southEast, attack('p1')], open, 5);
  assert.deepEqual(place, { q: -1, r: 1 });
  assert.equal(left, 1);
  assert.deepEqual([...strikes], [['p1', 2]]);
  assert.deepEqual(
    steps.map(({ index, comes }) => [index, comes]),
    [
      [0, 'there'],
      [2, 'there'],
    ],
  );
});

test('a wall that is known ends the walk: what comes after is lost, and nothing more is offered', () => {
  const plan = reckon([east, west, southEast], open, 9);
  assert.deepEqual(
    plan.steps.map(({ comes }) => comes),
    ['wall', 'lost', 'lost'],
  );
  assert.deepEqual(plan.place, { q: 0, r: 0 });
  assert.deepEqual(reachable(plan, open), []);
  assert.deepEqual(openDirections(plan, open), []);
});

test('all that can be reached is within the points that are left, and its way leads there past every wall', () => {
  for (const points of [0, 1, 2, 3]) {
    const start = reckon([], open, points);
    for (const { place, steps } of reachable(start, open)) {
      assert.ok(steps > 0 && steps <= points);
      const moves = movesTo(place, start, open) as readonly Action[];
      assert.equal(moves.length, steps);
      const walked = reckon(moves, open, points);
      assert.deepEqual(walked.place, place);
      assert.ok(walked.walks);
    }
  }
  const three = reckon([], open, 3);
  assert.equal(movesTo({ q: 1, r: 0 }, three, open)?.length, 2, 'around the wall');
  assert.equal(movesTo({ q: 1, r: 0 }, reckon([], open, 1), open), null);
});

test('beyond what is known one may step, and is led no further', () => {
  const edge = reckon([west, west, west, west], open, 6);
  assert.deepEqual(edge.place, { q: -4, r: 0 });
  assert.equal(openDirections(edge, open).length, 6);
  assert.deepEqual(reachable(edge, open), []);
});

test('every direction that is offered is none with a known wall', () => {
  const atlas: Atlas = new Map([['0,0', 0b101010]]);
  const directions = openDirections(reckon([], atlas, 1), atlas);
  assert.deepEqual(directions, [0, 2, 4]);
  for (const direction of directions) assert.ok(!isWall(atlas, { q: 0, r: 0 }, direction));
  assert.equal(stepFrom({ q: 0, r: 0 }, 0).q, 1);
});

test('whom one can strike: in reach, while points are left, and no more others than the rules let one', () => {
  assert.equal(mostTargets, mostOfRules);
  const view = { ...alone, characters: [...characters(10), { id: 'far', q: 2, r: 0, inReach: false }] };
  assert.equal(targets(view, reckon([], open, 1)).length, 10);
  const eight = characters(8).map(({ id }) => attack(id));
  assert.deepEqual(
    targets(view, reckon(eight, open, 9)).map(({ id }) => id),
    characters(8).map(({ id }) => id),
  );
  assert.deepEqual(targets(view, reckon(eight, open, 8)), []);
});

test('what is no step moves nobody and is paid for', () => {
  const plan = reckon([{ type: 'move', vector: { q: 5, r: 5 } }, west], open, 3);
  assert.deepEqual(plan.place, { q: -1, r: 0 });
  assert.equal(plan.left, 1);
});
