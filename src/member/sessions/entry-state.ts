/**
 * Whether a session is in memory, and what is kept of it in either case.
 *
 * Role: the one place where that changes. Who loads, claims, makes and unloads sessions tells of it; session-items.ts carries out the effects.
 * Why: what is kept of a session in memory and of one that is not are different things: neither can be left over from the other.
 * Invariants:
 *  - Only a session that is `in` is found; one that is being claimed is nobody's yet.
 *  - Room for an entry is given back once, whatever becomes of it.
 *  - No state is left without an answer to an event: `stay` where it changes nothing, `never` where it cannot come.
 */
import type { Entry } from '../../ports/store.ts';
import { clockOf, lengthened, newestClocks, type RoundClock } from '../../session/round-clock.ts';

/** What is asked of a session in memory when it leaves. */
export interface Leaving {
  readonly session: { readonly clocks: readonly RoundClock[]; readonly hostHeardAt: number };
}

interface Clocked {
  /** Of its round: of every state that may be what is stored, beside those that the session in memory knows. */
  readonly clocks: readonly RoundClock[];
}

interface Loaded<Live> extends Clocked {
  readonly live: Live;
  /** Bytes of the last acknowledged write; null: nothing was acknowledged yet. */
  readonly stored: Uint8Array | null;
}

interface Out extends Clocked {
  readonly kind: 'out';
  /** When its host was last heard, cluster time; null: nobody here knows. */
  readonly hostHeardAt: number | null;
  /** As the last cut showed it, until it is read. */
  readonly shown: Entry | null;
}

interface Claiming<Live> extends Loaded<Live> {
  readonly kind: 'claiming';
}

interface In<Live> extends Loaded<Live> {
  readonly kind: 'in';
}

/**
 * - `out`: not in memory.
 * - `claiming`: read, and the write that makes it ours is under way.
 * - `in`: in memory: claimed, handed over, or just made.
 */
export type EntryState<Live> = Out | Claiming<Live> | In<Live>;

/**
 * - `adopt`: a list, or a handoff, says more of it than was known.
 * - `show`: a cut showed it, and there is room for the entry. `drop`: that is used, or no longer needed.
 * - `heed`: it was read, and what is stored says how long its round goes on.
 * - `claim`: the write that makes it ours is sent. `claimed`: it landed. `failed`: it did not.
 * - `enter`: it was handed over with its bytes, or is made, of which nothing is stored yet.
 * - `commit`: a write of it landed.
 * - `unload`: its state is forgotten.
 * - `lengthen`: time was set forward at once; `deadline`: of the round that is listed.
 */
export type EntryEvent<Live> =
  | { readonly kind: 'adopt'; readonly clocks: readonly RoundClock[] }
  | { readonly kind: 'show'; readonly entry: Entry }
  | { readonly kind: 'drop' }
  | { readonly kind: 'heed'; readonly clock: RoundClock }
  | { readonly kind: 'claim'; readonly live: Live }
  | { readonly kind: 'claimed' }
  | { readonly kind: 'failed' }
  | { readonly kind: 'enter'; readonly live: Live; readonly stored: Uint8Array | null }
  | { readonly kind: 'commit'; readonly stored: Uint8Array }
  | { readonly kind: 'unload' }
  | { readonly kind: 'lengthen'; readonly byMs: number; readonly deadline: number | null };

/** `free`: so many bytes need no room any more. `lose`: whoever found that session has to look again. `lengthen`: its round lasts longer. */
export type EntryEffect<Live> =
  | { readonly kind: 'free'; readonly bytes: number }
  | { readonly kind: 'lose'; readonly live: Live }
  | { readonly kind: 'lengthen'; readonly live: Live; readonly byMs: number };

export interface EntryStep<Live> {
  readonly state: EntryState<Live>;
  readonly effects: readonly EntryEffect<Live>[];
}

export const UNKNOWN: Out = { kind: 'out', clocks: [], hostHeardAt: null, shown: null };

type Of<Union extends { readonly kind: string }, Kind> = Extract<Union, { readonly kind: Kind }>;

type Cell<Live, State, Event> = ((state: State, event: Event) => EntryStep<Live>) | 'stay' | 'never';

