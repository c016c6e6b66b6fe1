/**
 * No slot goes to and fro (no promise of its own: each move freezes it, and costs all members a record).
 *
 * Rule: members hand one slot at most `MOST_A_SECOND` times in a second, however much their rings differ. Those that are leaving, and those that
 * were handed it for the first time, count as well.
 */
import { decodeSlotRecord } from '../../../src/cluster/slot-table.ts';
import type { Entry } from '../../../src/ports/store.ts';
import type { Checked } from './belief.ts';

/** Two at once, then pauses from 250 ms on; restarts and drains of four members in one second make some more. */
const MOST_A_SECOND = 8;

export class ToAndFro {
  readonly #checked: Checked;
  /** Of each slot: when it was handed last, true ms. */
  readonly #times = new Map<number, number[]>();

  constructor(checked: Checked) {
    this.#checked = checked;
    checked.buckets.content('slots').listeners.add((entry) => this.#landed(entry));
  }

  #landed({ key, revision, value, deleted }: Entry): void {
    const slot = Number(key);
    if (deleted || decodeSlotRecord(slot, revision, value).acquired !== 'handoff') return;
    const now = this.#checked.beliefs.now();
    const times = [...(this.#times.get(slot) ?? []).filter((at) => at > now - 1_000), now];
    this.#times.set(slot, times);
    if (times.length === MOST_A_SECOND + 1) {
      this.#checked.violations.report(
        'cost',
        `slot ${slot} was handed on more than ${MOST_A_SECOND} times in one second`,
      );
    }
  }
}
