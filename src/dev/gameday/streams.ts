/**
 * What an operator does with the NATS tool: streams are limited and removed, entries are read and put.
 *
 * Role: as `nats stream edit`, `nats stream rm`, `nats kv get` and `nats kv put`, of a user who may do everything.
 */
import { connect, type JetStreamManager, type KV } from 'nats';
import type { BucketName } from '../../ports/store.ts';
import type { Stage } from './incident.ts';

type Place = Pick<Stage, 'nats' | 'namespace'>;

/** As in `max_bytes`. */
const UNLIMITED = -1;

/** So that nothing goes into it, not even what is shorter than what it replaces. */
export function fillUp(place: Place, bucket: BucketName): Promise<void> {
  return limit(place, bucket, (used) => Math.round(used / 2));
}

export function takeLimitAway(place: Place, bucket: BucketName): Promise<void> {
  return limit(place, bucket, () => UNLIMITED);
}

/** Whichever of them are there. */
export async function remove(place: Place, ...which: readonly BucketName[]): Promise<void> {
  await withStreams(place, async ({ streams }) => {
    const there = new Set((await streams.list().next()).map(({ config }) => config.name));
    for (const bucket of which) {
      const stream = streamOf(place, bucket);
      if (there.has(stream)) await streams.delete(stream);
    }
  });
}

export function put(place: Place, bucket: BucketName, key: string, value: string | Uint8Array): Promise<void> {
  return withEntries(place, bucket, async (entries) => void (await entries.put(key, value)));
}

/** Rejects if there is no such entry. */
export function get(place: Place, bucket: BucketName, key: string): Promise<string> {
  return withEntries(place, bucket, async (entries) => {
    const entry = await entries.get(key);
    if (entry === null) throw new Error(`there is no ${key} in ${bucket}`);
    return entry.string();
  });
}

function limit(place: Place, bucket: BucketName, most: (used: number) => number): Promise<void> {
  return withStreams(place, async ({ streams }) => {
    const { config, state } = await streams.info(streamOf(place, bucket));
    await streams.update(config.name, { ...config, max_bytes: most(state.bytes) });
  });
}

function streamOf({ namespace }: Place, bucket: BucketName): string {
  return `KV_${namespace}_${bucket}`;
}

async function withStreams<T>({ nats }: Place, use: (manager: JetStreamManager) => Promise<T>): Promise<T> {
  const connection = await connect({ servers: nats.url });
  try {
    return await use(await connection.jetstreamManager());
  } finally {
    await connection.close();
  }
}

async function withEntries<T>({ nats, namespace }: Place, bucket: BucketName, use: (entries: KV) => Promise<T>) {
  const connection = await connect({ servers: nats.url });
  try {
    return await use(await connection.jetstream().views.kv(`${namespace}_${bucket}`, { bindOnly: true }));
  } finally {
    await connection.close();
  }
}
