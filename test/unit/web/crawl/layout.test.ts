import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nameOf } from '../../../../src/games/minotaur/atlas.ts';
import { directions, hexesOf, stepFrom } from '../../../../src/games/minotaur/hexes.ts';
import { boxAround, hexAt, middleOf, placeInHex, size, wallsPath } from '../../../../src/web/crawl/layout.ts';

test('every point well within a hex is in that hex', () => {
  for (const hex of hexesOf(6)) {
    const { x, y } = middleOf(hex);
    assert.deepEqual(hexAt({ x, y }), hex);
    for (let angle = 0; angle < 360; angle += 15) {
      const turned = (angle * Math.PI) / 180;
      // 0.86 of the size is where the sides are.
      const point = { x: x + 0.84 * size * Math.cos(turned), y: y + 0.84 * size * Math.sin(turned) };
      assert.deepEqual(hexAt(point), hex, `${nameOf(hex)} at ${angle}`);
    }
  }
});

test('neighbours lie as their directions say, all equally far', () => {
  const turns = directions.map((_, direction) => {
    const { x, y } = middleOf(stepFrom({ q: 0, r: 0 }, direction));
    assert.ok(Math.abs(Math.hypot(x, y) - Math.sqrt(3) * size) < 1e-9);
    return Math.round((Math.atan2(y, x) * 180) / Math.PI + 360) % 360;
  });
  assert.deepEqual(turns, [0, 60, 120, 180, 240, 300], 'clockwise from the east');
});

test('a wall that both its sides have is drawn once', () => {
  const [one, other] = [
    { q: 0, r: 0 },
    { q: 1, r: 0 },
  ];
  const atlas = new Map([
    [nameOf(one), 0b000001],
    [nameOf(other), 0b001001],
  ]);
  assert.equal(wallsPath([one, other], atlas).split('M').length - 1, 2);
  assert.equal(wallsPath([one], atlas).split('M').length - 1, 1);
});

test('a wall stands on the side that its bit says', () => {
  const lines = directions.map((_, direction) => wallsPath([{ q: 0, r: 0 }], new Map([['0,0', 1 << direction]])));
  for (const [direction, line] of lines.entries()) {
    const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = line.split(/[ML ]/).slice(1).map(Number);
    const { x, y } = middleOf(stepFrom({ q: 0, r: 0 }, direction));
    assert.ok(Math.hypot((x1 + x2) / 2 - x / 2, (y1 + y2) / 2 - y / 2) < 0.05, `direction ${direction}`);
  }
});

test('all who share a hex stand in it, apart from each other', () => {
  for (const count of [1, 2, 3, 6, 12]) {
    const places = Array.from({ length: count }, (_, index) => placeInHex(index, count));
    for (const place of places) assert.ok(Math.hypot(place.x, place.y) < size * 0.86);
    assert.equal(new Set(places.map(({ x, y }) => `${x},${y}`)).size, count);
  }
});

test('a box has all hexes in it', () => {
  const box = boxAround(hexesOf(3));
  for (const hex of hexesOf(3)) {
    const { x, y } = middleOf(hex);
    assert.ok(x - size >= box.x && x + size <= box.x + box.w && y - size >= box.y && y + size <= box.y + box.h);
  }
});
