/**
 * The ground of the crawl: hexes, labyrinths, sight, starts.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { emptySet, isInSet, withNumbers } from '../../../../src/games/minotaur/bits.ts';
import {
  directionOf,
  directions,
  distance,
  hexCount,
  hexesOf,
  hexOf,
  indexOf,
  isWithin,
  opposite,
  stepFrom,
} from '../../../../src/games/minotaur/hexes.ts';
import {
  buildLabyrinth,
  passagesLength,
  type Ways,
  wallsOf,
  waysOf,
} from '../../../../src/games/minotaur/labyrinth.ts';
import { chooseStarts } from '../../../../src/games/minotaur/starts.ts';
import { atDistance, lowerDistances, sightFrom, unmeasured, wayTo } from '../../../../src/games/minotaur/walking.ts';
import { seededRandom } from '../../../support/seeded.ts';

function dice(seed: number) {
  const draw = seededRandom(seed);
  return { int: (below: number) => Math.floor(draw() * below) };
}
const seeds = fc.integer({ min: 0, max: 0xffff_ffff });
const labyrinths = fc
  .record({ radius: fc.integer({ min: 1, max: 12 }), seed: seeds })
  .map(({ radius, seed }) => buildLabyrinth(radius, dice(seed)));

/** On foot, by trying every way: slow, and right. */
function stepsFrom(ways: Ways, from: number): ReadonlyMap<number, number> {
  const steps = new Map([[from, 0]]);
  for (const [hex, taken] of steps) {
    for (const next of ways.subarray(6 * hex, 6 * hex + 6)) {
      if (next >= 0 && !steps.has(next)) steps.set(next, taken + 1);
    }
  }
  return steps;
}

test('the hexes of a world are numbered without a gap', () => {
  for (const radius of [0, 1, 2, 7, 100]) {
    const hexes = hexesOf(radius);
    assert.equal(hexes.length, hexCount(radius));
    for (const [number, hex] of hexes.entries()) {
      assert.equal(indexOf(radius, hex), number);
      assert.deepEqual(hexOf(radius, number), hex);
    }
    assert.ok(hexes.every((hex) => isWithin(radius, hex)));
  }
});

test('a step leads to a neighbour, and the opposite step back', () => {
  for (const [direction, vector] of directions.entries()) {
    assert.equal(directionOf(vector), direction);
    const there = stepFrom({ q: 3, r: -5 }, direction);
    assert.equal(distance({ q: 3, r: -5 }, there), 1);
    assert.deepEqual(stepFrom(there, opposite(direction)), { q: 3, r: -5 });
  }
  for (const vector of [
    { q: 0, r: 0 },
    { q: 1, r: 1 },
    { q: 2, r: 0 },
  ])
    assert.equal(directionOf(vector), -1);
});

test('a packed set holds what was put into it, and nothing else', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 400 })), (numbers) => {
      const set = withNumbers(emptySet(401), numbers);
      for (let number = 0; number <= 400; number += 1) assert.equal(isInSet(set, number), numbers.includes(number));
      assert.equal(withNumbers(set, numbers), set);
    }),
  );
});

test('every hex can be reached, passages are open from both sides, and the edge is closed', () => {
  fc.assert(
    fc.property(labyrinths, (labyrinth) => {
      const { radius, passages } = labyrinth;
      const ways = waysOf(labyrinth);
      assert.equal(passages.length, passagesLength(radius));
      assert.equal(stepsFrom(ways, 0).size, hexCount(radius));
      for (const [number, hex] of hexesOf(radius).entries()) {
        for (const direction of directions.keys()) {
          const next = ways[6 * number + direction] as number;
          assert.equal((wallsOf(ways, number) >> direction) & 1, next >= 0 ? 0 : 1);
          if (next < 0) continue;
          assert.equal(next, indexOf(radius, stepFrom(hex, direction)));
          assert.equal(ways[6 * next + opposite(direction)], number);
        }
      }
    }),
  );
});

test('a labyrinth has walls, and more than one way', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const passages = waysOf(buildLabyrinth(10, dice(seed))).filter((way) => way >= 0).length / 2;
      assert.ok(passages > hexCount(10), 'a tree has one passage less than hexes');
      assert.ok(passages < 1.5 * hexCount(10), 'without walls there are almost three a hex');
    }),
  );
});

