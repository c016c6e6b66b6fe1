/**
 * The reconcile decision: every combination of record, ring, standing and holding, against the rules as the design words them.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decide, isUnowned, type Situation, type Step, type Surroundings } from '../../../src/cluster/reconcile.ts';
import { type SlotState, transitions } from '../../../src/cluster/slot-state.ts';
import type { SlotRecord } from '../../../src/cluster/slot-table.ts';

/** The three incarnations that can own the slot: myself, an older process of mine, a peer. */
const SELF = 'me.new';
const FORMER = 'me.old';
const PEER = 'peer.p1';
const JOINER = 'joiner.j1';
const NOW = 10_000;
const DELAY = 1_000;

/** Everything that the decision may depend on. */
interface Case {
  readonly owner: string | null;
  readonly standing: 'present' | 'departed' | 'unknown';
  readonly state: SlotState;
  /** Who follows the slot on the ring, best first. */
  readonly successors: readonly string[];
  readonly anyActive: boolean;
  readonly leaving: boolean;
  /** Which incarnation counts as me. */
  readonly current: string | null;
  readonly unownedForMs: number | null;
  readonly joinerActiveForMs: number;
}

const usual: Case = {
  owner: PEER,
  standing: 'present',
  state: 'idle',
  successors: ['me', 'peer', 'joiner'],
  anyActive: true,
  leaving: false,
  current: SELF,
  unownedForMs: null,
  joinerActiveForMs: DELAY,
};

function decided(given: Partial<Case>): Step {
  const one = { ...usual, ...given };
  return decide(situationOf(one), surroundingsOf(one));
}

function situationOf({ owner, state, unownedForMs }: Case): Situation {
  const unownedSince = unownedForMs === null ? null : NOW - unownedForMs;
  return { slot: 7, record: owner === null ? null : recordOf(owner), state, unownedSince };
}

function recordOf(key: string): SlotRecord {
  const [owner = '', incarnation = ''] = key.split('.');
  return { slot: 7, owner, incarnation, epoch: 3, acquired: 'initial', transferId: null, revision: 9 };
}

function surroundingsOf(one: Case): Surroundings {
  return {
    selfKey: SELF,
    selfId: 'me',
    now: NOW,
    rebalanceDelayMs: DELAY,
    leaving: one.leaving,
    anyActive: one.anyActive,
    successors: () => one.successors,
    currentKey: (id) => ({ me: one.current, peer: PEER, joiner: JOINER })[id] ?? null,
    standing: () => one.standing,
    activeSince: (key) => (key === JOINER ? NOW - one.joinerActiveForMs : 0),
  };
}

const none: Step = { kind: 'none' };
const take = (acquired: 'initial' | 'takeover' | 'retake'): Step => ({ kind: 'take', acquired });
const cases: readonly [string, Partial<Case>, Step][] = [
  ['nobody ever owned it and it should be mine', { owner: null }, take('initial')],
  ['nobody ever owned it and it should be another’s', { owner: null, successors: ['peer', 'me'] }, none],
  ['its owner is there', { standing: 'present' }, none],
  ['its owner departed', { standing: 'departed' }, take('takeover')],
  ['its owner departed, another comes first', { standing: 'departed', successors: ['peer', 'me'] }, none],
  ['absence proves nothing', { standing: 'unknown' }, { kind: 'verify', ownerKey: PEER }],
  ['absence, and another comes first', { standing: 'unknown', successors: ['peer', 'me'] }, none],
  ['an older process of mine owned it and departed', { owner: FORMER, standing: 'departed' }, take('takeover')],
  ['an older process of mine still is there', { owner: FORMER, standing: 'present' }, none],
  ['it is mine by the record and I do not hold it', { owner: SELF }, take('retake')],
  ['the same, while I am leaving', { owner: SELF, leaving: true }, take('retake')],
  ['the same, though another should have it', { owner: SELF, successors: ['joiner', 'me'] }, take('retake')],
  ['I hold it and should', { owner: SELF, state: 'serving' }, none],
  [
    'I hold it and a member should that has been there',
    { owner: SELF, state: 'serving', successors: ['peer'] },
    { kind: 'handoff', to: PEER },
  ],
  ['a joiner is due now', { owner: SELF, state: 'serving', successors: ['joiner'] }, { kind: 'handoff', to: JOINER }],
  [
    'a joiner is too fresh',
    { owner: SELF, state: 'serving', successors: ['joiner'], joinerActiveForMs: DELAY - 1 },
    none,
  ],
  [
    'a drain does not wait for that',
    { owner: SELF, state: 'serving', successors: ['joiner'], joinerActiveForMs: 0, leaving: true },
    { kind: 'handoff', to: JOINER },
  ],
  [
    'the last ones are all leaving',
    { owner: SELF, state: 'serving', successors: ['peer'], leaving: true, anyActive: false },
    none,
  ],
  ['the desired owner is not in my view', { owner: SELF, state: 'serving', successors: ['stranger'] }, none],
  [
    'I was replaced by a newer process',
    { owner: SELF, state: 'serving', current: 'me.newer' },
    { kind: 'handoff', to: 'me.newer' },
  ],
  ['a replaced process takes nothing', { standing: 'departed', current: 'me.newer' }, none],
  ['nor does one that is not in its own view', { standing: 'departed', current: null }, none],
  ['a leaving member takes nothing while others are active', { standing: 'departed', leaving: true }, none],
  ['nor an initial slot', { owner: null, leaving: true }, none],
  ['among leaving members only it does', { standing: 'departed', leaving: true, anyActive: false }, take('takeover')],
  ['the second in line waits a second', { standing: 'departed', successors: ['peer', 'me'], unownedForMs: 999 }, none],
  ['and then acts', { standing: 'departed', successors: ['peer', 'me'], unownedForMs: 1_000 }, take('takeover')],
  [
    'the third waits for two',
    { standing: 'departed', successors: ['peer', 'joiner', 'me'], unownedForMs: 1_999 },
    none,
  ],
  [
    'and then acts as well',
    { standing: 'departed', successors: ['peer', 'joiner', 'me'], unownedForMs: 2_000 },
    take('takeover'),
  ],
  [
    'waiting makes no proof of absence',
    { standing: 'unknown', successors: ['peer', 'me'], unownedForMs: 60_000 },
    { kind: 'verify', ownerKey: PEER },
  ],
  ['who is not on the ring never acts', { standing: 'departed', successors: ['peer'], unownedForMs: 60_000 }, none],
  ['the first in line waits for nothing', { standing: 'departed', unownedForMs: null }, take('takeover')],
];

