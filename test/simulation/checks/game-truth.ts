/**
 * Judges every write to the sessions bucket as it lands, and keeps what is true of each game.
 *
 * Role: the store is the one place where all members' deeds meet, so its order is the order of the game.
 *
 * Checked at each write: its commit number is one above that of the entry it replaced (I1); its epoch has not fallen, and each epoch of a
 * slot has one writer (I4); it holds everything that the entry before held (I2); no command is in it twice, and none that must not be
 * (I6); rounds, see `RoundTruth` (I7); games that nobody plays, see `checkRest`; games that end, see `EndTruth`.
 */
import type { Entry } from '../../../src/ports/store.ts';
import type { Content, MemoryBuckets } from '../../support/memory-store.ts';
import { CURSE, digestAfter, RECENT, type RecordContent, recentOf } from '../world/game.ts';
import { tableOf } from '../world/table-game.ts';
import type { Violations } from '../world/witness.ts';
import { EndTruth } from './end-truth.ts';
import { GameLog } from './game-log.ts';
import { checkRest } from './rest-truth.ts';
import { RoundTruth } from './round-truth.ts';
import { readGame, readResults, type StoredGame, type StoredRow, writer } from './stored-game.ts';

export interface TruthContext {
  readonly buckets: MemoryBuckets;
  readonly violations: Violations;
  /** True ms since the beginning of the world. */
  now(): number;
  /** By how much the time of games is ahead of true time at most, ms. */
  mostAheadMs(): number;
  /** The store's clock was never wrong: the time of games is about true time. */
  isTimeTrue(): boolean;
  /** The time of games as those who are there have it; of the one who is behind most. */
  clusterTime(): number;
}

type Landing = (log: GameLog, before: StoredGame | null, after: StoredGame) => void;

export class GameTruth {
  readonly violations: Violations;
  /** Whether the store ever forgot anything. */
  hasRolledBack = false;
  readonly #context: TruthContext;
  readonly #sessions: Content;
  readonly #archive: Content;
  readonly #rounds: RoundTruth;
  readonly ends: EndTruth;
  /** Are told of each write that has landed and was judged. */
  readonly landings = new Set<Landing>();
  readonly #logs = new Map<string, GameLog>();
  readonly #keys = new Map<string, string>();
  /** Slot and epoch → incarnation. */
  readonly #writers = new Map<string, string>();

