/**
 * What a session begins with: a new game, or a stored one that was claimed or handed over.
 *
 * Role: makes the first snapshot and what goes with it; the session goes on from there.
 */
import { type Chance, type Draw, once } from './attempts.ts';
import { notAfter, Results } from './results.ts';
import { clockOf, LATE_MS, LONG_AGO, NEVER_LATE, type RoundClock, uncommitted } from './round-clock.ts';
import type { Applied, Origin, Rejected, Rules } from './rules.ts';
import type { CommandKey } from './session-command.ts';
import { type Sizes, sizeOf, sizesFor } from './sizes.ts';
import type { Snapshot, Stamp } from './snapshot.ts';
import type { Told, ToldOf } from './told.ts';

/** A game that is to be made. */
export interface Made {
  readonly gameId: string;
  readonly document: unknown;
  readonly origin: Origin;
  readonly now: number;
  readonly stamp: Stamp;
  /** The revision to write at: 0, or that of a deletion marker. */
  readonly expected: number;
  /** Bytes that the store takes in one write. */
  readonly largestValue: number;
  /** Absent: nothing is drawn. */
  readonly draw?: Draw;
  /** The version of the module that is written now; absent: ours. */
  readonly moduleWritten?: () => number;
  /** Whether a webhook is told of it. */
  readonly isTold?: boolean;
}

/** Where a session comes from when it is not made anew. */
export interface Resumed {
  readonly revision: number;
  readonly sizeBytes: number;
  readonly stamp: Stamp;
  /** When what is claimed was written, cluster time; null: it was handed over. */
  readonly writtenAt: number | null;
  /** Bytes that the store takes in one write. */
  readonly largestValue: number;
  /** What is known of its running round, whichever state turns out to be stored. */
  readonly clocks?: readonly RoundClock[];
  /** When the host was last heard; absent: it counts as there. */
  readonly hostHeardAt?: number;
  /** Absent: nothing is drawn. */
  readonly draw?: Draw;
  /** The version of the module that is written now; absent: ours. */
  readonly moduleWritten?: (() => number) | undefined;
  /** How far a webhook was told of it; null: not known. Absent: none is told. */
  readonly told?: ToldOf | null;
}

export interface Start<State> {
  readonly snapshot: Snapshot<State>;
  readonly revision: number;
  readonly sizeBytes: number;
  readonly sizes: Sizes;
  readonly committed: boolean;
  /** Of the running round; null if none runs. */
  readonly clock: RoundClock | null;
  readonly hostHeardAt: number;
  readonly chance: Chance;
  /** Null: no webhook is told of it. */
  readonly told: Told | null;
}

/** A new game, or why the rules make none. */
export function startOfNew<State, Command>(
  rules: Rules<State, Command>,
  made: Made,
  command: CommandKey,
): { readonly kind: 'made'; readonly start: Start<State>; readonly applied: Applied<State> } | Rejected {
  const { gameId, document, origin, now, stamp, expected } = made;
  const chance = chanceOf(rules, made);
  const context = { now, version: 1, bytes: once(chance.draw), moduleWritten: chance.moduleWritten() };
  const applied = rules.create(gameId, document, origin, context);
  if (applied.kind === 'rejected') return applied;
  const results = new Results();
  results.record(command.principal, { ...notAfter(command, now), version: 1, outcome: 'created' });
  const start: Start<State> = {
    snapshot: { gameId, commit: 0, version: 1, state: applied.state, results, stamp },
    revision: expected,
    sizeBytes: sizeOf(applied.state),
    sizes: sizesFor(made.largestValue),
    committed: false,
    clock: uncommitted(clockOf(rules.deadline(applied.state), []), NEVER_LATE),
    hostHeardAt: now,
    chance,
    told: made.isTold ? { seq: 0, round: rules.events(applied.state, 'admin').round } : null,
  };
  return { kind: 'made', start, applied };
}

/** A stored game. */
export function startOfStored<State, Command>(
  rules: Rules<State, Command>,
  snapshot: Snapshot<State>,
  from: Resumed,
): Start<State> {
  const { revision, sizeBytes, stamp, writtenAt, clocks = [], hostHeardAt = Number.POSITIVE_INFINITY } = from;
  const deadline = rules.deadline(snapshot.state);
  // The round's time was up before an owner of before wrote it: nobody can have seen much of it. (What we wrote is our own claim.)
  const { incarnation, epoch } = snapshot.stamp;
  const isOurs = incarnation === stamp.incarnation && epoch === stamp.epoch;
  const isOverdue = !isOurs && writtenAt !== null && deadline !== null && deadline < writtenAt - LATE_MS;
  const { results } = snapshot;
  const isCommitted = writtenAt === null;
  const clock = clockOf(deadline, clocks);
  return {
    snapshot: { ...snapshot, results, stamp },
    revision,
    sizeBytes,
    sizes: sizesFor(from.largestValue),
    committed: isCommitted,
    // What was in doubt landed after all, once the claim of it has.
    clock: isCommitted ? clock && { ...clock, starting: null } : isOverdue ? uncommitted(clock, LONG_AGO) : clock,
    hostHeardAt,
    chance: chanceOf(rules, from),
    told: from.told === undefined ? null : toldFrom(rules, snapshot.state, from.told),
  };
}

/** What happened before there was a webhook is not told. Nor can more be told than what the store may have gone back to. */
function toldFrom<State, Command>(rules: Rules<State, Command>, state: State, known: ToldOf | null): Told {
  const newest = rules.notices.newest(state);
  const { round } = rules.events(state, 'admin');
  if (known === null) return { seq: newest, round };
  return { seq: Math.min(known.seq, newest), round: Math.min(known.round, round) };
}

function chanceOf<State, Command>(
  rules: Rules<State, Command>,
  { draw, moduleWritten }: Pick<Resumed, 'draw' | 'moduleWritten'>,
): Chance {
  return { draw: draw ?? (() => null), moduleWritten: moduleWritten ?? (() => rules.module.version) };
}
