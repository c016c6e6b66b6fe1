import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stepFrom } from '../../../../src/games/minotaur/hexes.ts';
import { keyNames, meaningOf } from '../../../../src/web/crawl/keys.ts';
import { middleOf } from '../../../../src/web/crawl/layout.ts';

const press = (code: string, held: object = {}) =>
  meaningOf({ code, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, repeat: false, ...held });

/** Where the keys lie on a keyboard, S in the middle: rows are shifted by half a key, and those of letters by a quarter. */
const keyboard: Readonly<Record<string, readonly [number, number]>> = {
  KeyD: [1, 0],
  KeyX: [0.5, 1],
  KeyZ: [-0.5, 1],
  KeyA: [-1, 0],
  KeyW: [-0.25, -1],
  KeyE: [0.75, -1],
};

test('the six keys around S lie as the six steps lead', () => {
  for (const [code, [x, y]] of Object.entries(keyboard)) {
    const meaning = press(code);
    assert.ok(meaning?.is === 'step', code);
    const there = middleOf(stepFrom({ q: 0, r: 0 }, meaning.direction));
    assert.equal(Math.sign(there.x), Math.sign(x), `${code} to the side`);
    assert.equal(Math.sign(there.y), Math.sign(y), `${code} up or down`);
    assert.equal(`Key${keyNames[meaning.direction]}`, code, 'what buttons say');
  }
});

test('arrows reach all six', () => {
  const found = ['ArrowRight', 'ArrowLeft', 'ArrowUp', 'ArrowDown'].flatMap((code) =>
    [false, true].map((shiftKey) => press(code, { shiftKey })),
  );
  const directions = new Set(found.map((meaning) => (meaning?.is === 'step' ? meaning.direction : -1)));
  assert.deepEqual([...directions].sort(), [0, 1, 2, 3, 4, 5]);
});

test('what browsers and others mean by keys stays theirs', () => {
  for (const held of ['ctrlKey', 'altKey', 'metaKey']) assert.equal(press('KeyD', { [held]: true }), null);
  for (const code of ['Tab', 'KeyS', 'Space', 'Escape', 'Digit0', 'F5']) assert.equal(press(code), null, code);
  assert.deepEqual(press('Digit3'), { is: 'strike', index: 2 });
  assert.deepEqual(press('Backspace'), { is: 'back' });
  assert.deepEqual(press('Enter'), { is: 'done' });
  assert.equal(press('Enter', { repeat: true }), null, 'not round after round');
});
