/**
 * An operator who finalizes: the real steps of the tool (src/cli/finalize.ts), over a connection of its own.
 *
 * Role: whatever the store does to members it does to this connection, too. A tool that is killed is one whose connection is cut: what it had sent
 * may arrive.
 */
import { type Ending, finalize } from '../../../src/cli/finalize.ts';
import { BucketClusterKeys } from '../../support/bucket-cluster-keys.ts';
import type { MemoryBroker } from '../../support/memory-broker.ts';
import { type MemoryBuckets, MemoryStore } from '../../support/memory-store.ts';
import type { Timeline } from './timeline.ts';

export interface OperatorContext {
  readonly timeline: Timeline;
  readonly broker: MemoryBroker;
  readonly buckets: MemoryBuckets;
  /** Of every machine. */
  readonly ids: readonly string[];
  note(who: string, what: string): void;
}

export interface Call {
  readonly takeBack: boolean;
  /** Null: it runs to its end. */
  readonly killAfterMs: number | null;
}

/** Resolves with how it ended; one that was killed ends like one that nobody answers. */
export async function finalizeOnce(context: OperatorContext, { takeBack, killAfterMs }: Call): Promise<Ending> {
  const { timeline, broker, buckets, ids } = context;
  const link = broker.attach();
  const keys = new BucketClusterKeys(new MemoryStore(buckets, link).bucket('members'), ids);
  if (killAfterMs !== null) {
    timeline.after(killAfterMs, () => {
      context.note('operator', 'is killed');
      link.cut();
    });
  }
  const ending = await finalize(keys, {
    takeBack,
    say: (line) => context.note('operator', line),
    pause: (ms) => new Promise((resolve) => timeline.after(ms, resolve)),
    isStopped: () => !link.connected,
  });
  broker.detach(link);
  context.note('operator', `ends: ${ending.is}`);
  return ending;
}
