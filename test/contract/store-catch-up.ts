/**
 * The contract of the store port while a replica that was killed catches up, and answers reads of many keys: only a cluster of servers has that.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { StoreUnavailable } from '../../src/ports/store.ts';
import { waitFor } from '../support/wait.ts';
import type { NatsServers } from './nats-backend.ts';
import { selected } from './store-many.ts';
import { land } from './store-steps.ts';

const keys = 400;
const writers = 8;
const rounds = 60;
const key = (index: number): string => `c.${index % keys}`;

/** Keys whose newest acknowledged revision an answer must not fall short of. */
interface Known {
  readonly least: ReadonlyMap<string, number>;
  readonly barrier: number;
}

export function catchUpContract(name: string, make: () => Promise<NatsServers>): void {
  describe(`store, a replica catches up: ${name}`, () => {
    let backend: NatsServers;
    before(async () => {
      backend = await make();
    });
    after(() => backend?.close());

    it('S21 S22 what it shows is never too old; what one answer lacks, one behind a later barrier has', async (t) => {
      await backend.join();
      const leader = await waitFor('the leader', () => backend.streamLeader('KV_test_sessions'));
      // Whoever is connected to the one that is killed would not know what became of its writes.
      const bucket = (await backend.joinAt(leader)).store.bucket('sessions');
      const revisions = new Map<string, number>();
      const write = async (index: number): Promise<void> => {
        revisions.set(key(index), await land(bucket, key(index), revisions.get(key(index)) ?? 0, 'x'.repeat(500)));
      };
      for (let from = 0; from < keys; from += 40)
        await Promise.all(Array.from({ length: 40 }, (_, index) => write(from + index)));

      const follower = backend.servers.find((server) => server !== leader) ?? assert.fail('it is alone');
      await follower.kill();
      // Much to catch up with: every key again and again, the last ones just before a barrier.
      for (let round = 0; round < 5; round += 1)
        for (let from = 0; from < keys; from += 80)
          await Promise.all(Array.from({ length: 80 }, (_, index) => write(from + index)));
      const state = { stop: false };
      const writing = Array.from({ length: writers }, async (_, lane) => {
        // Each rewrites keys of its own.
        for (let index = lane; !state.stop; index += writers) await write(index);
      });
      t.after(async () => {
        state.stop = true;
        await Promise.all(writing);
      });
      await follower.start();
      const asked = (await backend.joinAt(follower)).store.bucket('sessions');

      let incomplete = 0;
      let last: Known = { least: new Map(), barrier: 0 };
      for (let round = 0; round < rounds; round += 1) {
        const least = new Map(revisions);
        last = { least, barrier: await land(bucket, 'c-barrier', last.barrier) };
        const found = await waitFor('an answer with the barrier', async () => {
          const all = await selected(asked, ['c-barrier'], ['c']).catch((error: unknown) => {
            if (error instanceof StoreUnavailable) return null;
            throw error;
          });
          return all?.get('c-barrier')?.revision === last.barrier ? all : null;
        });
        let isLacking = false;
        for (const [one, revision] of least) {
          const shown = found.get(one);
          if (shown === undefined) isLacking = true;
          else assert.ok(shown.revision >= revision, `${one} is shown at ${shown.revision}, not at ${revision}`);
        }
        if (isLacking) incomplete += 1;
      }
      t.diagnostic(`${incomplete} of ${rounds} answers lacked a key that was being written again`);
      state.stop = true;
      await Promise.all(writing);

      // Nobody writes any more: behind a new barrier nothing is missing.
      const barrier = await land(bucket, 'c-barrier', last.barrier);
      const all = await waitFor('an answer with the last barrier', async () => {
        const found = await selected(asked, ['c-barrier'], ['c']).catch(() => null);
        return found?.get('c-barrier')?.revision === barrier ? found : null;
      });
      for (const [one, revision] of revisions) assert.equal(all.get(one)?.revision, revision, one);
    });
  });
}
