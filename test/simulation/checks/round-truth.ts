/**
 * Judges how rounds end, as it lands (I7).
 *
 * Checked at each write: rounds rise by one at a time and each ends once; a round that its time ended had come to it, by the owner's clock
 * and in truth, and could be seen for that long; its record is in the archive when the state that says so lands, tells of that very
 * end, and is not replaced by another one afterwards.
 */
import type { Entry } from '../../../src/ports/store.ts';
import type { Content } from '../../support/memory-store.ts';
import { ABANDONED, CLOCK, type RecordContent, type RoundEnd } from '../world/game.ts';
import { BEGINNING } from '../world/timeline.ts';
import type { GameLog } from './game-log.ts';
import type { TruthContext } from './game-truth.ts';
import { type StoredGame, writer } from './stored-game.ts';

/** Of a round's time, how much it must be seen at least: time is slewed by a tenth at most. */
const LEAST_SEEN = 1 / 1.1;
/** And by how much less: its commit may take a quarter of a second, and a new owner may not know the time better than that. */
const UNSEEN_MS = 600;
/** A round that began elsewhere lasts at most so much longer than its deadline says when its owner's time is set forward (ADR 24). */
const LENGTHENED_MS = 10_000;
const decoder = new TextDecoder();

export class RoundTruth {
  readonly #context: TruthContext;
  readonly #log: (gameId: string) => GameLog;
  /** Whether the store ever forgot anything: a record may be gone while the write that refers to it was under way. */
  readonly #mayBeLost: () => boolean;
  readonly #archive: Content;

  constructor(context: TruthContext, log: (gameId: string) => GameLog, mayBeLost: () => boolean) {
    this.#context = context;
    this.#mayBeLost = mayBeLost;
    this.#log = log;
    this.#archive = context.buckets.content('archive');
    this.#archive.listeners.add((entry) => this.#archived(entry));
  }

