/**
 * A bucket whose next answers a test decides: writes that land unheard, late or not at all, reads that lag.
 *
 * Role: sits before a memory bucket; what does land there lands by the bucket's own compare-and-set.
 */
import {
  type Bucket,
  type Entry,
  type Follow,
  type FollowOptions,
  type Removal,
  type Selected,
  type Selection,
  StoreUnavailable,
  type Write,
  type WriteOutcome,
} from '../../src/ports/store.ts';

/** What becomes of one write; `land` brings it to the bucket. */
export type WriteFault = (land: () => Promise<WriteOutcome>) => Promise<WriteOutcome>;
/** What one read shows; `look` reads the bucket. */
export type ReadFault = (look: () => Promise<Entry | null>) => Promise<Entry | null>;

/** What one answer about many keys is; `look` asks the bucket. */
export type ReadManyFault = (look: () => Promise<Selected>) => Promise<Selected>;

export interface Sent {
  readonly key: string;
  readonly expected: number;
  /** Null: a removal. */
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

export class FaultyBucket implements Bucket {
  /** Every write that was sent, whatever became of it. */
  readonly sent: Sent[] = [];
  /** For the next writes, in order; then they go through. */
  writeFaults: WriteFault[] = [];
  readFaults: ReadFault[] = [];
  readManyFaults: ReadManyFault[] = [];
  reads = 0;
  /** Every selection that was asked for. */
  readonly selections: Omit<Selection, 'timeoutMs'>[] = [];
  readonly #inner: Bucket;

  constructor(inner: Bucket) {
    this.#inner = inner;
  }

  get trouble(): string | null {
    return this.#inner.trouble;
  }

  get largestValue(): number {
    return this.#inner.largestValue;
  }

  write(key: string, write: Write): Promise<WriteOutcome> {
    const { expected, headers = {} } = write;
    this.sent.push({ key, expected, headers, value: new TextDecoder().decode(write.value) });
    return this.#pass(() => this.#inner.write(key, write));
  }

  remove(key: string, removal: Removal): Promise<WriteOutcome> {
    this.sent.push({ key, expected: removal.expected, headers: removal.headers ?? {}, value: null });
    return this.#pass(() => this.#inner.remove(key, removal));
  }

  read(key: string, timeoutMs: number): Promise<Entry | null> {
    this.reads += 1;
    const look = () => this.#inner.read(key, timeoutMs);
    return this.readFaults.shift()?.(look) ?? look();
  }

  readMany(selection: Selection): Promise<Selected> {
    const { keys, prefixes } = selection;
    this.selections.push({ keys, prefixes });
    const look = () => this.#inner.readMany(selection);
    return this.readManyFaults.shift()?.(look) ?? look();
  }

  follow(options: FollowOptions): Follow {
    return this.#inner.follow(options);
  }

  purge(key: string, revision: number): Promise<void> {
    return this.#inner.purge(key, revision);
  }

  #pass(land: () => Promise<WriteOutcome>): Promise<WriteOutcome> {
    return this.writeFaults.shift()?.(land) ?? land();
  }
}

/** The write never arrives, and nobody says so. */
export const lost: WriteFault = async () => ({ kind: 'unknown' });
/** It lands, its acknowledgement is lost. */
export const unheard: WriteFault = async (land) => {
  await land();
  return { kind: 'unknown' };
};
export const busy: WriteFault = async () => ({ kind: 'busy' });
export const unavailable: WriteFault = async () => ({ kind: 'unavailable' });
export const refused: WriteFault = async () => ({ kind: 'refused', reason: 'too large' });
/** Refused as stale, whatever the bucket holds. */
export const stale: WriteFault = async () => ({ kind: 'stale' });

/** Nobody hears of it now; it lands, or fails to, when the test says so. */
export function delayed(): { readonly fault: WriteFault; land(): Promise<WriteOutcome> } {
  let land: () => Promise<WriteOutcome> = async () => ({ kind: 'unknown' });
  const fault: WriteFault = async (later) => {
    land = later;
    return { kind: 'unknown' };
  };
  return { fault, land: () => land() };
}

/** Its outcome is held back until the test lets it come. */
export function held(): { readonly fault: WriteFault; release(): void } {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { fault: (land) => released.then(land), release };
}

/** The same for whatever is written at one key from now on; other keys are as they were. */
export function heldAt(bucket: FaultyBucket, at: string): ReturnType<typeof held> {
  const slow = held();
  const write = bucket.write.bind(bucket);
  bucket.write = (key, given) => {
    if (key === at) bucket.writeFaults = [slow.fault];
    return write(key, given);
  };
  return slow;
}

export const noAnswer: ReadFault = async () => {
  throw new StoreUnavailable('the test answers no read');
};

/** A replica that shows an older entry. */
export function shows(entry: Entry | null): ReadFault {
  return async () => entry;
}
