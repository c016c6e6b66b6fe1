/** The ring as shapes: every slot once, in its place. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { arcsOf, band, placesOf, ranges, thread } from '../../../src/web/cluster/arcs.ts';
import { report } from './report.ts';

const none = new Set<number>();

/** Corners of a path, as angles from the top in turns, and radii. */
function corners(path: string): readonly (readonly [number, number])[] {
  return [...path.matchAll(/(?:M|L|1 |0 0 \d |0 1 \d )?(-?[\d.]+) (-?[\d.]+)(?=[ALQZ]|$)/g)].map(([, x, y]) => {
    const turn = Math.atan2(Number(y), Number(x)) / (2 * Math.PI) + 0.25;
    return [(turn + 1) % 1, Math.hypot(Number(x), Number(y))];
  });
}

test('neighbours that look alike are one arc; who moves, and who has just moved, is told apart', () => {
  const { slotMap } = report('aab-', '1111');
  assert.ok(slotMap);
  const moving = { ...slotMap, desiredOwners: ['a', 'b', 'b', 'b'] };
  assert.deepEqual(arcsOf(moving, new Set([2])), [
    { from: 0, to: 1, owner: 'a', goesTo: null, isFresh: false },
    { from: 1, to: 2, owner: 'a', goesTo: 'b', isFresh: false },
    { from: 2, to: 3, owner: 'b', goesTo: null, isFresh: true },
    { from: 3, to: 4, owner: null, goesTo: 'b', isFresh: false },
  ]);
  assert.equal(arcsOf(report('aaaa', '1111').slotMap ?? slotMap, none).length, 1);
});

test('arcs cover each slot once, in order, whoever owns it', () => {
  const owners = fc.array(fc.constantFrom('a', 'b', 'c', '-'), { minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(owners, fc.array(fc.nat(299)), (letters, fresh) => {
      const { slotMap } = report(letters.join(''), letters.map(() => '1').join(''));
      assert.ok(slotMap);
      const arcs = arcsOf(slotMap, new Set(fresh));
      const covered = arcs.flatMap(({ from, to, owner }) =>
        Array.from({ length: to - from }, (_, index) => [from + index, owner]),
      );
      assert.deepEqual(covered, [...slotMap.owners.entries()]);
    }),
  );
});

test('a band lies where its slots do: from the top, clockwise; one round the whole ring is no line', () => {
  const quarter = corners(band({ from: 1, to: 2 }, 4, 90, 100));
  const expected = [
    [0.25, 100],
    [0.5, 100],
    [0.5, 90],
    [0.25, 90],
  ] as const;
  for (const [index, [turn, radius]] of expected.entries()) {
    const [is, far] = quarter[index] ?? [Number.NaN, Number.NaN];
    assert.ok(Math.abs(is - turn) < 0.002 && Math.abs(far - radius) < 0.1, `${index}: ${is} ${far}`);
  }
  assert.match(band({ from: 0, to: 4 }, 4, 90, 100), /A100 100 0 1 1 /);
  const [begin, end] = corners(band({ from: 0, to: 4 }, 4, 90, 100));
  assert.notDeepEqual(begin, end);
  assert.match(band({ from: 0, to: 1 }, 4, 90, 100), /A100 100 0 0 1 /);
});

test('members stand on a circle, and one alone in the middle; a thread leads from the slots to the member', () => {
  assert.deepEqual([...placesOf(['a'], 50)], [['a', { x: 0, y: 0 }]]);
  const places = placesOf(['a', 'b'], 50);
  assert.deepEqual(
    [places.get('a'), places.get('b')],
    [
      { x: 0, y: -50 },
      { x: 0, y: 50 },
    ],
  );
  assert.equal(thread({ from: 0, to: 2 }, 4, 100, { x: 0, y: 50 }), 'M100 0Q55 0 0 50');
});

test('numbers in words', () => {
  assert.equal(ranges([0, 1, 2, 5, 7, 8]), '0–2, 5, 7–8');
  assert.equal(ranges([]), '');
});