test('the same draws give the same labyrinth, others another', () => {
  assert.deepEqual(buildLabyrinth(10, dice(1)), buildLabyrinth(10, dice(1)));
  assert.notDeepEqual(buildLabyrinth(10, dice(1)), buildLabyrinth(10, dice(2)));
});

test('whoever is seen sees, and no wall is seen through', () => {
  fc.assert(
    fc.property(labyrinths, fc.integer({ min: 0, max: 5 }), fc.nat(), (labyrinth, radius, pick) => {
      const ways = waysOf(labyrinth);
      const from = pick % hexCount(labyrinth.radius);
      const steps = stepsFrom(ways, from);
      const sight = sightFrom(ways, from, radius);
      const near = [...steps].filter(([, taken]) => taken <= radius).map(([hex]) => hex);
      assert.deepEqual([...sight.hexes].sort(), near.sort());
      for (const hex of sight.hexes) {
        assert.equal(sight.steps(hex), steps.get(hex));
        assert.equal(sightFrom(ways, hex, radius).steps(from), steps.get(hex));
      }
    }),
  );
});

test('distances are those to the nearest', () => {
  fc.assert(
    fc.property(labyrinths, fc.array(fc.nat(), { minLength: 1, maxLength: 4 }), (labyrinth, picks) => {
      const ways = waysOf(labyrinth);
      const distances = unmeasured(ways);
      const sources = picks.map((pick) => pick % distances.length);
      for (const source of sources) lowerDistances(ways, distances, source);
      const each = sources.map((source) => stepsFrom(ways, source));
      const nearest = distances.map((_, hex) => Math.min(...each.map((steps) => steps.get(hex) ?? Number.NaN)));
      assert.deepEqual(distances, nearest);
      assert.deepEqual(
        atDistance(distances, 0),
        [...new Set(sources)].sort((a, b) => a - b),
      );
    }),
  );
});

test('a way is a shortest one', () => {
  fc.assert(
    fc.property(labyrinths, fc.nat(), fc.nat(), (labyrinth, a, b) => {
      const ways = waysOf(labyrinth);
      const [from, to] = [a % hexCount(labyrinth.radius), b % hexCount(labyrinth.radius)];
      const way = wayTo(ways, from, to);
      assert.equal(way.length, stepsFrom(ways, from).get(to));
      let at = from;
      for (const next of way) {
        assert.ok(ways.subarray(6 * at, 6 * at + 6).includes(next));
        at = next;
      }
      assert.equal(at, to);
    }),
  );
});

test("everybody's nearest rival is equally far, and the minotaur no nearer where there is room", () => {
  fc.assert(
    fc.property(labyrinths, fc.integer({ min: 2, max: 12 }), seeds, (labyrinth, count, seed) => {
      const ways = waysOf(labyrinth);
      const { places, apart, lair } = chooseStarts(ways, count, dice(seed));
      assert.equal(places.length, count);
      assert.ok(apart <= labyrinth.radius + 3);
      const nearest = unmeasured(ways);
      for (const [index, place] of places.entries()) {
        const steps = stepsFrom(ways, place);
        const others = places.filter((_, other) => other !== index).map((other) => steps.get(other) ?? Number.NaN);
        assert.equal(Math.min(...others), apart);
        lowerDistances(ways, nearest, place);
      }
      const furthest = nearest.reduce((a, b) => Math.max(a, b));
      assert.ok((nearest[lair] as number) >= Math.min(apart, furthest));
    }),
  );
});

test('eight find room far from each other in a world of the usual size, and sixty-four in one hex if they must', () => {
  const usual = waysOf(buildLabyrinth(10, dice(7)));
  assert.ok(chooseStarts(usual, 8, dice(7)).apart >= 6);
  const tiny = waysOf(buildLabyrinth(1, dice(7)));
  const { places, apart } = chooseStarts(tiny, 64, dice(7));
  assert.equal(apart, 0);
  assert.equal(new Set(places).size, 1);
});