  /** To be made before the first member starts. */
  constructor(context: TruthContext) {
    this.#context = context;
    this.violations = context.violations;
    this.#sessions = context.buckets.content('sessions');
    this.#archive = context.buckets.content('archive');
    this.#rounds = new RoundTruth(
      context,
      (gameId) => this.log(gameId),
      () => this.hasRolledBack,
    );
    this.ends = new EndTruth(context, () => this.hasRolledBack);
    this.#sessions.listeners.add((entry) => this.#landed(entry));
    this.#archive.listeners.add((entry) => this.#archived(entry));
  }

  get games(): Iterable<GameLog> {
    return this.#logs.values();
  }

  log(gameId: string): GameLog {
    const known = this.#logs.get(gameId);
    if (known !== undefined) return known;
    const log = new GameLog(gameId);
    this.#logs.set(gameId, log);
    return log;
  }

  /** What the game remembers right now of the commands that it was sent. */
  results(gameId: string): StoredRow[] {
    const key = this.#keys.get(gameId) ?? '';
    // What is over goes on telling of them from the archive.
    const entries = [this.#sessions, this.#archive].map(({ entries: all }) => all.get(key));
    const entry = entries.find((each) => each !== undefined && !each.deleted);
    return entry === undefined ? [] : readResults(entry);
  }

  /** What is archived of a round right now; null: nothing. */
  recordOf(gameId: string, round: number): RecordContent | null {
    const key = this.#keys.get(gameId);
    return key === undefined ? null : this.#rounds.recordAt(`${key}.${round}`);
  }

  /** The command must not be applied from now on; it is a violation if it was already. */
  forbid(gameId: string, tag: string, why: string): void {
    const log = this.log(gameId);
    const version = log.versionOf(tag);
    if (version === undefined) log.forbidden.set(tag, why);
    else this.#report('I6', log, `${tag} stands at version ${version}, though ${why}`);
  }

  /** To be called as soon as the store forgot what was written last. */
  rolledBack(): void {
    this.hasRolledBack = true;
    this.#writers.clear();
    for (const log of this.#logs.values()) {
      const entry = this.#entry(log.gameId);
      const found = entry === undefined || entry.deleted ? null : readGame(entry);
      // A game whose end was forgotten goes on, or was never there.
      if (log.end !== null) {
        if (!entry?.deleted) log.revive(found, this.#context.now());
      } else if (log.stored !== null && entry?.revision !== log.stored.revision) {
        log.rollBack(found);
      }
    }
  }

  /** At the end: every landed write was judged here. */
  finish(): void {
    for (const log of this.#logs.values()) {
      const entry = this.#entry(log.gameId);
      this.ends.finish(log, this.#keys.get(log.gameId) ?? '');
      const revision = entry?.revision;
      if (revision === log.stored?.revision || hasEnded(log, entry) || (log.end !== null && this.hasRolledBack))
        continue;
      this.#report('I1', log, `the store holds revision ${revision}, but ${log.stored?.revision} was the last to land`);
    }
  }

  /** In a calm time, while members run: no round may be over by more than `mostMs` and still run. */
  checkNoneOverdue(mostMs: number): void {
    this.#rounds.checkNoneOverdue(this.games, mostMs);
  }

  #landed(entry: Entry): void {
    const [slot = '', gameId = '', ...rest] = entry.key.split('.');
    if (rest.length > 0) return;
    const log = this.log(gameId);
    // Where no game was: a creation that is still under way shall not land any more.
    if (entry.deleted && log.version === 0) return;
    if (entry.deleted) this.ends.deleted(log, entry);
    else if (log.end !== null) this.ends.cameBack(log, entry);
    else this.#judge(log, slot, entry);
  }

  #judge(log: GameLog, slot: string, entry: Entry): void {
    const { gameId } = log;
    const after = readGame(entry);
    if (after.gameId !== gameId) this.#report('I1', log, `${writer(after)} wrote game ${after.gameId} to ${entry.key}`);
    const key = this.#keys.get(gameId) ?? entry.key;
    this.#keys.set(gameId, key);
    if (key !== entry.key) this.#report('I4', log, `it is stored at ${key} and now at ${entry.key}`);
    const before = log.stored;
    this.#checkWriter(log, slot, before, after);
    this.#append(log, before, after);
    this.#rounds.check(log, entry.key, before, after);
    if (tableOf(after.state) === null) checkRest(log, before, after, this.violations);
    log.land(after, this.#context.now());
    for (const landing of this.landings) landing(log, before, after);
  }

  /** The last state of a game; records of rounds are for `RoundTruth` to judge. */
  #archived(entry: Entry): void {
    const gameId = entry.key.split('.')[1] ?? '';
    const log = this.#logs.get(gameId);
    if (log !== undefined) this.ends.archived(log, entry);
  }

  #checkWriter(log: GameLog, slot: string, before: StoredGame | null, after: StoredGame): void {
    const expected = (before?.commit ?? 0) + 1;
    const replaced = before === null ? 'nothing' : writer(before);
    if (after.commit !== expected) this.#report('I1', log, `${writer(after)} replaced ${replaced}`);
    if (before !== null && after.epoch < before.epoch) this.#report('I4', log, `${writer(after)} replaced ${replaced}`);
    const place = `${slot} ${after.epoch}`;
    const other = this.#writers.get(place) ?? after.incarnation;
    this.#writers.set(place, other);
    // The slot records were forgotten as well: an epoch may come again.
    if (other !== after.incarnation && !this.hasRolledBack) {
      this.#report('I4', log, `${writer(after)} wrote in an epoch of slot ${slot} in which incarnation ${other} did`);
    }
  }

  /** Takes in the commands that this write brings. */
  #append(log: GameLog, before: StoredGame | null, after: StoredGame): void {
    const { version, state } = after;
    if (state.count !== version) this.#report('I2', log, `version ${version} holds ${state.count} commands`);
    const from = before?.version ?? 0;
    const added = recentOf(state).filter(([at]) => at > from);
    let digest = log.digestAt(from) ?? 0;
    const digests = added.map(([at, tag]) => {
      digest = digestAfter(digest, at, tag);
      return digest;
    });
    const isNext = added.every(([at], index) => at === from + 1 + index);
    if (version !== from + added.length || !isNext || digest !== state.digest) {
      this.#report('I2', log, whatIsMissing(log, before, after));
      log.replace(after);
      return;
    }
    for (const [index, [at, tag]] of added.entries()) {
      const first = log.append(tag, digests[index] ?? 0);
      if (first !== undefined) this.#report('I6', log, `${tag} was applied at version ${first} and again at ${at}`);
      const why = log.forbidden.get(tag);
      if (why !== undefined) this.#report('I6', log, `${tag} was applied at version ${at}, though ${why}`);
      if (tag.startsWith(CURSE)) {
        for (let { round } = before?.state ?? state; round <= state.round; round += 1) log.cursed.add(round);
      }
    }
  }

  #entry(gameId: string): Entry | undefined {
    const key = this.#keys.get(gameId);
    return key === undefined ? undefined : this.#sessions.entries.get(key);
  }

  #report(promise: string, log: GameLog, what: string): void {
    this.violations.report(promise, `game ${log.gameId}: ${what}`);
  }
}

/** Its session is deleted, or the marker of that has been purged since. Whoever erases what the store has lost leaves a marker, too. */
function hasEnded({ end, stored, erasures }: GameLog, entry: Entry | undefined): boolean {
  const isOver = end !== null || (stored === null && erasures.length > 0);
  return isOver && (entry === undefined || entry.deleted);
}

/** How a write contradicts the entry that it replaced. */
function whatIsMissing(log: GameLog, before: StoredGame | null, after: StoredGame): string {
  const label = `${writer(after)} wrote version ${after.version}`;
  if (before === null) return `${label} as the first one; of its commands only these are known: ${tagsOf(after)}`;
  const replaced = `version ${before.version} of ${writer(before)}`;
  const changed = recentOf(after.state).find(([version, tag]) => (log.tagAt(version) ?? tag) !== tag);
  if (changed !== undefined) {
    const [version, tag] = changed;
    return `${label} over ${replaced}: at version ${version} stood ${log.tagAt(version)}, and now ${tag}`;
  }
  if (after.version < before.version) {
    const lost = log.tags.slice(after.version).join(', ');
    return `${label} over ${replaced}: lost are ${lost}`;
  }
  const brought = after.version - before.version;
  if (brought > RECENT) return `${label} over ${replaced}: ${brought} commands, more than it tells of`;
  return `${label} over ${replaced}: its digest is not that of the commands before with ${tagsOf(after)}`;
}

function tagsOf({ state }: StoredGame): string {
  return state.recent.replaceAll(',', ', ');
}
