/**
 * The one order of a game's commands, as far as it has landed in the store.
 *
 * Role: what every answer and every shown state is held against. `GameTruth` feeds it; the checkers of what clients saw ask it.
 * Invariants:
 *  - The command of version n stands at index n - 1; the digest there is that of all commands up to n.
 *  - `shown` only rises, except when the store forgets.
 *  - What the store forgot is kept apart: it was true once, so who saw it saw nothing wrong.
 */
import { ABANDONED, CLOCK, type GameView, RESTARTED, recentOf } from '../world/game.ts';
import { tableOf } from '../world/table-game.ts';
import type { StoredGame } from './stored-game.ts';

/** A state that a write left in the store. */
export interface Landed {
  readonly version: number;
  readonly digest: number;
  readonly round: number;
  readonly roundEndTime: number | null;
  /** Its clock stands still. */
  readonly suspended: boolean;
  /** When somebody last played, cluster time. */
  readonly playedAt: number | null;
  /** As lists name it. */
  readonly status: string;
  readonly listed: boolean;
  /** Of whom wrote it. */
  readonly incarnation: string;
  readonly epoch: number;
  /** True ms of the first write that left it. */
  readonly at: number;
}

/** The newest state that anybody was told of. */
export interface Shown {
  readonly version: number;
  /** To whom, when: for messages. */
  readonly how: string;
}

/** An administrator wants it erased. */
export interface Erasure {
  /** Only if nobody has played since, wall ms; null: in any case. */
  readonly idleSince: number | null;
}

/** How it ended: `concluded` by its rules, its last state archived and its session deleted; or `erased`, whatever it had come to. */
export type GameEnd =
  | { readonly kind: 'concluded' }
  | { readonly kind: 'erased'; readonly last: StoredGame; readonly at: number };

const NOTHING_SHOWN: Shown = { version: 0, how: '' };

export class GameLog {
  readonly gameId: string;
  /** The last entry; null: the store holds none (any more). */
  stored: StoredGame | null = null;
  /** When that landed. */
  storedAt = 0;
  shown: Shown = NOTHING_SHOWN;
  /** Tags that must never land, and why. */
  readonly forbidden = new Map<string, string>();
  /** Rounds whose end throws. */
  readonly cursed = new Set<number>();
  /** Null: it is alive, or never was. */
  end: GameEnd | null = null;
  /** That were asked for. */
  readonly erasures: Erasure[] = [];
  /** Who was told first that it is erased; null: nobody. */
  erasedHow: string | null = null;
  /** Who was told first that there is no such game, after its erasure had begun; null: nobody. */
  goneHow: string | null = null;
  /** How often the store forgot something of this game. */
  rollbacks = 0;
  #tags: string[] = [];
  #digests: number[] = [];
  readonly #versions = new Map<string, number>();
  #landed: Landed[] = [];
  #lost: Landed[] = [];
  readonly #lostVersions = new Map<string, number[]>();

  constructor(gameId: string) {
    this.gameId = gameId;
  }

  /** 0: no such game. */
  get version(): number {
    return this.stored?.version ?? 0;
  }

  /** Of the newest state; 0: no such game. */
  get round(): number {
    return this.stored?.state.round ?? 0;
  }

  /** A command has made its state larger. */
  get hasGrown(): boolean {
    return (this.stored?.state.padding ?? '') !== '';
  }

  /** In their order, those of round ends included. */
  get tags(): readonly string[] {
    return this.#tags;
  }

  tagAt(version: number): string | undefined {
    return this.#tags[version - 1];
  }

  /** Of all commands up to `version`. */
  digestAt(version: number): number | undefined {
    return version === 0 ? 0 : this.#digests[version - 1];
  }

  /** Where a client's command stands. */
  versionOf(tag: string): number | undefined {
    return this.#versions.get(tag);
  }

  /** The state of that version, if a write left just that one. */
  landedAs(version: number): Landed | undefined {
    return this.#landed.findLast((landed) => landed.version === version);
  }

  /** The newest version that was in the store at a time; 0: none. */
  newestAt(time: number): number {
    return this.#landed.findLast(({ at }) => at <= time)?.version ?? 0;
  }

  /** All from that version on that have landed, oldest first. */
  landedFrom(version: number): Landed[] {
    return this.#landed.filter((landed) => landed.version >= version);
  }

