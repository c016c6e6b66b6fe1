/**
 * The order in which the clock of the simulations runs things: the same in every run.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock } from '../../support/manual-clock.ts';

describe('the clock moved by hand', () => {
  it('runs timers by due time, those due together as they were set, each at its own time', async () => {
    const clock = new ManualClock();
    const ran: string[] = [];
    const set = (name: string, ms: number): void =>
      void clock.after(ms, () => ran.push(`${name}@${clock.monotonic()}`));
    set('late', 9);
    set('first', 5);
    set('second', 5);
    set('early', 1);
    clock.after(5, () => set('nested', 0));
    set('third', 5);
    await clock.advance(8);
    assert.deepEqual(ran, ['early@1', 'first@5', 'second@5', 'third@5', 'nested@5']);
    await clock.advance(8);
    assert.deepEqual(ran.at(-1), 'late@9');
    assert.equal(clock.monotonic(), 16);
  });

  it('finishes what a timer set going before the next one runs', async () => {
    const clock = new ManualClock();
    const ran: string[] = [];
    clock.after(1, async () => {
      for (let step = 0; step < 10; step += 1) await null;
      ran.push('first, after some promises');
    });
    clock.after(2, () => ran.push('second'));
    await clock.advance(5);
    assert.deepEqual(ran, ['first, after some promises', 'second']);
  });

  it('lets the wall clock jump without moving anything else', async () => {
    const clock = new ManualClock(1_000_000);
    await clock.advance(10);
    clock.jumpWall(-500);
    assert.deepEqual([clock.wall(), clock.monotonic()], [999_510, 10]);
  });
});
