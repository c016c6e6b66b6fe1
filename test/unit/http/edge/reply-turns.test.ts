/** Large replies, so many bytes a turn. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BYTES_A_TURN, ReplyTurns, SMALL_BYTES } from '../../../../src/http/edge/reply-turns.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

test('in one turn only so many bytes begin, in their order; small replies do not wait', async () => {
  const clock = new ManualClock();
  const turns = new ReplyTurns(clock);
  const begun: string[] = [];
  const ask = (name: string, bytes: number) => {
    const turn = turns.wait(bytes);
    if (turn === null) begun.push(name);
    else void turn.then(() => begun.push(name));
  };
  for (const name of ['a', 'b', 'c', 'd', 'e']) ask(name, BYTES_A_TURN / 2);
  ask('small', SMALL_BYTES);
  assert.deepEqual(begun, ['a', 'b', 'small']);
  ask('less', SMALL_BYTES + 1);
  await clock.advance(1);
  assert.deepEqual(begun.splice(0), ['a', 'b', 'small', 'c', 'd']);
  await clock.advance(1);
  assert.deepEqual(begun.splice(0), ['e', 'less']);
  await clock.advance(1);
  ask('huge', 3 * BYTES_A_TURN);
  ask('next', SMALL_BYTES + 1);
  assert.deepEqual(begun, ['huge'], 'one always begins');
  await clock.advance(1);
  assert.deepEqual(begun, ['huge', 'next']);
});

test('where much waits for its turn, that can be asked', async () => {
  const clock = new ManualClock();
  const turns = new ReplyTurns(clock);
  let waiting = 0;
  for (; !turns.isCrowded; waiting += 1) turns.wait(BYTES_A_TURN);
  // The first one did not wait.
  assert.equal(waiting, 18);
  await clock.advance(1);
  assert.equal(turns.isCrowded, false);
});