  /** The first state in which that round was over; undefined: it is not. */
  endOf(round: number): Landed | undefined {
    return this.#landed.find((landed) => landed.round > round);
  }

  /** The first state of that round that landed; undefined: none ever did. */
  beginningOf(round: number): Landed | undefined {
    return this.#landed.find((landed) => landed.round === round);
  }

  /** Whether the round's clock was started again between these versions, both included. */
  wasRestarted(from: number, to: number): boolean {
    return this.#tags.slice(from - 1, to).includes(RESTARTED);
  }

  wasLost(version: number, { digest, round }: GameView): boolean {
    return this.#lost.some((lost) => lost.version === version && lost.digest === digest && lost.round === round);
  }

  wasTagLost(tag: string, version: number): boolean {
    return this.#lostVersions.get(tag)?.includes(version) === true;
  }

  show(version: number, how: string): void {
    if (version > this.shown.version) this.shown = { version, how };
  }

  /** The next command. Answers where the same one stands already, if it does. */
  append(tag: string, digest: number): number | undefined {
    const before = this.#versions.get(tag);
    this.#tags.push(tag);
    this.#digests.push(digest);
    if (tag !== CLOCK && tag !== ABANDONED && tag !== RESTARTED && before === undefined)
      this.#versions.set(tag, this.#tags.length);
    return before;
  }

  /** A write has landed; its commands are appended already. */
  land(stored: StoredGame, at: number): void {
    this.stored = stored;
    this.storedAt = at;
    const { version, state, incarnation, epoch } = stored;
    if (this.#landed.at(-1)?.version === version) return;
    this.#landed.push({
      version,
      digest: state.digest,
      round: state.round,
      roundEndTime: state.roundEndTime,
      suspended: state.suspendedAt !== null,
      playedAt: state.played.at,
      status: tableOf(state)?.status ?? 'active',
      listed: state.listed,
      incarnation,
      epoch,
      at,
    });
  }

  /** The store contradicts what it held: from now on what it holds is the truth. */
  replace({ version, state }: StoredGame): void {
    const recent = recentOf(state);
    const before = version - recent.length;
    this.#cutTo(before);
    while (this.#tags.length < before) this.append('(unknown)', Number.NaN);
    for (const [, tag] of recent) this.append(tag, Number.NaN);
    this.#digests[this.#digests.length - 1] = state.digest;
  }

  /** The store forgot everything after `stored`, and nobody is to blame for what went with it. */
  rollBack(stored: StoredGame | null): void {
    this.rollbacks += 1;
    this.stored = stored;
    const { version } = this;
    for (const [index, tag] of this.#tags.entries()) {
      if (index >= version) this.#lostVersions.set(tag, [...(this.#lostVersions.get(tag) ?? []), index + 1]);
    }
    this.#lost.push(...this.#landed.filter((landed) => landed.version > version));
    this.#cutTo(version);
    // Of what was taken as it was found (`replace`) only the last digest was known.
    if (stored !== null && Number.isNaN(this.#digests[version - 1])) this.#digests[version - 1] = stored.state.digest;
    this.forbidden.clear();
    if (this.shown.version > version) this.shown = version === 0 ? NOTHING_SHOWN : { ...this.shown, version };
  }

  /** It was erased: what anybody had seen of it was true once. */
  erase(last: StoredGame, at: number): void {
    this.rollBack(null);
    this.end = { kind: 'erased', last, at };
  }

  /** The store forgot that it had ended: `stored` is what it holds now; null: nothing. */
  revive(stored: StoredGame | null, at: number): void {
    const isKnown = this.end?.kind === 'concluded';
    this.rollBack(stored);
    this.end = null;
    this.erasedHow = null;
    this.goneHow = null;
    if (stored === null || isKnown) return;
    // Of an erased game nothing was kept that could be gone back to.
    this.replace(stored);
    this.land(stored, at);
  }

  #cutTo(version: number): void {
    this.#tags = this.#tags.slice(0, version);
    this.#digests = this.#digests.slice(0, version);
    this.#landed = this.#landed.filter((landed) => landed.version <= version);
    for (const [tag, at] of this.#versions) if (at > version) this.#versions.delete(tag);
  }
}