  /** `after` is about to land over `before`; its commands are in the log already. */
  check(log: GameLog, key: string, before: StoredGame | null, after: StoredGame): void {
    const { round, lastEnd, roundEndTime } = after.state;
    const first = before?.state.round ?? 1;
    if (round < first) {
      this.#report(log, `${writer(after)} went back from round ${first} to ${round}`);
      return;
    }
    if ((lastEnd?.round ?? 0) !== round - 1) {
      this.#report(
        log,
        `${writer(after)} shows round ${round}, but ${lastEnd?.round ?? 'none'} as the last that ended`,
      );
    }
    if (before !== null && round === first) {
      const { state } = before;
      if (said(lastEnd) !== said(state.lastEnd)) {
        this.#report(log, `${writer(after)} changed how a round ended: ${said(state.lastEnd)} is now ${said(lastEnd)}`);
      }
      // A clock that stood still begins anew: rest-truth.ts. In a lobby none runs yet.
      const isRunning = state.suspendedAt === null && state.roundEndTime !== null;
      const isSame = isRunning && !log.wasRestarted(before.version + 1, after.version);
      if (roundEndTime !== state.roundEndTime && isSame) {
        this.#report(log, `${writer(after)} moved the end of round ${round}: ${state.roundEndTime} → ${roundEndTime}`);
      }
    }
    let version = before?.version ?? 0;
    for (let ended = first; ended < round; ended += 1) {
      const end = this.#checkEnd(log, `${key}.${ended}`, { ended, above: version, after });
      if (end !== null && end.by !== 'command') this.#checkSeen(log, end, after);
      // One write may hold that a clock which stood still began anew, and that its time came.
      const isKnown =
        ended === first && before !== null && before.state.suspendedAt === null && before.state.roundEndTime !== null;
      const isMoved = end !== null && end.due !== before?.state.roundEndTime;
      if (isKnown && isMoved && !log.wasRestarted(before.version + 1, end.version)) {
        this.#report(log, `round ${ended} was due at ${before.state.roundEndTime}, but ended as ${said(end)}`);
      }
      version = end?.version ?? version;
    }
  }

  /** At the end of a calm time in which members ran: no round is long over that still runs. */
  checkNoneOverdue(logs: Iterable<GameLog>, mostMs: number): void {
    const now = this.#context.clusterTime();
    for (const log of logs) {
      // A creation that nobody heard of, landed late: found by the list that runs every few minutes.
      if (log.shown.version === 0) continue;
      const due = log.stored?.state.roundEndTime ?? null;
      if (due !== null && now > due + mostMs + this.#lengthenedMs(log)) {
        this.#report(log, `round ${log.round} was due at ${since(due)}, and still runs`);
      }
    }
  }

  /**
   * By how much a round may outlast its deadline: by what its owner said when it was stored, which includes for how long claims of it were
   * under way; one that began by a time that was set since goes on for all that it had left.
   */
  #lengthenedMs(log: GameLog): number {
    if (this.#context.mostAheadMs() !== Number.POSITIVE_INFINITY) {
      const { stored, storedAt } = log;
      const saidMs = BEGINNING + storedAt + (stored?.goesOnMs ?? 0) - (stored?.state.roundEndTime ?? 0);
      return Math.min(Math.max(0, saidMs), LENGTHENED_MS);
    }
    const seenMs = this.#context.now() - (log.beginningOf(log.round)?.at ?? Number.NEGATIVE_INFINITY);
    const isSeen = seenMs > (log.stored?.state.roundMs ?? 0) / LEAST_SEEN;
    return isSeen ? LENGTHENED_MS : Number.POSITIVE_INFINITY;
  }

  /** What is archived of a round right now; null: nothing. */
  recordAt(key: string): RecordContent | null {
    const entry = this.#archive.entries.get(key);
    return entry === undefined || entry.deleted ? null : recordOf(entry);
  }

  /** Null: nothing tells how it ended. */
  #checkEnd(
    log: GameLog,
    key: string,
    { ended, above, after }: { ended: number; above: number; after: StoredGame },
  ): RecordContent | null {
    const entry = this.#archive.entries.get(key);
    const last = after.state.lastEnd;
    if (entry === undefined || entry.deleted) {
      if (this.#mayBeLost()) return null;
      this.#report(log, `${writer(after)} shows round ${ended} as ended, but the archive has no record of it`);
      return null;
    }
    const record = recordOf(entry);
    this.#checkTime(log, record);
    const isSame = last?.round !== ended || said(last) === said(record);
    const isHere = record.version > above && record.version <= after.version && isTrue(log, record);
    if (!isSame || !isHere || record.round !== ended) {
      this.#report(
        log,
        `${writer(after)} ended round ${ended} between versions ${above} and ${after.version}` +
          `${last?.round === ended ? ` (${said(last)})` : ''}, but its record says version ${record.version}, ${said(record)}`,
      );
    }
    return record;
  }

  #checkTime(log: GameLog, end: RoundEnd): void {
    if (end.by === 'abandoned' && !log.cursed.has(end.round)) {
      this.#report(log, `round ${end.round} was ended without its actions, though nothing was wrong with it`);
    }
    if (end.by === 'command') return;
    if (end.due === null || end.at < end.due) {
      this.#report(log, `round ${end.round} ended before its time: ${said(end)}`);
      return;
    }
    const wall = BEGINNING + this.#context.now();
    const aheadMs = this.#context.mostAheadMs();
    if (wall < end.due - aheadMs) {
      this.#report(
        log,
        `the end of round ${end.round} landed before its time (no clock is over ${aheadMs} ms ahead): ${said(end)}`,
      );
    }
  }

  /** What the clock ends could be seen for its time, in truth; a new game's first round keeps the end that it was given. */
  #checkSeen(log: GameLog, end: RoundEnd, { state: { roundMs }, incarnation, epoch }: StoredGame): void {
    if (end.round === 1 || roundMs === null || this.#mayBeLost()) return;
    const beginning = log.beginningOf(end.round);
    if (beginning === undefined) {
      this.#report(log, `the clock ended round ${end.round} before anybody could see it: ${said(end)}`);
      return;
    }
    const seenMs = this.#context.now() - beginning.at;
    const isSame = beginning.incarnation === incarnation && beginning.epoch === epoch;
    // An heir makes no round longer than that, for however long its beginning was under way.
    if (!isSame && end.due !== null && end.at - end.due >= LENGTHENED_MS) return;
    const promisedMs = isSame ? roundMs : this.#leftToHeirs(roundMs);
    if (seenMs < promisedMs * LEAST_SEEN - UNSEEN_MS) {
      this.#report(log, `round ${end.round} could be seen for ${seenMs.toFixed(0)} of ${roundMs} ms: ${said(end)}`);
    }
  }

  /** Whoever takes a round over knows how long it was to go on when it was stored: by the clock of NATS, if that can be trusted. */
  #leftToHeirs(roundMs: number): number {
    return this.#context.mostAheadMs() === Number.POSITIVE_INFINITY ? 0 : roundMs;
  }

  /** A record is written before the state that refers to it, and stays as it is once that has landed. */
  #archived(entry: Entry): void {
    const [, gameId = '', round, isBarrier] = entry.key.split('.');
    if (isBarrier !== undefined) return;
    const log = this.#log(gameId);
    if (round === undefined || Number(round) >= log.round) return;
    // Whether a game may be erased is for end-truth.ts to say.
    if (entry.deleted && log.erasures.length > 0) return;
    if (entry.deleted) {
      this.#report(log, `the record of round ${round}, which is over, was deleted`);
      return;
    }
    const record = recordOf(entry);
    const last = log.stored?.state.lastEnd ?? null;
    if (!isTrue(log, record) || (last?.round === record.round && said(last) !== said(record))) {
      this.#report(
        log,
        `the record of round ${round}, which is over, was replaced: version ${record.version}, ${said(record)}`,
      );
    }
  }

  #report(log: GameLog, what: string): void {
    this.#context.violations.report('I7', `game ${log.gameId}: ${what}`);
  }
}

/** Whether there is such a command on such a state. */
function isTrue(log: GameLog, { version, digest, by }: RecordContent): boolean {
  const tag = log.tagAt(version);
  const isKnown =
    tag !== undefined && (tag === CLOCK) === (by === 'clock') && (tag === ABANDONED) === (by === 'abandoned');
  return isKnown && digest === log.digestAt(version - 1);
}

function recordOf({ value }: Entry): RecordContent {
  return JSON.parse(decoder.decode(value));
}

/** An end of a round in words; times in ms since the beginning of the world. */
function said(end: RoundEnd | null): string {
  if (end === null) return 'none';
  return `round ${end.round} by ${end.by} at ${since(end.at)}, due ${end.due === null ? 'never' : since(end.due)}`;
}

function since(wall: number): string {
  return `${wall - BEGINNING} ms`;
}
