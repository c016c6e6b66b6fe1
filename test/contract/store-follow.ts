/**
 * The contract of following a bucket, S10 to S13, over any implementation; outages are in store-outage.ts.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Bucket } from '../../src/ports/store.ts';
import { waitFor } from '../support/wait.ts';
import type { Backend } from './backend.ts';
import { bytes, collect, land, lay, timeoutMs } from './store-steps.ts';

export function followContract(name: string, make: () => Promise<Backend>): void {
  describe(`store, following: ${name}`, () => {
    let backend: Backend;
    let bucket: Bucket;
    let other: Bucket;

    before(async () => {
      backend = await make();
      bucket = (await backend.join()).store.bucket('slots');
      other = (await backend.join()).store.bucket('slots');
    });
    after(() => backend?.close());

    it('S10 delivers the newest entry of every key, markers too, then every later one, in rising order', async () => {
      const first = await land(bucket, 'a.1', 0, 'old');
      const second = await land(bucket, 'a.1', first, 'new');
      const marker = await lay(bucket, 'a.2', await land(bucket, 'a.2', 0));
      const seen = collect(other, { prefixes: ['a'] });
      await waitFor('the marker', () => seen.newest('a.2'));
      const third = await land(bucket, 'a.1', second, 'newest');
      const revived = await land(bucket, 'a.2', marker, 'back');
      await waitFor('the last write', () => seen.newest('a.2')?.revision === revived);
      seen.follow.stop();
      assert.deepEqual(
        seen.passes[0]?.map(({ key, revision, deleted }) => [key, revision, deleted]),
        [
          ['a.1', second, false],
          ['a.2', marker, true],
          ['a.1', third, false],
          ['a.2', revived, false],
        ],
      );
      assert.deepEqual(seen.violations, []);
    });

    it('S10 a prefix is whole tokens, covers every depth, and not the key of its own name', async () => {
      for (const key of ['b.1', 'b.1.x', 'b.1._.barrier', 'b.10.x', 'b.11', 'b.2.x', 'b.2.y.z'])
        await land(bucket, key, 0);
      const seen = collect(bucket, { prefixes: ['b.1', 'b.2', 'b.2.y', 'b.1'] });
      await waitFor('the last key', () => seen.newest('b.2.y.z'));
      seen.follow.stop();
      assert.deepEqual(
        seen.passes[0]?.map(({ key }) => key),
        ['b.1.x', 'b.1._.barrier', 'b.2.x', 'b.2.y.z'],
      );
    });

    it('S10 without prefixes it delivers every key; 256 prefixes deliver all that they cover', async () => {
      const slots = Array.from({ length: 256 }, (_, slot) => `${1000 + slot}`);
      const keys = slots.flatMap((slot) => [`${slot}.g1`, `${slot}.g2`, `${slot}.g3`]);
      await Promise.all(keys.map((key) => land(bucket, key, 0)));
      const everything = collect(other, {});
      const covered = collect(other, { prefixes: slots, headersOnly: true });
      await waitFor('every key', () => keys.every((key) => everything.newest(key) && covered.newest(key)));
      const before = covered.newest('1255.g3')?.revision ?? 0;
      const later = await land(bucket, '1255.g3', before, 'later');
      await waitFor('the later entry', () => covered.newest('1255.g3')?.revision === later);
      assert.equal(covered.passes[0]?.length, keys.length + 1);
      assert.ok(everything.newest('a.1'), 'a key of another test');
      assert.deepEqual([...everything.violations, ...covered.violations], []);
      everything.follow.stop();
      covered.follow.stop();
    });

    it('S10 nothing is missing when keys are written and deleted while a pass begins', async () => {
      const revisions = new Map<string, number>();
      const change = async (key: string, round: number): Promise<void> => {
        const expected = revisions.get(key) ?? 0;
        const remove = round % 3 === 2;
        revisions.set(key, remove ? await lay(bucket, key, expected) : await land(bucket, key, expected, `${round}`));
      };
      const keys = Array.from({ length: 40 }, (_, index) => `${2000 + (index % 8)}.k${index}`);
      const writing = Promise.all(
        keys.map(async (key) => {
          for (let round = 0; round < 12; round += 1) await change(key, round);
        }),
      );
      const prefixes = Array.from({ length: 8 }, (_, index) => `${2000 + index}`);
      const recordings = [];
      for (let index = 0; index < 5; index += 1) {
        recordings.push(collect(other, { prefixes, headersOnly: index % 2 === 0 }));
        await new Promise((resolve) => setImmediate(resolve));
      }
      await writing;
      for (const seen of recordings) {
        await waitFor('the last entry of each key', () =>
          keys.every((key) => seen.newest(key)?.revision === revisions.get(key)),
        );
        assert.deepEqual(seen.violations, []);
        seen.follow.stop();
      }
    });

    it('S10 a slow reader gets everything', async () => {
      const value = new Uint8Array(16 * 1024);
      const count = 500;
      let block = true;
      const seen = collect(other, { prefixes: ['slow'] }, () => {
        // The first entry keeps the process busy while all the others come in.
        const until = performance.now() + (block ? 400 : 0);
        block = false;
        while (performance.now() < until);
      });
      const keys = Array.from({ length: count }, (_, index) => `slow.${index}`);
      await Promise.all(keys.map((key) => bucket.write(key, { value, expected: 0, timeoutMs: 30_000 })));
      await waitFor('every entry', () => keys.every((key) => seen.newest(key)));
      assert.deepEqual(seen.violations, []);
      seen.follow.stop();
    });

    it('S11 restart begins a new pass over everything, and nothing of the old one comes after', async () => {
      const keys = Array.from({ length: 300 }, (_, index) => `r.${index}`);
      await Promise.all(keys.map((key) => land(bucket, key, 0)));
      let restarts = 0;
      const seen = collect(other, { prefixes: ['r'] }, () => {
        // In the middle of a pass, with the rest of it on its way.
        if (restarts < 3 && seen.passes.at(-1)?.length === 100) {
          restarts += 1;
          seen.follow.restart();
        }
      });
      await waitFor('the fourth pass', () => seen.passes.length === 4 && seen.passes[3]?.length === keys.length);
      assert.deepEqual(
        seen.passes.map((pass) => pass.length),
        [100, 100, 100, 300],
      );
      assert.deepEqual(seen.violations, []);
      const later = await land(bucket, 'r.later', 0);
      await waitFor('a later entry', () => seen.newest('r.later')?.revision === later);
      assert.equal(seen.passes.length, 4);
      seen.follow.stop();
    });

    it('S13 after stop no callback runs', async () => {
      await Promise.all(Array.from({ length: 100 }, (_, index) => land(bucket, `st.${index}`, 0)));
      const seen = collect(other, { prefixes: ['st'] }, () => {
        if (seen.passes[0]?.length === 10) seen.follow.stop();
      });
      const never = collect(other, { prefixes: ['st'] });
      never.follow.stop();
      const witness = collect(other, { prefixes: ['st'] });
      await land(bucket, 'st.last', 0);
      await waitFor('the witness', () => witness.newest('st.last'));
      await waitFor('the tenth entry', () => (seen.passes[0]?.length ?? 0) >= 10);
      seen.follow.restart();
      const end = await bucket.write('st.end', { value: bytes('x'), expected: 0, timeoutMs });
      assert.equal(end.kind, 'landed');
      await waitFor('the witness', () => witness.newest('st.end'));
      assert.equal(seen.passes[0]?.length, 10);
      assert.equal(seen.passes.length, 1);
      assert.equal(never.passes.length, 0);
      witness.follow.stop();
    });
  });
}
