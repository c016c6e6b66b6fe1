/**
 * What NATS holds of a game, past all members.
 *
 * Role: for tests of what must be gone, and stay gone.
 */
import { connect } from 'nats';
import { bucketNames } from '../../src/adapters/nats/names.ts';
import type { BucketName } from '../../src/ports/store.ts';
import type { TestCluster } from './cluster.ts';

/** A listing of the game's keys leaves it behind, empty. */
const barrier = '._.barrier';

/** The keys of these games that are not deleted, in order: all that the bucket keeps under `<slot>.<gameId>`. */
export async function storedKeys(
  { nats, namespace }: TestCluster,
  name: BucketName,
  gameIds: readonly string[],
): Promise<string[]> {
  const connection = await connect({ servers: nats.servers.map(({ port }) => `127.0.0.1:${port}`) });
  try {
    const bucket = await connection.jetstream().views.kv(bucketNames(namespace, name).bucket, { bindOnly: true });
    const found: string[] = [];
    for await (const key of await bucket.keys()) {
      if (gameIds.includes(key.split('.')[1] ?? '') && !key.endsWith(barrier)) found.push(key);
    }
    return found.sort();
  } finally {
    await connection.close();
  }
}