for (const [name, given, expected] of cases) {
  test(`decide: ${name}`, () => assert.deepEqual(decided(given), expected));
}

const anyCase: fc.Arbitrary<Case> = fc.record({
  owner: fc.constantFrom(null, SELF, FORMER, PEER),
  standing: fc.constantFrom('present', 'departed', 'unknown'),
  state: fc.constantFrom(...(Object.keys(transitions) as SlotState[])),
  successors: fc.shuffledSubarray(['me', 'peer', 'joiner']),
  anyActive: fc.boolean(),
  leaving: fc.boolean(),
  current: fc.constantFrom(SELF, 'me.newer', null),
  unownedForMs: fc.option(fc.constantFrom(0, 999, 1_000, 1_999, 2_000, 60_000)),
  joinerActiveForMs: fc.constantFrom(0, DELAY - 1, DELAY, 60_000),
});

function holdsAlways(claim: (one: Case, step: Step) => boolean): void {
  fc.assert(
    fc.property(anyCase, (one) => assert.ok(claim(one, decided(one)), JSON.stringify(decided(one)))),
    { numRuns: 1_000 },
  );
}

test('property: nothing is done while something is under way', () => {
  holdsAlways(({ state }, { kind }) => state === 'idle' || state === 'serving' || kind === 'none');
});

test('property: a slot of another is taken only after its owner’s departure was seen (I5)', () => {
  holdsAlways(
    ({ owner, standing }, { kind }) => kind !== 'take' || owner === null || owner === SELF || standing === 'departed',
  );
});

test('property: only the owner hands over, only what it holds, never to itself', () => {
  holdsAlways(
    ({ owner, state }, step) => step.kind !== 'handoff' || (owner === SELF && state === 'serving' && step.to !== SELF),
  );
});

test('property: a slot is handed to nobody but the desired owner, and not because nobody is active', () => {
  holdsAlways(
    ({ successors, anyActive }, step) =>
      step.kind !== 'handoff' || (anyActive && step.to.split('.')[0] === successors[0]),
  );
});

test('property: whoever is not on the ring, or not the incarnation that counts, takes nothing but its own', () => {
  holdsAlways(
    ({ owner, successors, current }, { kind }) =>
      (kind !== 'take' && kind !== 'verify') || owner === SELF || (successors.includes('me') && current === SELF),
  );
});

test('property: the desired owner always acts on a slot that nobody serves: it cannot forget', () => {
  holdsAlways((one, { kind }) => {
    const isMine = one.successors[0] === 'me' && one.current === SELF && (!one.leaving || !one.anyActive);
    const isFree = one.owner === null || (one.owner !== SELF && one.standing !== 'present');
    return one.state !== 'idle' || !isMine || !isFree || kind === 'take' || kind === 'verify';
  });
});

test('unowned: without a record, or with an owner not known to be there', () => {
  const standing = (known: Case['standing']) => ({ standing: () => known });
  assert.equal(isUnowned(null, standing('present')), true);
  assert.equal(isUnowned(recordOf(PEER), standing('present')), false);
  assert.equal(isUnowned(recordOf(PEER), standing('departed')), true);
  assert.equal(isUnowned(recordOf(PEER), standing('unknown')), true);
});
