/**
 * What may go wrong between members and what they share.
 *
 * Role: the memory twins ask it at every step that a real network or a real NATS can spoil; `calm` spoils nothing, a simulation has its own.
 * Invariant: whatever it answers, the conditions of the ports hold (src/ports); only `skipsDelivery` goes beyond what the store
 * promises, as a watch that lost its way.
 */
import type { ProbeOutcome } from '../../src/ports/messaging.ts';
import type { BucketName, Entry, WriteOutcome } from '../../src/ports/store.ts';
import type { MemoryLink } from './memory-broker.ts';

export interface Weather {
  /** By how much the store's wall clock is wrong, ms. */
  storeAheadMs(): number;
  /** How long one message is under way in one direction of a link, ms. */
  latencyMs(): number;
  /** By how much longer than that one message is under way on this link. */
  slownessMs(link: MemoryLink): number;
  /** After how many ms each copy of a message between members arrives; none: it is lost. */
  carry(from: MemoryLink, to: MemoryLink): readonly number[];
  /** What a message of the member behind a link says by the time it is sent: another release may say it otherwise. */
  says(from: MemoryLink, payload: Uint8Array): Uint8Array;
  /** Whether messages from the one find the other at all. */
  reaches(from: MemoryLink, to: MemoryLink): boolean;
  /** A write that has arrived: when it is carried out, and what is said about it. */
  write(from: MemoryLink, target: Target, steps: WriteSteps): void;
  read(from: MemoryLink, target: Target, steps: ReadSteps): void;
  readMany(from: MemoryLink, target: Pick<Target, 'bucket'>, steps: ReadManySteps): void;
  /** How many keys the store gives in one answer, if that is less than usual. */
  mostKeys(bucket: BucketName): number;
  /** Ms by which a follow gets an entry later than the newest news of the link. */
  followLagMs(from: MemoryLink, bucket: BucketName): number;
  /** How many entries of a pass a follow gets at once, at most. */
  readonly passesTogether: number;
  skipsDelivery(from: MemoryLink, bucket: BucketName, entry: Entry): boolean;
  /** Null: as the bus knows the address. */
  probe(from: MemoryLink, address: string, timeoutMs: number): Promise<ProbeOutcome> | null;
}

export interface Target {
  readonly bucket: BucketName;
  readonly key: string;
  /** Of a write's value; 0 for a read. */
  readonly bytes: number;
}

export interface WriteSteps {
  /** Compare-and-set, now. At most once. */
  apply(): WriteOutcome;
  /** The outcome goes back to the writer. At most once. */
  answer(outcome: WriteOutcome): void;
}

export interface ReadSteps {
  /** What the key showed `agoMs` ago. */
  look(agoMs: number): Entry | null;
  answer(entry: Entry | null): void;
}

export interface ReadManySteps {
  /** What a replica showed `agoMs` ago. `catchingUp`: without what has been written again since. */
  look(agoMs: number, catchingUp: boolean): readonly Entry[];
  answer(entries: readonly Entry[]): void;
}

export const calm: Weather = {
  storeAheadMs: () => 0,
  latencyMs: () => 0,
  slownessMs: () => 0,
  carry: () => [0],
  says: (_from, payload) => payload,
  reaches: () => true,
  write: (_from, _target, { apply, answer }) => answer(apply()),
  read: (_from, _target, { look, answer }) => answer(look(0)),
  readMany: (_from, _target, { look, answer }) => answer(look(0, false)),
  mostKeys: () => Number.POSITIVE_INFINITY,
  followLagMs: () => 0,
  passesTogether: 1,
  skipsDelivery: () => false,
  probe: () => null,
};
