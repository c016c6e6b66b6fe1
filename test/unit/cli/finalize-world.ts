/**
 * A bucket of members with several operators who finalize and members who come and go, in an order that a test draws.
 *
 * Role: everybody stops before each step; whoever is let through next is drawn. The bucket is a list of writes with one order. Reads may show what
 * was there before, lists may come from a server that is behind, writes may land unheard, operators may be killed.
 * Invariant: a member that is in speaks what is written. Each write of the record is judged by that.
 */

import { type ClusterKeys, type Ending, type FoundRecord, finalize } from '../../../src/cli/finalize.ts';
import type { FinalizableRecord, Format, Speaker } from '../../../src/cluster/finalize.ts';
import { isAbove } from '../../../src/cluster/finalize.ts';
import type { Random } from '../../support/seeded.ts';

type Write = { readonly record: FinalizableRecord } | { readonly member: string; readonly speaker: Speaker | null };

/** How likely each is, at each step. */
export interface Mishaps {
  readonly staleRead: number;
  readonly staleList: number;
  readonly unheardWrite: number;
  readonly lostWrite: number;
  readonly silence: number;
  readonly kill: number;
}

export const noMishaps: Mishaps = {
  staleRead: 0,
  staleList: 0,
  unheardWrite: 0,
  lostWrite: 0,
  silence: 0,
  kill: 0,
};

export class FinalizeWorld {
  readonly problems: string[] = [];
  readonly #random: Random;
  mishaps: Mishaps;
  readonly #log: Write[] = [];
  /** Members that have joined and were not refused. */
  readonly inside = new Map<string, Speaker>();
  #waiting: (() => void)[] = [];

  constructor(random: Random, record: FinalizableRecord, mishaps: Mishaps) {
    this.#random = random;
    this.mishaps = mishaps;
    this.#log.push({ record });
  }

  get record(): FinalizableRecord {
    return this.#recordBefore(this.#log.length + 1).record;
  }

  /** Lets one after another go on until nobody waits. */
  async play(): Promise<void> {
    for (;;) {
      await new Promise(setImmediate);
      if (this.#waiting.length === 0) return;
      const [next] = this.#waiting.splice(Math.floor(this.#random() * this.#waiting.length), 1);
      next?.();
    }
  }

  /** Resolves with how it ended; never, if it is killed. */
  operator(takeBack = false): Promise<Ending> {
    const step = async () => {
      await this.#turn();
      if (this.#chance(this.mishaps.kill)) await new Promise(() => undefined);
    };
    return finalize(this.#keys(step), {
      takeBack,
      say: () => undefined,
      pause: () => this.#turn(),
      isStopped: () => false,
    });
  }

  /** Joins as members do: reads the record, writes its key, and looks at what the record was before its key. */
  async member(speaker: Speaker): Promise<void> {
    await this.#turn();
    if (refuses(this.#readable().record, speaker)) return;
    await this.#turn();
    const key = this.#log.push({ member: speaker.id, speaker });
    await this.#turn();
    if (refuses(this.#recordBefore(key).record, speaker)) {
      this.#log.push({ member: speaker.id, speaker: null });
      return;
    }
    this.inside.set(speaker.id, speaker);
    this.#judge();
  }

  async leave(id: string): Promise<void> {
    await this.#turn();
    this.inside.delete(id);
    this.#log.push({ member: id, speaker: null });
  }

  #keys(step: () => Promise<void>): ClusterKeys {
    return {
      record: async () => {
        await step();
        this.#mayBeSilent();
        return this.#readable();
      },
      membersPast: async (revision) => {
        await step();
        this.#mayBeSilent();
        const back = this.#chance(this.mishaps.staleList) ? Math.floor(this.#random() * this.#log.length) : 0;
        const upTo = this.#log.length - back;
        return upTo < revision ? null : this.#membersAt(upTo);
      },
      replace: async (record, expected) => {
        await step();
        if (this.#chance(this.mishaps.lostWrite)) return false;
        if (this.#recordBefore(this.#log.length + 1).revision !== expected) return false;
        this.#log.push({ record });
        this.#judge();
        return !this.#chance(this.mishaps.unheardWrite);
      },
    };
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #chance(probability: number): boolean {
    return this.#random() < probability;
  }

  #mayBeSilent(): void {
    if (this.#chance(this.mishaps.silence)) throw new Error('no answer');
  }

  /** The newest one, or one of before. */
  #readable(): FoundRecord {
    const back = this.#chance(this.mishaps.staleRead) ? Math.floor(this.#random() * this.#log.length) : 0;
    return this.#recordBefore(this.#log.length + 1 - back);
  }

  #recordBefore(revision: number): FoundRecord {
    const index = this.#log.findLastIndex((write, at) => at + 1 < revision && 'record' in write);
    const write = this.#log[index];
    if (write === undefined || !('record' in write)) throw new Error('the record is the first write');
    return { record: write.record, revision: index + 1 };
  }

  #membersAt(revision: number): readonly Speaker[] {
    const present = new Map<string, Speaker>();
    for (const write of this.#log.slice(0, revision)) {
      if ('record' in write) continue;
      if (write.speaker === null) present.delete(write.member);
      else present.set(write.member, write.speaker);
    }
    return [...present.values()];
  }

  #judge(): void {
    const { minimum, written } = this.record;
    for (const member of this.inside.values()) {
      if (isAbove(written, member)) this.problems.push(`${member.id} is in, and does not speak what is written`);
    }
    if (isAbove(written, minimum)) this.problems.push('what is written is above minimum');
  }
}

function refuses({ minimum, written }: FinalizableRecord, own: Format): boolean {
  return isAbove(minimum, own) || isAbove(written, own);
}
