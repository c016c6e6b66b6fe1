/**
 * The contract of the store port for reads of many keys: S19 to S22, over any implementation.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Bucket, type Entry, StoreUnavailable } from '../../src/ports/store.ts';
import { waitFor } from '../support/wait.ts';
import type { Backend } from './backend.ts';
import { bytes, land, lay, text, timeoutMs } from './store-steps.ts';

/** What was found, by key; null: too many. */
export async function selected(
  bucket: Bucket,
  keys: readonly string[],
  prefixes: readonly string[],
): Promise<Map<string, Entry> | null> {
  const found = await bucket.readMany({ keys, prefixes, timeoutMs });
  if (found.kind === 'tooMany') return null;
  const { entries } = found;
  const revisions = entries.map(({ revision }) => revision);
  assert.deepEqual(
    revisions,
    [...new Set(revisions)].sort((one, other) => one - other),
    'in rising order',
  );
  return new Map(entries.map((entry) => [entry.key, entry]));
}

/** Asks until a replica answers that shows this revision of the key. */
async function since(
  bucket: Bucket,
  [key, revision]: readonly [string, number],
  prefixes: readonly string[],
): Promise<Map<string, Entry>> {
  return waitFor('a replica that has it', async () => {
    const found = await selected(bucket, [key], prefixes).catch((error: unknown) => {
      if (error instanceof StoreUnavailable) return null;
      throw error;
    });
    return found?.get(key)?.revision === revision ? found : null;
  });
}

/** Waits for a replica that finds too much under the prefix: others may lag. */
async function tooMany(bucket: Bucket, prefix: string): Promise<void> {
  await waitFor('too many', async () => (await selected(bucket, [], [prefix])) === null);
}

export function manyContract(name: string, make: () => Promise<Backend>): void {
  describe(`store, many keys: ${name}`, () => {
    let backend: Backend;
    let bucket: Bucket;
    let other: Bucket;

    before(async () => {
      backend = await make();
      bucket = (await backend.join()).store.bucket('sessions');
      other = (await backend.join()).store.bucket('sessions');
    });
    after(() => backend?.close());

    it('S19 it gives values and markers of keys and of whole tokens, each as written, and nothing else', async () => {
      const headers = { 'Write-Id': 'w', epoch: '3' };
      await bucket.write('m1.a', { value: bytes('one'), expected: 0, headers, timeoutMs });
      const marker = await lay(bucket, 'm1.b', await land(bucket, 'm1.b', 0), { gone: 'yes' });
      await land(bucket, 'm1.c.d', 0, 'deep');
      for (const key of ['m11.a', 'm2.a', 'm2.b']) await land(bucket, key, 0, key);
      const last = await land(bucket, 'm3._.barrier', 0, 'x');
      const found = await since(other, ['m3._.barrier', last], ['m1', 'm7']);
      assert.deepEqual([...found.keys()], ['m1.a', 'm1.b', 'm1.c.d', 'm3._.barrier']);
      const [a, b] = [found.get('m1.a'), found.get('m1.b')];
      assert.deepEqual([text(a ?? null), a?.headers, a?.deleted], ['one', headers, false]);
      assert.deepEqual([b?.revision, b?.deleted, b?.value.length, b?.headers], [marker, true, 0, { gone: 'yes' }]);
      assert.equal(a?.writtenAt, (await other.read('m1.a', timeoutMs))?.writtenAt);
      const two = await since(other, ['m3._.barrier', last], ['m3', 'm2']);
      assert.deepEqual([...two.keys()], ['m2.a', 'm2.b', 'm3._.barrier'], 'a key that is under a prefix as well');
    });

    it('S19 nothing is there: an answer without entries', async () => {
      assert.deepEqual(await bucket.readMany({ keys: ['m4.no'], prefixes: ['m5'], timeoutMs }), {
        kind: 'entries',
        entries: [],
      });
    });

    it('S20 as many keys as the store gives at once, and not one more; whoever asks for fewer gets them', async () => {
      const put = (index: number) => land(bucket, `m6.${index}`, 0, `${index}`);
      await Promise.all(Array.from({ length: 1_023 }, (_, index) => put(index)));
      const last = await land(bucket, 'm6.last', 0);
      const all = await since(other, ['m6.last', last], ['m6']);
      assert.equal(all.size, 1_024);
      assert.ok([...all].every(([key, entry]) => key === 'm6.last' || key === `m6.${text(entry)}`));
      const more = await land(bucket, 'm6.more', 0);
      await tooMany(other, 'm6');
      assert.equal((await since(other, ['m6.more', more], []))?.size, 1);
    });

    it('S20 what is too large for one answer is not given in part', async () => {
      const value = new Uint8Array(900_000).fill(7);
      let last = 0;
      for (const key of ['m7.a', 'm7.b', 'm7.c', 'm7.d', 'm7.e', 'm7.f', 'm7.g']) {
        const outcome = await bucket.write(key, { value, expected: 0, timeoutMs });
        last = outcome.kind === 'landed' ? outcome.revision : assert.fail(outcome.kind);
      }
      await tooMany(other, 'm7');
      const some = await since(other, ['m7.g', last], []);
      assert.equal(some.get('m7.g')?.value.length, value.length);
    });

    it('S21 whoever shows a write shows all that was written before, or what replaced it', async () => {
      const revisions = new Map<string, number>();
      for (let round = 0; round < 30; round += 1) {
        const keys = Array.from({ length: 8 }, (_, index) => `m8.${(round * 5 + index) % 40}`);
        await Promise.all(
          keys.map(async (key) => revisions.set(key, await land(bucket, key, revisions.get(key) ?? 0))),
        );
        const barrier = await land(bucket, 'm9.barrier', revisions.get('m9.barrier') ?? 0);
        revisions.set('m9.barrier', barrier);
        const found = await since(other, ['m9.barrier', barrier], ['m8']);
        const seen = Object.fromEntries([...found].map(([key, { revision }]) => [key, revision]));
        assert.deepEqual(seen, Object.fromEntries([...revisions].sort(([, one], [, two]) => one - two)));
      }
    });

    it('S21 S22 while others write, what is shown is at least as new as what was acknowledged before the barrier', async () => {
      const acknowledged = new Map<string, number>();
      let stop = false;
      const writing = Array.from({ length: 8 }, async (_, lane) => {
        const key = `m10.${lane}`;
        for (let revision = 0; !stop; ) {
          revision = await land(other, key, revision);
          acknowledged.set(key, revision);
        }
      });
      await waitFor('all to write', () => acknowledged.size === 8);
      for (let round = 0, revision = 0; round < 40; round += 1) {
        const before = new Map(acknowledged);
        revision = await land(bucket, 'm11.barrier', revision);
        const found = await since(bucket, ['m11.barrier', revision], ['m10']);
        for (const [key, least] of before) {
          // It may be missing, because it was written again just now (S22).
          const shown = found.get(key)?.revision ?? Number.POSITIVE_INFINITY;
          assert.ok(shown >= least, `${key} is shown at ${shown}, and ${least} was acknowledged`);
        }
      }
      stop = true;
      await Promise.all(writing);
    });
  });
}
