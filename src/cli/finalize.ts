/**
 * The steps of `minotaur finalize`, against whatever keeps the cluster's record.
 *
 * Role: performs what cluster/finalize.ts decides. What keeps the record is NATS for operators, and the simulated store in the simulation.
 * Invariants:
 *  - Each write names the revision of the record that was read, so nothing is decided by a record that somebody changed meanwhile.
 *  - A write in doubt is never repeated blindly: the record is read again, and says whether it landed.
 *  - It may end after any step, for whatever reason, and be begun anew by anybody: the record says where it stands.
 *  - Tries are limited, and the pauses between them grow.
 */
import {
  closing,
  type FinalizableRecord,
  type Format,
  isAbove,
  isHalfWay,
  opening,
  type Speaker,
  withoutMinimum,
} from '../cluster/finalize.ts';

export interface FoundRecord {
  readonly record: FinalizableRecord;
  readonly revision: number;
}

export interface ClusterKeys {
  /** As some replica has it. Null: there is none. Rejects if nobody answers. */
  record(): Promise<FoundRecord | null>;
  /**
   * The members as the store had them at that revision of the record's bucket, or later. Null: whoever answered has not come as far, or does not
   * show one of them. Rejects if nobody answers.
   */
  membersPast(revision: number): Promise<readonly Speaker[] | null>;
  /** A compare-and-set. True: it landed. False: it did not, or nobody knows. */
  replace(record: FinalizableRecord, expected: number): Promise<boolean>;
}

export type Ending =
  /** `written` rose, by this call or by another one meanwhile. */
  | { readonly is: 'finalized'; readonly from: Format; readonly written: Format }
  | { readonly is: 'nothing'; readonly written: Format }
  /** Nothing was changed: older members may be shut out, by a call of before. */
  | { readonly is: 'nobody'; readonly minimum: Format; readonly written: Format }
  | { readonly is: 'noCluster' }
  /** Nothing was changed, or what was is as before. */
  | { readonly is: 'behind'; readonly behind: readonly Speaker[]; readonly written: Format }
  | { readonly is: 'takenBack'; readonly written: Format }
  /** `at`: the record as it was read last; null: it never was. */
  | { readonly is: 'stopped' | 'gaveUp'; readonly at: FinalizableRecord | null; readonly reason: string };

export interface FinalizeOptions {
  /** Whether older members are to be let in again, instead. */
  readonly takeBack: boolean;
  say(line: string): void;
  pause(ms: number): Promise<void>;
  isStopped(): boolean;
}

/**
 * How long a member has to show that read the record before `minimum` rose. It shows at once if it looks again when it has joined; versions up
 * to 0.3.0 do not.
 */
const SHOWN_MS = 5_000;
const MOST_TRIES = 20;
const MOST_MISSING = 5;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

export function finalize(keys: ClusterKeys, options: FinalizeOptions): Promise<Ending> {
  return new Finalizing(keys, options).run();
}

class Finalizing {
  readonly #keys: ClusterKeys;
  readonly #options: FinalizeOptions;
  /** What was written when this began. */
  #from: Format | null = null;
  #last: FinalizableRecord | null = null;
  /** Since this revision of the record whoever had to show had its time. */
  #shownSince: number | null = null;
  /** How often in a row there was no record. */
  #missing = 0;
  #reason = 'the record changes again and again';

  constructor(keys: ClusterKeys, options: FinalizeOptions) {
    this.#keys = keys;
    this.#options = options;
  }

  async run(): Promise<Ending> {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      if (this.#options.isStopped()) return { is: 'stopped', at: this.#last, reason: 'interrupted' };
      const ending = await this.#try();
      if (ending !== null) return ending;
      await this.#options.pause(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 1.5 ** tries));
    }
    return { is: 'gaveUp', at: this.#last, reason: this.#reason };
  }

  async #try(): Promise<Ending | null> {
    try {
      const found = await this.#keys.record();
      if (found === null) return this.#missed();
      this.#missing = 0;
      this.#last = found.record;
      this.#from ??= found.record.written;
      return await this.#step(found);
    } catch (error) {
      this.#reason = error instanceof Error ? error.message : String(error);
      return null;
    }
  }

  /** A replica that lags may not show it yet. */
  #missed(): Ending | null {
    this.#missing += 1;
    return this.#missing < MOST_MISSING ? null : { is: 'noCluster' };
  }

  #step({ record, revision }: FoundRecord): Promise<Ending | null> | Ending {
    const { written } = record;
    if (this.#from !== null && isAbove(written, this.#from)) return { is: 'finalized', from: this.#from, written };
    if (this.#options.takeBack) return this.#takeBack(record, revision);
    if (isHalfWay(record)) return this.#close(record, revision);
    return this.#open(record, revision);
  }

  async #open(record: FinalizableRecord, revision: number): Promise<Ending | null> {
    const { written } = record;
    const present = await this.#keys.membersPast(revision);
    if (present === null) return null;
    const next = opening(record, present);
    if (next.is === 'behind') return { is: 'behind', behind: next.behind, written };
    if (next.is === 'nothing') return { is: 'nothing', written };
    if (next.is === 'nobody') return { is: 'nobody', minimum: record.minimum, written };
    this.#options.say(`shutting out members that do not speak ${wordsOf(next.record.minimum)} …`);
    await this.#keys.replace(next.record, revision);
    return null;
  }

  async #close(record: FinalizableRecord, revision: number): Promise<Ending | null> {
    if (this.#shownSince !== revision) {
      this.#options.say(`members that do not speak ${wordsOf(record.minimum)} are shut out; looking who is there …`);
      await this.#options.pause(SHOWN_MS);
      this.#shownSince = revision;
      if (this.#options.isStopped()) return null;
    }
    const listed = await this.#keys.membersPast(revision);
    if (listed === null) return null;
    const next = closing(record, listed);
    if (next.is === 'nobody') return { is: 'nobody', minimum: record.minimum, written: record.written };
    if (!(await this.#keys.replace(next.record, revision))) return null;
    const { written } = next.record;
    if (next.is === 'behind') return { is: 'behind', behind: next.behind, written };
    return { is: 'finalized', from: record.written, written };
  }

  /** Written even if nothing changes by it: what was read may be older, and a write that lands shows that it was not. */
  async #takeBack(record: FinalizableRecord, revision: number): Promise<Ending | null> {
    const landed = await this.#keys.replace(withoutMinimum(record), revision);
    return landed ? { is: 'takenBack', written: record.written } : null;
  }
}

export function wordsOf({ stateVersion, protocol }: Format): string {
  return `state version ${stateVersion} and protocol ${protocol}`;
}
