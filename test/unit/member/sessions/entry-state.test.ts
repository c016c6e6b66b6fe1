import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type EntryEvent,
  type EntryState,
  type EntryStep,
  type Leaving,
  step,
  UNKNOWN,
} from '../../../../src/member/sessions/entry-state.ts';
import type { Entry } from '../../../../src/ports/store.ts';
import { begunElsewhere } from '../../../../src/session/round-clock.ts';

interface Live extends Leaving {
  readonly name: string;
}
type Kind = EntryState<Live>['kind'];
type EventKind = EntryEvent<Live>['kind'];

const DEADLINE = 1_000;
const bytes = new Uint8Array(3);

function live(name: string, deadlines: readonly number[] = [DEADLINE]): Live {
  return { name, session: { clocks: deadlines.map((at) => begunElsewhere(at)), hostHeardAt: 77 } };
}

function entryOf(size: number): Entry {
  return { key: 'k', revision: 1, deleted: false, headers: {}, value: new Uint8Array(size), writtenAt: 0 };
}

/** One of each state, with something in every field. */
const states: { readonly [K in Kind]: Extract<EntryState<Live>, { kind: K }> } = {
  out: { kind: 'out', clocks: [begunElsewhere(1)], hostHeardAt: 5, shown: entryOf(10) },
  claiming: { kind: 'claiming', clocks: [begunElsewhere(1)], live: live('a'), stored: null },
  in: { kind: 'in', clocks: [begunElsewhere(1)], live: live('a'), stored: bytes },
};

const events: { readonly [K in EventKind]: Extract<EntryEvent<Live>, { kind: K }> } = {
  adopt: { kind: 'adopt', clocks: [] },
  show: { kind: 'show', entry: entryOf(20) },
  drop: { kind: 'drop' },
  heed: { kind: 'heed', clock: begunElsewhere(1, 5) },
  claim: { kind: 'claim', live: live('b') },
  claimed: { kind: 'claimed' },
  failed: { kind: 'failed' },
  enter: { kind: 'enter', live: live('b'), stored: null },
  commit: { kind: 'commit', stored: bytes },
  unload: { kind: 'unload' },
  lengthen: { kind: 'lengthen', byMs: 9, deadline: DEADLINE },
};

/** To which state each event leads, and what is done then; null: it cannot come. */
const expected: { readonly [K in Kind]: { readonly [E in EventKind]: string | null } } = {
  out: {
    adopt: 'out',
    show: 'out free',
    drop: 'out free',
    heed: 'out',
    claim: 'claiming free',
    claimed: null,
    failed: 'out',
    enter: 'in free',
    commit: null,
    unload: 'out',
    lengthen: 'out',
  },
  claiming: {
    adopt: 'claiming',
    show: null,
    drop: 'claiming',
    heed: null,
    claim: null,
    claimed: 'in',
    failed: 'out',
    enter: null,
    commit: 'claiming',
    unload: 'out lose',
    lengthen: 'claiming lengthen',
  },
  in: {
    adopt: null,
    show: null,
    drop: 'in',
    heed: null,
    claim: null,
    claimed: null,
    failed: null,
    enter: null,
    commit: 'in',
    unload: 'out lose',
    lengthen: 'in lengthen',
  },
};

const kinds = Object.keys(states) as Kind[];
const eventKinds = Object.keys(events) as EventKind[];

test('each event leads from each state where it should, or cannot come there', () => {
  for (const from of kinds) {
    for (const what of eventKinds) {
      const want = expected[from][what];
      const tell = () => step<Live>(states[from], events[what]);
      if (want === null) {
        assert.throws(tell, new Error(`a session that is ${from} was told: ${what}`));
        continue;
      }
      const { state, effects } = tell();
      assert.equal([state.kind, ...effects.map(({ kind }) => kind)].join(' '), want, `${from} ${what}`);
    }
  }
});

test('what a session knew in memory is kept when it leaves, and its entry is gone once it is read', () => {
  const left = step<Live>(states.in, events.unload).state;
  assert.deepEqual(left, {
    kind: 'out',
    clocks: [begunElsewhere(DEADLINE), begunElsewhere(1)],
    hostHeardAt: 77,
    shown: null,
  });
  const claiming = step<Live>(states.out, events.claim).state;
  assert.deepEqual(step<Live>(claiming, events.failed).state, { ...UNKNOWN, clocks: states.out.clocks });
  const claimed = step<Live>(step<Live>(claiming, events.commit).state, events.claimed).state;
  assert.deepEqual(claimed, { kind: 'in', clocks: states.out.clocks, live: events.claim.live, stored: bytes });
});

test('a round of which only the deadline is listed lasts longer too, in every state', () => {
  for (const from of kinds) {
    const { state } = step<Live>(states[from], events.lengthen);
    assert.deepEqual(
      state.clocks.map(({ deadline, byMs }) => [deadline, byMs]),
      [
        [1, 9],
        [DEADLINE, 9],
      ],
    );
  }
});

test('property: room is given back once, and a session that is lost never comes again', () => {
  const anyEvent = fc.oneof(
    fc.nat({ max: 50 }).map((size): EntryEvent<Live> => ({ kind: 'show', entry: entryOf(size) })),
    fc.constantFrom(...eventKinds.map((kind): EntryEvent<Live> => events[kind])),
  );
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 60 }), (told) => {
      let state: EntryState<Live> = UNKNOWN;
      let taken = 0;
      const lost = new Set<Live>();
      for (const [at, event] of told.entries()) {
        // A session of its own each time.
        const own = 'live' in event ? { ...event, live: live(String(at)) } : event;
        if (expected[state.kind][own.kind] === null) continue;
        if (own.kind === 'show') taken += own.entry.value.length;
        const found = liveOf(state);
        const next: EntryStep<Live> = step<Live>(state, own);
        state = next.state;
        for (const effect of next.effects) {
          if (effect.kind === 'free') taken -= effect.bytes;
          if (effect.kind === 'lose') lost.add(effect.live);
        }
        assert.equal(taken, state.kind === 'out' ? (state.shown?.value.length ?? 0) : 0);
        assert.ok(state.kind === 'out' || !lost.has(state.live));
        assert.equal(
          found !== null && lost.has(found),
          found !== liveOf(state) && found !== null,
          'who found it is told',
        );
      }
    }),
  );
});

/** What is found of it. */
function liveOf(state: EntryState<Live>): Live | null {
  return state.kind === 'in' ? state.live : null;
}