type Table<Live> = {
  readonly [S in EntryState<Live>['kind']]: {
    readonly [E in EntryEvent<Live>['kind']]: Cell<Live, Of<EntryState<Live>, S>, Of<EntryEvent<Live>, E>>;
  };
};

function to<Live>(state: EntryState<Live>, ...effects: EntryEffect<Live>[]): EntryStep<Live> {
  return { state, effects };
}

function freed({ shown }: Out): { readonly kind: 'free'; readonly bytes: number }[] {
  return shown === null ? [] : [{ kind: 'free', bytes: shown.value.length }];
}

const table: Table<Leaving> = {
  out: {
    adopt: (state, { clocks }) => to({ ...state, clocks }),
    show: (state, { entry }) => to({ ...state, shown: entry }, ...freed(state)),
    drop: (state) => to({ ...state, shown: null }, ...freed(state)),
    heed: (state, { clock }) => to({ ...state, clocks: newestClocks([clock], state.clocks) }),
    claim: (state, { live }) => to({ kind: 'claiming', clocks: state.clocks, live, stored: null }, ...freed(state)),
    claimed: 'never',
    // Its session was deleted while the claim was under way.
    failed: 'stay',
    enter: (state, { live, stored }) => to({ kind: 'in', clocks: state.clocks, live, stored }, ...freed(state)),
    commit: 'never',
    unload: 'stay',
    lengthen: (state, event) => to({ ...state, clocks: lengthenedClocks(state, event) }),
  },
  claiming: {
    // What the list shows may be this very claim.
    adopt: (state, { clocks }) => to({ ...state, clocks }),
    show: 'never',
    drop: 'stay',
    heed: 'never',
    claim: 'never',
    claimed: (state) => to({ ...state, kind: 'in' }),
    failed: ({ clocks }) => to({ ...UNKNOWN, clocks }),
    enter: 'never',
    commit: (state, { stored }) => to({ ...state, stored }),
    // A deletion that was sent before the claim landed: the claim never will.
    unload: left,
    lengthen: lengthenLoaded,
  },
  in: {
    adopt: 'never',
    show: 'never',
    drop: 'stay',
    heed: 'never',
    claim: 'never',
    claimed: 'never',
    failed: 'never',
    enter: 'never',
    commit: (state, { stored }) => to({ ...state, stored }),
    unload: left,
    lengthen: lengthenLoaded,
  },
};

/** Throws if the event cannot come in that state. */
export function step<Live extends Leaving>(state: EntryState<Live>, event: EntryEvent<Live>): EntryStep<Live> {
  // The table is the same for every kind of session, and the types of both halves of a pair are those of its cell.
  const cell = table[state.kind][event.kind] as Cell<Live, EntryState<Live>, EntryEvent<Live>>;
  if (cell === 'never') throw new Error(`a session that is ${state.kind} was told: ${event.kind}`);
  return cell === 'stay' ? to(state) : cell(state, event);
}

function left({ clocks, live }: Claiming<Leaving> | In<Leaving>): EntryStep<Leaving> {
  const { session } = live;
  const known = { clocks: newestClocks(session.clocks, clocks), hostHeardAt: session.hostHeardAt };
  return to({ ...UNKNOWN, ...known }, { kind: 'lose', live });
}

/** A claim that lands later makes it a session in memory, which has to know. */
function lengthenLoaded<State extends Claiming<Leaving> | In<Leaving>>(
  state: State,
  event: Of<EntryEvent<Leaving>, 'lengthen'>,
): EntryStep<Leaving> {
  const { live } = state;
  return to({ ...state, clocks: lengthenedClocks(state, event) }, { kind: 'lengthen', live, byMs: event.byMs });
}

/** A round of which only the deadline is listed has a clock from here on. */
function lengthenedClocks(
  { clocks }: Clocked,
  { byMs, deadline }: { readonly byMs: number; readonly deadline: number | null },
): readonly RoundClock[] {
  const listed = clockOf(deadline, clocks);
  const known = listed === null || clocks.includes(listed) ? clocks : [...clocks, listed];
  return known.map((clock) => lengthened(clock, byMs));
}
