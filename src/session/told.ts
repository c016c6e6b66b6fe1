/**
 * How far a webhook was told of a game: the whole outbox of a session.
 *
 * Role: events have numbers, and are kept in the state and in the records of rounds. So what is outstanding follows from one number. It stands in the
 * headers of what is stored of the session, of its deletion marker too: whoever takes the slot finds it by the list alone.
 * Invariants:
 *  - What is stored never says more than was delivered or given up: after a takeover something may be told again, nothing is left out.
 *  - Absent means that the last owner kept no outbox: what happened until then is told to nobody.
 */

/** The last event that is done with: delivered, given up, or before there was a webhook. */
export interface Told {
  readonly seq: number;
  /** The round that it belongs to, or an earlier one: from its record on the next one is looked for. */
  readonly round: number;
}

/** As a listing has it. */
export interface ToldOf extends Told {
  /** The number of the newest event that is to be told. */
  readonly newest: number;
}

export function isOutstanding(told: ToldOf | undefined): boolean {
  return told !== undefined && told.seq < told.newest;
}

/** Within one event only the place changes from which the next one is looked for. */
export function isFurther(one: Told, other: Told): boolean {
  return one.seq === other.seq ? one.round > other.round : one.seq > other.seq;
}

/** What is listed, and what was told since. More than there is was told of something that the store has lost: it does not count. */
export function furtherOf(listed: ToldOf | undefined, now: Told | null | undefined): ToldOf | undefined {
  if (!listed || !now || now.seq > listed.newest || !isFurther(now, listed)) return listed;
  return { ...listed, seq: now.seq, round: now.round };
}

export function toldText({ seq, round, newest }: ToldOf): string {
  return `${seq} ${round} ${newest}`;
}

/** Undefined if it cannot be read: then there is none. */
export function parseTold(text: string | undefined): ToldOf | undefined {
  const [, seq, round, newest] = /^(\d{1,15}) (\d{1,15}) (\d{1,15})$/.exec(text ?? '') ?? [];
  if (seq === undefined) return undefined;
  return { seq: Number(seq), round: Number(round), newest: Number(newest) };
}

/** Of one session in memory; stored with whatever is written of it next. */
export class ToldMark {
  private mark: Told | null;
  private writtenSeq = 0;

  constructor(mark: Told | null) {
    this.mark = mark;
  }

  /** Null: there is no outbox. */
  get now(): Told | null {
    return this.mark;
  }

  /** Nothing that comes late takes it back. */
  set(told: Told): void {
    if (this.mark !== null && isFurther(told, this.mark)) this.mark = told;
  }

  /** Whether more is told than is written. */
  get isNews(): boolean {
    return this.mark !== null && this.mark.seq > this.writtenSeq;
  }

  /** It is in the write that begins now. */
  written(): void {
    this.writtenSeq = this.mark?.seq ?? 0;
  }

  /** As a part of a listing. */
  listed(newest: () => number): { readonly told?: ToldOf } {
    return this.mark === null ? {} : { told: { ...this.mark, newest: newest() } };
  }
}
