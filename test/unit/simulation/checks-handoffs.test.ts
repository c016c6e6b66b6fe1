/** Who counts how often a slot is handed on, judged: slots that go to and fro are named, and nothing else is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Acquired, encodeSlotRecord } from '../../../src/cluster/slot-table.ts';
import type { Checked } from '../../simulation/checks/belief.ts';
import { ToAndFro } from '../../simulation/checks/to-and-fro.ts';
import { Violations } from '../../simulation/world/witness.ts';
import { MemoryBuckets } from '../../support/memory-store.ts';

class HandedOn {
  now = 0;
  readonly violations = new Violations(() => this.now);
  readonly #slots = new MemoryBuckets();
  #epoch = 0;

  constructor() {
    const beliefs = { now: () => this.now } as Checked['beliefs'];
    new ToAndFro({ buckets: this.#slots, violations: this.violations, beliefs });
  }

  /** Somebody else gets it, so many times, each so many ms after the one before. */
  moves(slot: number, times: number, everyMs: number, acquired: Acquired = 'handoff'): void {
    for (let move = 0; move < times; move += 1) {
      this.now += everyMs;
      this.#epoch += 1;
      const incarnation = `i${this.#epoch % 2}`;
      const record = { slot, owner: 'm', incarnation, epoch: this.#epoch, acquired, transferId: null };
      const content = this.#slots.content('slots');
      const expected = content.entries.get(`${slot}`)?.revision ?? 0;
      const at = { wall: this.now, now: this.now };
      content.put(`${slot}`, expected, encodeSlotRecord(record), {}, false, at);
    }
  }
}

test('a slot that is handed on more than eight times in a second is named, once', () => {
  const world = new HandedOn();
  world.moves(3, 20, 3);
  assert.deepEqual(
    world.violations.found.map(({ promise, what }) => [promise, what]),
    [['cost', 'slot 3 was handed on more than 8 times in one second']],
  );
});

test('eight handoffs in a second, many slots at once, and takeovers are as it should be', () => {
  const world = new HandedOn();
  world.moves(3, 40, 126);
  for (let slot = 10; slot < 110; slot += 1) world.moves(slot, 1, 1);
  world.moves(5, 20, 3, 'takeover');
  assert.deepEqual(world.violations.found, []);
});
