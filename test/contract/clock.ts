/**
 * The contract of the clock port, C1 to C4, over any implementation.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Clock } from '../../src/ports/clock.ts';

export interface ClockCase {
  readonly clock: Clock;
  /** Lets at least `ms` of the clock's monotonic time pass, and every timer that falls due run. */
  pass(ms: number): Promise<void>;
}

export function clockContract(name: string, make: () => ClockCase): void {
  describe(`clock: ${name}`, () => {
    it('C1 wall is an integer number of milliseconds since the Unix epoch', () => {
      const wall = make().clock.wall();
      assert.ok(Number.isInteger(wall));
      assert.ok(wall > Date.UTC(2020, 0, 1), `${wall} lies in the past`);
    });

    it('C2 monotonic moves on and never decreases', async () => {
      const { clock, pass } = make();
      const times = [clock.monotonic()];
      for (let step = 0; step < 5; step += 1) {
        await pass(2);
        times.push(clock.monotonic());
      }
      assert.deepEqual(
        times,
        times.toSorted((one, other) => one - other),
      );
      assert.ok((times.at(-1) ?? 0) - (times[0] ?? 0) >= 10);
    });

    it('C3 after runs once, never early and never synchronously', async () => {
      const { clock, pass } = make();
      const delays = [0, 1, 3, 7, 12, -5];
      const early: number[] = [];
      const runs: number[] = [];
      for (let round = 0; round < 20; round += 1) {
        for (const ms of delays) {
          const set = clock.monotonic();
          let returned = false;
          clock.after(ms, () => {
            runs.push(ms);
            if (!returned || clock.monotonic() - set < ms) early.push(ms);
          });
          returned = true;
        }
        await pass(13);
      }
      await pass(20);
      assert.deepEqual(early, []);
      assert.equal(runs.length, 20 * delays.length);
    });

    it('C3 a wait longer than any native timer does not end at once', async () => {
      const { clock, pass } = make();
      let ran = false;
      const warnings: Error[] = [];
      const onWarning = (warning: Error): void => void warnings.push(warning);
      process.on('warning', onWarning);
      const timer = clock.after(2 ** 31 + 1000, () => {
        ran = true;
      });
      await pass(20);
      timer.cancel();
      process.off('warning', onWarning);
      assert.equal(ran, false);
      assert.deepEqual(warnings, []);
    });

    it('C4 cancel prevents the call, and does nothing afterwards', async () => {
      const { clock, pass } = make();
      let runs = 0;
      const cancelled = clock.after(2, () => {
        runs += 1;
      });
      const other = clock.after(2, () => {
        runs += 10;
      });
      cancelled.cancel();
      await pass(10);
      assert.equal(runs, 10);
      other.cancel();
      cancelled.cancel();
      await pass(5);
      assert.equal(runs, 10);
    });
  });
}
