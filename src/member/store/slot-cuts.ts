/**
 * Shows what is stored in slots, values included: by cuts, each of them what one replica has of many keys at one moment.
 *
 * Role: how a member learns what it has taken over. One barrier for all slots, few answers; the consumer of `key-lister.ts` is for what is too
 * large for that.
 * Why a barrier: a replica that lags answers like any other. Whoever shows a key that we wrote shows all that was written before (store port,
 * S21).
 * Invariants:
 *  - The barrier is sent after all of `slots` were ours; of a slot that is taken later its cut says nothing.
 *  - A cut counts only if it shows our very barrier: at its revision, with its write id. After the store lost writes, another one may have that
 *    revision.
 *  - What is too large or is not answered is left at once, while others are still shown. Slots that nobody wants any more are dropped.
 *  - What a cut lacks may be there (S22). Only a second one, whose barrier was sent after the first had come, proves an absence: what made a key
 *    disappear from the first was written before that barrier.
 */
import type { Bucket, Entry } from '../../ports/store.ts';
import { StoreUnavailable } from '../../ports/store.ts';
import { pauseAfter, type RetryPolicy, sleep } from '../kit/retry.ts';
import type { CutAccess } from './cut-access.ts';
import { BARRIER, type ListContext, writeBarrier } from './key-lister.ts';
import { WRITE_ID } from './settle.ts';

/** Of one cut, unless that is too much. */
const SLOTS_AT_ONCE = 16;
/** Of one batch; `CutAccess` bounds all batches. */
const WORKERS = 2;
/** An answer is as large as 5 MiB. */
const CUT_TIMEOUT_MS = 5_000;
const CUT_AGAIN: RetryPolicy = { firstMs: 10, factor: 2, longestMs: 500 };
/** Cuts in a row without the barrier, until another one is written: the store may have lost it. */
const LAGGING_CUTS = 10;

export interface CutContext extends ListContext {
  readonly sessions: Bucket;
}

/** What one cut shows: by slot and game id. */
export type Cut = ReadonlyMap<number, ReadonlyMap<string, Entry>>;

/** Who hears of cuts. */
export interface CutListener {
  /** Whether the slot is still held as it was. */
  wanted(slot: number): boolean;
  show(cut: Cut): void;
  /** These have to be listed by the consumer. */
  leave(slots: readonly number[]): void;
  /** The store has lost writes: its barriers were at `known`. Nothing more is shown. */
  lost(known: number, found: number): void;
}

/** Shows all of `slots` that are wanted, cut by cut, or leaves them. False if it was given up. */
export function cutSlots(
  context: CutContext,
  access: CutAccess,
  slots: readonly number[],
  listener: CutListener,
): Promise<boolean> {
  return new SlotCuts(context, access, slots, listener).run();
}

interface Barrier {
  readonly key: string;
  readonly revision: number;
  readonly writeId: string;
}

/** Slots of one cut; `again`: an earlier one of them was not answered. */
interface Part {
  readonly slots: readonly number[];
  readonly again: boolean;
}

/** Why a cut has to be taken again; `replaced`: its barrier will never show again; `late`: none was asked for when its turn came. */
type Miss = 'tooMany' | 'unanswered' | 'lagging' | 'replaced' | 'late';

class SlotCuts {
  private readonly context: CutContext;
  private readonly access: CutAccess;
  private readonly barrierKey: string;
  private readonly listener: CutListener;
  private readonly left: number[];
  private readonly losses: number;
  /** Not answered: to be asked for before the others, in halves. */
  private readonly unanswered: Part[] = [];
  private atOnce = SLOTS_AT_ONCE;
  private barrier: Promise<Barrier | null>;
  private givenUp = false;

  constructor(context: CutContext, access: CutAccess, slots: readonly number[], listener: CutListener) {
    this.context = context;
    this.access = access;
    this.listener = listener;
    this.left = [...slots];
    this.losses = access.losses;
    this.barrierKey = `${slots[0]}.${BARRIER}`;
    this.barrier = this.write();
  }

  async run(): Promise<boolean> {
    await Promise.all(Array.from({ length: WORKERS }, () => this.cutAll()));
    return !this.givenUp;
  }

  private async write(): Promise<Barrier | null> {
    const writeId = this.context.random.token(12);
    const before = this.access.barrierBefore;
    const revision = await writeBarrier(this.context, this.context.sessions, this.barrierKey, writeId);
    if (revision === null) return null;
    if (this.access.wrote(revision, before)) return { key: this.barrierKey, revision, writeId };
    this.givenUp = true;
    this.listener.lost(before, revision);
    return null;
  }

