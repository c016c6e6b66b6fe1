/**
 * What is wrong with what is stored of the games of one slot: pure.
 *
 * Invariant: what may be so for a moment while members run is a problem only for who saw it twice (commands/fsck.ts).
 */
import { slotOf } from '../../cluster/slot-hash.ts';
import { CONCLUDED, type Listing, parseListing } from '../../session/snapshot.ts';
import { counted, inWords } from '../table.ts';

/** An entry that is no deletion marker. */
export interface Stored {
  readonly key: string;
  readonly revision: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Uint8Array;
}

export interface StoredSlot {
  readonly slot: number;
  /** How many the cluster has. */
  readonly slots: number;
  /** Of the slot's record; null: it has none, or none that can be read. */
  readonly epoch: number | null;
  readonly sessions: readonly Stored[];
  /** Keys of the archive; of both, no barriers. */
  readonly archived: readonly string[];
}

/** What the game's own rules make of a snapshot. Throws what is wrong with it. */
export type ReadSnapshot = (value: Uint8Array) => {
  readonly gameId: string;
  readonly round: number;
  readonly status: string;
  readonly epoch: number;
  readonly commit: number;
};

export type Repair = 'move' | 'finish';

export interface Problem {
  readonly bucket: 'sessions' | 'archive';
  readonly key: string;
  readonly sentence: string;
  /** What can be done about it without losing anything; null: nothing by itself. */
  readonly repair: Repair | null;
}

/** `<slot>.<game>`. Barriers have a part that no id can be. */
const gameKey = /^(\d+)\.([\w-]+)$/;
const recordKey = /^(\d+)\.([\w-]+)\.(\d+)$/;
const barrierKey = /^\d+\.(?:[\w-]+\.)?_\.barrier$/;

/** What members leave there to see that a list has ended. */
export function isBarrier(key: string): boolean {
  return barrierKey.test(key);
}

export function checkSlot(stored: StoredSlot, read: ReadSnapshot): readonly Problem[] {
  const rounds = roundsByGame(stored.archived);
  const over = new Set(stored.archived.filter((key) => gameKey.test(key)));
  const ofSessions = stored.sessions.flatMap((session) =>
    checkSession(stored, session, over.has(session.key), rounds, read),
  );
  return [...ofSessions, ...checkArchive(stored, over, rounds)];
}

function checkSession(
  { slot, slots, epoch }: StoredSlot,
  { key, headers, value }: Stored,
  isOver: boolean,
  rounds: ReadonlyMap<string, readonly number[]>,
  read: ReadSnapshot,
): readonly Problem[] {
  const found: Problem[] = [];
  const say = (sentence: string, repair: Repair | null = null) =>
    found.push({ bucket: 'sessions', key, sentence, repair });
  const [, , id] = gameKey.exec(key) ?? [];
  if (id === undefined) {
    say('is the key of no game');
    return found;
  }
  const right = slotOf(id, slots);
  if (right !== slot) say(`belongs into slot ${right}: nobody finds it here`, 'move');
  try {
    const snapshot = read(value);
    if (snapshot.gameId !== id) say(`holds the game ${snapshot.gameId}`);
    const differing = differences(parseListing(headers), snapshot);
    if (differing.length > 0) say(`says in its headers another ${inWords(differing)} than in its value`);
    if (epoch !== null && snapshot.epoch > epoch) {
      say(`was written in epoch ${snapshot.epoch}, but slot ${slot} is in ${epoch}: streams of different moments`);
    }
    if (snapshot.status === CONCLUDED && isOver) say('is over and archived, but still among the living', 'finish');
    const gaps = gapsOf(rounds.get(id) ?? [], snapshot.round - 1);
    if (gaps.length > 0) say(`has no record of ${roundsInWords(gaps)} in the archive`);
  } catch (error) {
    say(`cannot be read: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
  }
  return found;
}

function differences(listing: Listing, snapshot: ReturnType<ReadSnapshot>): readonly string[] {
  const names = ['status', 'epoch', 'commit'] as const;
  return names.filter((name) => listing[name] !== snapshot[name]);
}

/** Records of games that are neither alive nor archived, and rounds that are missing between others. */
function checkArchive(
  { slot, slots, sessions, archived }: StoredSlot,
  over: ReadonlySet<string>,
  rounds: ReadonlyMap<string, readonly number[]>,
): readonly Problem[] {
  const problem = (key: string, sentence: string): Problem => ({ bucket: 'archive', key, sentence, repair: null });
  const strange = archived.filter((key) => !gameKey.test(key) && !recordKey.test(key));
  const alive = new Set(sessions.map(({ key }) => key));
  const found = strange.map((key) => problem(key, 'is the key of no game'));
  for (const [id, all] of rounds) {
    const key = `${slot}.${id}`;
    if (slotOf(id, slots) !== slot) found.push(problem(key, `has records that belong into slot ${slotOf(id, slots)}`));
    if (!alive.has(key) && !over.has(key)) {
      found.push(problem(key, `has ${counted(all.length, 'record')} of rounds, but there is no such game: an orphan`));
    }
    const gaps = over.has(key) ? gapsOf(all, Math.max(...all)) : [];
    if (gaps.length > 0) found.push(problem(key, `has no record of ${roundsInWords(gaps)}`));
  }
  return found;
}

function roundsByGame(archived: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const rounds = new Map<string, number[]>();
  for (const key of archived) {
    const [, , id, round] = recordKey.exec(key) ?? [];
    if (id !== undefined) rounds.set(id, [...(rounds.get(id) ?? []), Number(round)]);
  }
  return rounds;
}

/** Rounds up to `last` without a record. The oldest may have aged out, and a game without any may have begun later than in the first. */
function gapsOf(rounds: readonly number[], last: number): readonly number[] {
  if (rounds.length === 0) return [];
  const there = new Set(rounds);
  const gaps: number[] = [];
  for (let round = Math.min(...rounds); round <= last && gaps.length < 1_000; round += 1) {
    if (!there.has(round)) gaps.push(round);
  }
  return gaps;
}

function roundsInWords(rounds: readonly number[]): string {
  return `round${rounds.length === 1 ? '' : 's'} ${inWords(rounds.map(String))}`;
}
