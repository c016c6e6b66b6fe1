/**
 * The steps of a run, one after another under traffic, with what each of them cost.
 *
 * Role: measures how long a step keeps any game from acknowledging a command, and what clients that try once noticed of it.
 */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { seconds } from './seconds.ts';
import type { Traffic } from './traffic.ts';

export interface Step {
  readonly name: string;
  /** Does the harm, or the planned change; resolves when it is done. */
  readonly act: () => Promise<unknown>;
  /** Puts right what `act` broke, once every game answers again. */
  readonly restore?: () => Promise<unknown>;
  /**
   * What is planned takes its time while clients go on: what counts is their slowest attempt. `unnoticed`: nor may any attempt
   * of a client that tries once fail. Default: harm, done at once.
   */
  readonly kind?: 'harm' | 'planned' | 'unnoticed';
  /** The longest that any game may take to answer again, or any attempt if it is planned. */
  readonly withinMs: number;
}

interface Row {
  readonly step: string;
  readonly 'all games answer after': string;
  readonly 'whole step': string;
  readonly 'slowest single attempt': string;
  readonly 'single attempts': number;
  readonly failed: number;
}

export class Steps {
  readonly #rows: Row[] = [];
  readonly #traffic: Traffic;
  /** Whether all steps so far did what they should. */
  passed = true;

  constructor(traffic: Traffic) {
    this.#traffic = traffic;
  }

  /** One step as a test of its own. */
  async run(t: TestContext, { name, act, restore, kind = 'harm', withinMs }: Step): Promise<void> {
    await t.test(name, async () => {
      // Until its end is reached.
      const passed = this.passed;
      this.passed = false;
      process.stdout.write(`${name} …\n`);
      const traffic = this.#traffic;
      const began = performance.now();
      const attempts = traffic.attempts.length;
      await act();
      await traffic.everyGameAnswers();
      const recoveryMs = kind === 'harm' ? performance.now() - began : traffic.slowestSince(began);
      await restore?.();
      const failures = traffic.failuresSince(began);
      this.#rows.push({
        step: name,
        'all games answer after': kind === 'harm' ? seconds(recoveryMs) : 'always',
        'whole step': seconds(performance.now() - began),
        'slowest single attempt': seconds(traffic.slowestSince(began)),
        'single attempts': traffic.attempts.length - attempts,
        failed: failures.length,
      });
      if (kind === 'unnoticed') assert.deepEqual(failures, []);
      assert.ok(recoveryMs < withinMs, `${seconds(recoveryMs)} without an answer`);
      this.passed = passed;
    });
  }

  print(): void {
    console.table(this.#rows);
  }
}