  private async cutAll(): Promise<void> {
    try {
      for (let part = this.next(); part !== null && !this.givenUp; part = this.next()) await this.cutSome(part);
    } catch (error) {
      this.givenUp = true;
      throw error;
    }
  }

  private next(): Part | null {
    const part = this.unanswered.shift();
    if (part !== undefined) return part;
    return this.left.length === 0 ? null : { slots: this.left.splice(0, this.atOnce), again: false };
  }

  /** Shows these slots, or leaves them, or puts them back, to be shown in smaller parts. */
  private async cutSome({ slots: given, again }: Part): Promise<void> {
    const { clock, random, ended } = this.context;
    for (let misses = 1; ; misses += 1) {
      const { barrier } = this;
      const sent = await barrier;
      const open = this.context.gate();
      if (sent === null || (open !== true && !(await open))) return this.giveUp();
      const slots = given.filter((slot) => this.listener.wanted(slot));
      if (slots.length === 0) return;
      if (this.isFutile()) return this.leaveAll(slots);
      const isDue = () => !this.isFutile() && slots.some((slot) => this.listener.wanted(slot));
      const cut = await this.access.run(async () => (isDue() ? this.look(slots, sent) : 'late'));
      if (ended.aborted || cut === null) return this.giveUp();
      if (this.givenUp) return;
      if (cut === 'late') continue;
      if (typeof cut !== 'string') return this.listener.show(cut);
      if (cut === 'tooMany') return this.split(slots);
      this.context.retried(cut === 'unanswered' ? 'unanswered' : 'lagging');
      if (cut === 'unanswered' && again) return this.listener.leave(slots);
      await sleep(clock, pauseAfter(CUT_AGAIN, misses, random.fraction()));
      if (cut === 'unanswered') return this.halve(slots);
      const isGone = cut === 'replaced' || misses % LAGGING_CUTS === 0;
      // The other cuts may have noticed as well.
      if (isGone && this.barrier === barrier) this.barrier = this.write();
    }
  }

  /** Nobody answers, or another batch has found that the store lost writes. */
  private isFutile(): boolean {
    return this.access.refused || this.access.losses !== this.losses;
  }

  private giveUp(): void {
    this.givenUp = true;
  }

  private leaveAll(slots: readonly number[]): void {
    const rest = [...this.unanswered.splice(0).flatMap((part) => part.slots), ...this.left.splice(0)];
    this.listener.leave([...slots, ...rest]);
  }

  /** Those that follow are likely to be as large. */
  private split(slots: readonly number[]): void {
    if (slots.length === 1) {
      this.listener.leave(slots);
    } else {
      this.atOnce = Math.min(this.atOnce, Math.ceil(slots.length / 2));
      this.left.unshift(...slots);
    }
  }

  /** What takes too long may be too large for the connection, which says nothing of other slots. */
  private halve(slots: readonly number[]): void {
    const middle = Math.ceil(slots.length / 2);
    for (const half of [slots.slice(0, middle), slots.slice(middle)]) {
      if (half.length > 0) this.unanswered.push({ slots: half, again: true });
    }
  }

  private async look(slots: readonly number[], { key, revision, writeId }: Barrier): Promise<Cut | Miss> {
    const selection = { keys: [key], prefixes: slots.map(String), timeoutMs: CUT_TIMEOUT_MS };
    const found = await this.context.sessions.readMany(selection).catch((error: unknown) => {
      if (error instanceof StoreUnavailable) return null;
      throw error;
    });
    this.access.answered(found !== null);
    if (found === null) return 'unanswered';
    if (found.kind === 'tooMany') return 'tooMany';
    const shown = found.entries.find((entry) => entry.key === key);
    if (shown === undefined || shown.revision < revision) return 'lagging';
    if (shown.revision > revision || shown.headers[WRITE_ID] !== writeId) return 'replaced';
    return bySlot(slots, found.entries);
  }
}

function bySlot(slots: readonly number[], entries: readonly Entry[]): Cut {
  const cut = new Map<number, Map<string, Entry>>(slots.map((slot) => [slot, new Map()]));
  for (const entry of entries) {
    const dot = entry.key.indexOf('.');
    const gameId = entry.key.slice(dot + 1);
    if (gameId !== BARRIER) cut.get(Number(entry.key.slice(0, dot)))?.set(gameId, entry);
  }
  return cut;
}
