/**
 * Snapshots stay small enough to be written: commands that would make them too large are refused, the clock never is.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sizesFor } from '../../../src/session/sizes.ts';
import type { TinyCommand } from '../../support/tiny-rules.ts';
import { add, command, commit, created, cut, MEBIBYTE, NOW, resumed, running, stored, told } from './tiny-sessions.ts';

const LIMIT = 512 * 1024;
/** More than what surrounds the text in the state. */
const REST = 200;

test('a game may grow up to its limit, and not beyond', () => {
  const session = running({ text: 'x'.repeat(LIMIT - REST - 1_000) });
  assert.match(told(session.submit(command({ type: 'grow', bytes: 900 }), NOW)), /^200/);
  assert.equal(told(session.submit(command({ type: 'grow', bytes: 900 }), NOW)), 'game_too_large');
  assert.match(told(session.submit(command(add), NOW)), /^200/, 'what needs no room goes on');
  assert.ok(stored(cut(session)).state.text.length <= LIMIT);
});

test('many small commands within one write are counted as well', () => {
  const session = running({ text: 'x'.repeat(380 * 1024) });
  let refused = 0;
  for (let index = 0; index < 60; index += 1) {
    const grow = command({ type: 'grow', bytes: 4_000 }, { keyed: false });
    if (told(session.submit(grow, NOW)) === 'game_too_large') refused += 1;
  }
  const { text } = stored(cut(session)).state;
  assert.ok(text.length <= LIMIT && text.length > LIMIT - 8_000, `${text.length} bytes`);
  assert.ok(refused > 20, `${refused} refused`);
});

test('a game is measured exactly once a write has shown how large it is', () => {
  const session = running({ text: 'x'.repeat(300 * 1024) });
  session.submit(command({ type: 'grow', bytes: 90 * 1024 }), NOW);
  commit(session, 2);
  assert.equal(told(session.submit(command({ type: 'grow', bytes: 200 * 1024 }), NOW)), 'game_too_large');
});

test('a game that begins large or comes from another owner is measured from its first command on', () => {
  const text = 'x'.repeat(390 * 1024);
  for (const session of [created({ text }), resumed(cut(created({ text })), 1, false)]) {
    assert.equal(told(session.submit(command({ type: 'grow', bytes: 200 * 1024 }), NOW)), 'game_too_large');
  }
});

test('the end of a round needs no room', () => {
  const session = running({ text: 'x'.repeat(LIMIT - REST), roundEndTime: NOW + 5 });
  // Remembered refusals take it over the limit.
  for (let index = 0; index < 60; index += 1) session.submit(command({ type: 'refuse' }), NOW);
  assert.equal(told(session.submit(command(add), NOW)), 'game_too_large');
  assert.equal(session.ring(NOW + 5), true);
  const write = cut(session);
  assert.deepEqual([stored(write).state.round, write.records.length], [2, 1]);
  assert.equal(
    (write.records[0]?.content as { how: string } | undefined)?.how,
    'ended',
    'and is no reason to abandon it',
  );
});

test('a refusal for want of room is remembered', () => {
  const session = running({ text: 'x'.repeat(LIMIT - REST) });
  const once = command({ type: 'grow', bytes: 900 });
  session.submit(once, NOW);
  commit(session, 2);
  assert.equal(told(session.submit(once, NOW)), 'game_too_large');
});

test('results take room as well: the whole snapshot stays within the limit', () => {
  const session = running({ text: 'x'.repeat(LIMIT - 65_000) });
  for (let player = 0; player < 20; player += 1) {
    for (let index = 0; index < 96; index += 1) {
      session.submit(command({ type: 'refuse' }, { principal: `p${player}`, id: `result-${player}-${index}` }), NOW);
    }
  }
  const grow = command({ type: 'grow', bytes: 10_000 }, { keyed: false });
  assert.equal(told(session.submit(grow, NOW)), 'game_too_large');
  assert.ok(cut(session).value.length <= LIMIT + 10_000);
});

test('what NATS takes less of makes games smaller, and leaves room for what follows from a command', () => {
  for (const largestValue of [62 * 1024, 200 * 1024, MEBIBYTE, 8 * MEBIBYTE]) {
    const { game, measured, results, write } = sizesFor(largestValue);
    assert.ok(game <= LIMIT && game + results < write && write < largestValue, `${largestValue}`);
    assert.ok(0 < measured && measured < game && 2.5 * measured < write, `${largestValue}`);
  }
});

test('a game whose store takes little is refused what would not fit, and goes on', () => {
  const session = running({}, 62 * 1024);
  const send = (input: TinyCommand) => told(session.submit(command(input, { keyed: false }), NOW));
  const codes = Array.from({ length: 100 }, () => send({ type: 'grow', bytes: 900 }));
  assert.ok(codes.includes('game_too_large'));
  assert.ok(cut(session).value.length <= 62 * 1024);
  assert.match(send(add), /^200/);
});

test('remembered results never outgrow a write, however many players collect them', () => {
  const session = running({ text: 'x'.repeat(LIMIT - 10_000) });
  for (let player = 0; player < 128; player += 1) {
    for (let index = 0; index < 96; index += 1) {
      const parts = { principal: `admin:${'p'.repeat(60)}${player}`, id: `a-result-of-some-length-${index}` };
      session.submit(command({ type: 'refuse' }, { ...parts, fingerprint: 'f'.repeat(22) }), NOW);
    }
  }
  assert.ok(cut(session).value.length < MEBIBYTE - 4 * 1024);
  // What was forgotten is told apart from what never was.
  const first = command(
    { type: 'refuse' },
    { principal: `admin:${'p'.repeat(60)}0`, id: 'a-result-of-some-length-0', again: true },
  );
  assert.equal(told(session.submit(first, NOW)), 'too_late');
});
