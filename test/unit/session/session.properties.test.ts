/**
 * Random lives of one session: commands, repetitions, writes, deaths of owners in between.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Cut, Verdict } from '../../../src/session/session-command.ts';
import { writing } from '../../support/written.ts';
import { command, created, NOW, resumed, stored, told } from './tiny-sessions.ts';

type Step =
  | { readonly kind: 'send'; readonly which: number }
  | { readonly kind: 'cut' | 'land' | 'handOver' }
  /** The owner dies; its write in flight lands or not. */
  | { readonly kind: 'die'; readonly lands: boolean };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('send' as const), which: fc.nat(30) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('cut', 'land', 'handOver') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('die' as const), lands: fc.boolean() }) },
);

/** Plays what an owner, the store and clients with retries would do; checks I2 and I6 at every answer. */
class Life {
  session = created();
  store: { value: Uint8Array; revision: number } | null = null;
  flying: Cut | null = null;
  waiting: { which: number; verdict: Verdict }[] = [];
  readonly answered = new Map<number, string>();
  epoch = 3;

  send(which: number): void {
    // Every third command is one that the rules refuse.
    const input = which % 3 === 2 ? ({ type: 'refuse' } as const) : ({ type: 'add', by: 2 ** (which % 31) } as const);
    this.waiting.push({ which, verdict: this.session.submit(command(input, { id: `k${which}` }), NOW) });
  }

  cut(): void {
    this.flying = this.session.cut(writing(2)) ?? this.flying;
  }

  land(): void {
    if (this.flying === null) return;
    assert.equal(this.flying.expected, this.store?.revision ?? 0, 'a write goes to the revision before it');
    this.store = { value: this.flying.value, revision: (this.store?.revision ?? 0) + 1 };
    this.flying = null;
    this.session.landed(this.store.revision, NOW);
    const done = this.waiting.filter(({ verdict }) => this.session.isCommitted(verdict.after));
    this.waiting = this.waiting.filter((one) => !done.includes(one));
    for (const { which, verdict } of done) this.answer(which, told(verdict));
  }

  handOver(): void {
    if (this.store !== null && this.session.idle) this.resume(false);
  }

  die(lands: boolean): void {
    if (lands && this.flying !== null) this.land();
    this.flying = null;
    this.waiting = [];
    if (this.store === null) this.session = created();
    else this.resume(true);
  }

  private resume(claim: boolean): void {
    if (this.store === null) return;
    this.epoch += 1;
    this.session = resumed(this.store, this.store.revision, claim, this.epoch);
  }

  private answer(which: number, text: string): void {
    assert.equal(this.answered.get(which) ?? text, text, 'a repetition gets the first answer');
    this.answered.set(which, text);
    if (which % 3 === 2) return;
    const { total } = stored(this.store ?? { value: new Uint8Array() }).state;
    assert.ok((BigInt(total) >> BigInt(which)) & 1n, 'what is answered is in the store');
  }

  /** Each bit of the total is one command: applied twice, it would have carried into the next. */
  check(): void {
    if (this.store === null) return;
    const { state, version, commit } = stored(this.store);
    const bits = BigInt(state.total).toString(2).replaceAll('0', '').length;
    assert.equal(version, 1 + bits, 'the version counts what was applied');
    assert.ok(commit >= this.store.revision, 'every write has its number');
  }
}

test('property: what is answered is committed, once, whatever dies when', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 40, maxLength: 160 }), (steps) => {
      const life = new Life();
      for (const each of steps) {
        if (each.kind === 'send') life.send(each.which);
        else if (each.kind === 'die') life.die(each.lands);
        else life[each.kind]();
        life.check();
      }
    }),
    { numRuns: 150 },
  );
});
