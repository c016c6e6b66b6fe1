/**
 * The contract of the store port when the leader of a bucket is killed: only a cluster of servers can have that.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { WriteOutcome } from '../../src/ports/store.ts';
import { waitFor } from '../support/wait.ts';
import type { NatsServers } from './nats-backend.ts';
import { bytes, collect, text, timeoutMs } from './store-steps.ts';

/** Longer than an election takes. */
const electionMs = 30_000;

export function leaderContract(name: string, make: () => Promise<NatsServers>): void {
  describe(`store, leader killed: ${name}`, () => {
    let backend: NatsServers;
    before(async () => {
      backend = await make();
    });
    after(() => backend?.close());

    it('S1 S2 S5 S10 S16 every acknowledged write survives, and writes and follows go on', async (t) => {
      const [writer, follower] = await Promise.all([backend.join(), backend.join()]);
      const bucket = writer.store.bucket('sessions');
      const seen = collect(follower.store.bucket('sessions'), { prefixes: ['l'] });
      const outcomes = new Map<string, WriteOutcome>();
      let stop = false;
      const write = async (lane: number): Promise<void> => {
        for (let index = 0; !stop; index += 1) {
          const key = `l.${lane}-${index}`;
          const outcome = await bucket.write(key, { value: bytes(key), expected: 0, timeoutMs: 1_000 });
          outcomes.set(key, outcome);
          // Nobody is there to answer: the next answer would come just as fast.
          if (outcome.kind === 'unavailable') await new Promise((resolve) => setTimeout(resolve, 20));
        }
      };
      const writing = Promise.all([0, 1, 2, 3].map(write));
      // Whatever comes of the test, nobody writes on beside the next one.
      t.after(async () => {
        stop = true;
        seen.follow.stop();
        await writing;
      });
      await waitFor('some writes', () => outcomes.size > 100);
      const leader = await waitFor('the leader', () => backend.streamLeader('KV_test_sessions'));
      await leader.kill();
      const killedAt = outcomes.size;
      const landedSince = (): boolean =>
        [...outcomes.values()].slice(killedAt + 20).filter(({ kind }) => kind === 'landed').length > 100;
      await waitFor('writes to land again', landedSince, { timeoutMs: electionMs });
      stop = true;
      await writing;
      await leader.start();

      for (const [key, outcome] of outcomes) {
        const entry = await waitFor('an answer', async () => ({ found: await bucket.read(key, timeoutMs) }));
        if (outcome.kind === 'landed') {
          assert.equal(entry.found?.revision, outcome.revision, key);
          assert.equal(text(entry.found), key);
        } else if (outcome.kind !== 'unknown') {
          assert.deepEqual([key, outcome, entry.found], [key, { kind: 'unavailable' }, null]);
        }
      }
      const landed = [...outcomes].filter(([, { kind }]) => kind === 'landed').map(([key]) => key);
      await waitFor('the follow to have all', () => landed.every((key) => seen.newest(key)), { timeoutMs: electionMs });
      assert.deepEqual(seen.violations, []);
    });
  });
}
