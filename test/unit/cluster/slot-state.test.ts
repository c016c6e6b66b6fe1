/**
 * The life of a slot: every state answers every event, and the slot is open exactly while it says so.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  isInvolved,
  isOpen,
  isServed,
  type SlotEvent,
  type SlotState,
  step,
  transitions,
} from '../../../src/cluster/slot-state.ts';
import { slotStateDiagram } from '../../support/slot-state-diagram.ts';

const states = Object.keys(transitions) as SlotState[];
const events = Object.keys(transitions.idle) as SlotEvent[];
const starts: readonly SlotEvent[] = ['verify', 'take', 'handoff'];

test('a slot is taken, handed over, and lost', () => {
  const life = (...told: SlotEvent[]) =>
    told.reduce<[SlotState, string[]]>(
      ([state, done], event) => {
        const next = step(state, event);
        return [next.state, [...done, ...next.effects]];
      },
      ['idle', []],
    );
  assert.deepEqual(life('take', 'won', 'returned'), ['serving', ['open']]);
  assert.deepEqual(life('take', 'conflicted', 'foreign', 'returned'), ['idle', []]);
  assert.deepEqual(life('take', 'conflicted', 'given', 'returned'), ['serving', ['open']]);
  assert.deepEqual(life('verify', 'verified', 'returned'), ['idle', []]);
  assert.deepEqual(life('given', 'handoff', 'refused', 'returned'), ['serving', ['open']]);
  assert.deepEqual(life('given', 'handoff', 'sent', 'foreign', 'released', 'returned'), ['idle', ['open', 'close']]);
  assert.deepEqual(life('given', 'foreign'), ['idle', ['open', 'close']]);
  assert.deepEqual(life('given', 'fenced'), ['idle', ['open', 'close']]);
});

test('nothing of another owner touches a slot while a step with it is under way', () => {
  for (const state of states.filter((state) => isInvolved(state) && !isServed(state))) {
    for (const event of ['given', 'foreign', 'fenced'] as const)
      assert.deepEqual(step(state, event), { state, effects: [] });
  }
});

test('a slot that is served is closed at once when another owner shows', () => {
  for (const state of states.filter(isServed)) {
    for (const event of ['foreign', 'fenced'] as const) assert.deepEqual(step(state, event).effects, ['close']);
  }
});

test('every state answers every event', () => {
  for (const state of states) assert.deepEqual(Object.keys(transitions[state]).sort(), [...events].sort(), state);
});

test('a step begins only where none is under way', () => {
  for (const state of states) {
    for (const event of starts) {
      if (state !== 'idle' && state !== 'serving') assert.throws(() => step(state, event), new RegExp(state));
    }
  }
});

test('what has stopped stays so, whatever it is told', () => {
  for (const state of states) assert.equal(step(state, 'stop').state, 'stopped');
  for (const event of events.filter((event) => !starts.includes(event))) {
    assert.deepEqual(step('stopped', event), { state: 'stopped', effects: [] });
  }
});

test('property: sessions are opened and closed in turns, and open exactly in the states that say so', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...events.filter((event) => event !== 'stop')), { maxLength: 60 }), (told) => {
      let state: SlotState = 'idle';
      let open = false;
      for (const event of told) {
        if (transitions[state][event] === 'never') continue;
        const next = step(state, event);
        for (const effect of next.effects) {
          assert.equal(open, effect === 'close', `${state} ${event}`);
          open = effect === 'open';
        }
        state = next.state;
        assert.equal(isOpen(state), open, `${state} after ${event}`);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('every state can be come to, and left again for idle without a stop', () => {
  const next = (state: SlotState) =>
    events.flatMap((event) =>
      event === 'stop' || transitions[state][event] === 'never' ? [] : [step(state, event).state],
    );
  const reached = (from: SlotState): Set<SlotState> => {
    const known = new Set([from]);
    for (const state of known) for (const one of next(state)) known.add(one);
    return known;
  };
  assert.deepEqual([...reached('idle')].sort(), states.filter((state) => state !== 'stopped').sort());
  for (const state of reached('idle')) assert.ok(reached(state).has('idle'), state);
});

test('the diagram in the documentation is the one that the transitions make', () => {
  const page = readFileSync(new URL('../../../docs/architecture/slots.md', import.meta.url), 'utf8');
  assert.ok(
    page.includes(`\`\`\`mermaid\n${slotStateDiagram()}\`\`\``),
    `docs/architecture/slots.md lacks:\n${slotStateDiagram()}`,
  );
});
