/**
 * One store in memory, a clock that the test moves, and what member code asks for to write through them.
 */
import { Progress } from '../../../src/member/kit/progress.ts';
import type { BucketName } from '../../../src/ports/store.ts';
import { FaultyBucket } from '../../support/faulty-bucket.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { finish, manualRandom, until } from '../../support/manual-time.ts';
import { MemoryBroker, type MemoryLink } from '../../support/memory-broker.ts';
import { MemoryBuckets, MemoryStore } from '../../support/memory-store.ts';
import { TallyMeter } from '../../support/meters.ts';

export class Lab {
  readonly clock = new ManualClock();
  readonly random = manualRandom();
  readonly broker: MemoryBroker;
  readonly buckets = new MemoryBuckets();
  /** False: writes may never be sent again. A promise: they have to wait. */
  open: boolean | Promise<boolean> = true;
  /** Why something was done again, each time. */
  readonly retries: string[] = [];

  /** `latencyMs`: of every message in either direction. */
  constructor(latencyMs = 0) {
    this.broker = new MemoryBroker(this.clock, () => latencyMs);
  }

  /** Keys of the archive that a later epoch holds. */
  readonly outranked: string[] = [];
  readonly meter = new TallyMeter();
  readonly progress = new Progress(this.clock);

  /** What `settle` and all that writes through it needs. */
  get writing() {
    const retried = (reason: string) => this.retries.push(reason);
    const outranked = (_: number, key: string, epoch: number) => this.outranked.push(`${key} ${epoch}`);
    const { clock, random, meter, progress } = this;
    return { clock, random, meter, tracing: null, progress, retried, outranked, gate: () => this.open };
  }

  /** A bucket of one more member: what others write, it sees. */
  bucket(name: BucketName): FaultyBucket {
    return new FaultyBucket(this.store(this.broker.attach()).bucket(name));
  }

  /** The time of games, which is that of the store. */
  get timing() {
    const now = () => this.clock.wall();
    return {
      time: {
        now,
        ageOf: (writtenAt: number) => now() - writtenAt,
        ofStore: (writtenAt: number) => writtenAt,
        leastSince: (writtenAt: number) => now() - writtenAt,
      },
    };
  }

  store(link: MemoryLink): MemoryStore {
    return new MemoryStore(this.buckets, link);
  }

  finish<T>(what: Promise<T>, limitMs?: number): Promise<T> {
    return finish(this.clock, what, limitMs);
  }

  until(what: string, condition: () => boolean, limitMs?: number): Promise<number> {
    return until(this.clock, what, condition, limitMs);
  }
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (value: Uint8Array | undefined): string => new TextDecoder().decode(value);
