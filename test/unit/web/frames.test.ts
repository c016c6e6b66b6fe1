/** What developers read of frames and requests: titles, how long they took, and no more than can be read. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Passed } from '../../../src/web/kit/passed.ts';
import { type Frame, indented, latencyOf, linesOf, titleOf, withFrame } from '../../../src/web/play/frames.ts';

function passed(parts: Partial<Passed> = {}): Passed {
  return { at: 1_000, way: 'in', text: '{"type":"game","version":12}', request: null, ms: null, ...parts };
}

test('the newest 100 are kept, the newest first, and of each as much as can be read', () => {
  let frames: readonly Frame[] = [];
  for (let index = 0; index < 130; index += 1) frames = withFrame(frames, passed({ at: index }));
  assert.equal(frames.length, 100);
  assert.deepEqual([frames[0]?.at, frames.at(-1)?.at], [129, 30]);
  assert.equal(new Set(frames.map(({ key }) => key)).size, 100);
  const [long] = withFrame([], passed({ text: 'x'.repeat(100_000) }));
  assert.match(long?.text ?? '', /^x{65536} … and 34464 more$/);
});

test('a frame is called by its way and type, a request by what was asked', () => {
  assert.equal(titleOf(passed()), 'from the server: game, version 12');
  assert.equal(titleOf(passed({ way: 'out', text: '{"type":"ping"}' })), 'to the server: ping');
  assert.equal(titleOf(passed({ text: 'what' })), 'from the server: no frame');
  assert.equal(titleOf(passed({ request: 'POST /v1/games → 201' })), 'POST /v1/games → 201');
});

test('an answer took its time since the question, anything else since the server sent it, by its clock', () => {
  const text = JSON.stringify({ type: 'game', serverTime: new Date(980).toISOString() });
  assert.equal(latencyOf(passed({ ms: 7, text }), 0), 7);
  assert.equal(latencyOf(passed({ text }), 0), 20);
  assert.equal(latencyOf(passed({ text }), 15), 35);
  assert.equal(latencyOf(passed({ text }), -50), 0);
  assert.equal(latencyOf(passed({ way: 'out', text }), 0), null);
  assert.equal(latencyOf(passed(), 0), null);
});

test('what is handed on is one line a frame, what is looked into is indented', () => {
  const frames = [passed(), passed({ way: 'out', text: 'a\nb' })].reduce<readonly Frame[]>(withFrame, []);
  const lines = linesOf(frames).split('\n');
  assert.equal(lines.length, 2);
  assert.equal(JSON.parse(lines[0] ?? '').text, 'a\nb');
  assert.equal(indented('{"a":1}'), '{\n "a": 1\n}');
  assert.equal(indented('no JSON'), 'no JSON');
});
