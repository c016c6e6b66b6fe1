/**
 * The contract of the store port, S1 to S15 and S17, over any implementation; reads of many keys are in store-many.ts, outages are in store-outage.ts.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Bucket, Entry } from '../../src/ports/store.ts';
import { waitFor } from '../support/wait.ts';
import type { Backend } from './backend.ts';
import { bytes, collect, land, lay, text, timeoutMs } from './store-steps.ts';

export function storeContract(name: string, make: () => Promise<Backend>): void {
  describe(`store: ${name}`, () => {
    let backend: Backend;
    let bucket: Bucket;
    let other: Bucket;

    before(async () => {
      backend = await make();
      bucket = (await backend.join()).store.bucket('sessions');
      other = (await backend.join()).store.bucket('sessions');
    });
    after(() => backend?.close());

    it('S1 a write lands only at exactly the expected revision', async () => {
      const first = await land(bucket, 's1.a', 0, 'one');
      const between = await land(bucket, 's1.b', 0);
      for (const expected of [0, first - 1, first + 1, between].filter((revision) => revision !== first)) {
        assert.deepEqual(await other.write('s1.a', { value: bytes('no'), expected, timeoutMs }), { kind: 'stale' });
      }
      await land(other, 's1.a', first, 'two');
      assert.equal(text(await bucket.read('s1.a', timeoutMs)), 'two');
    });

    it('S1 of many writers with the same expected revision at most one lands', async () => {
      let revision = 0;
      for (let round = 0; round < 20; round += 1) {
        const writers = [bucket, other, bucket, other, bucket, other];
        const outcomes = await Promise.all(
          writers.map((by, index) => by.write('s1.race', { value: bytes(`${index}`), expected: revision, timeoutMs })),
        );
        const landed = outcomes.flatMap((outcome) => (outcome.kind === 'landed' ? [outcome.revision] : []));
        assert.equal(landed.length, 1, JSON.stringify(outcomes));
        // S4: the others lost, or found the key busy; nothing else.
        assert.ok(outcomes.every(({ kind }) => ['landed', 'stale', 'busy'].includes(kind)));
        revision = landed[0] as number;
      }
    });

    it('S1 expected 0 lands neither on a value nor on a deletion marker', async () => {
      const revision = await land(bucket, 's1.marker', 0);
      assert.equal((await bucket.write('s1.marker', { value: bytes('x'), expected: 0, timeoutMs })).kind, 'stale');
      const marker = await lay(bucket, 's1.marker', revision);
      assert.equal((await other.write('s1.marker', { value: bytes('x'), expected: 0, timeoutMs })).kind, 'stale');
      await land(other, 's1.marker', marker, 'revived on purpose');
    });

    it('S2 a landed write is the newest entry, at the revision that was acknowledged', async () => {
      const revision = await land(bucket, 's2.a', 0, 'mine');
      const entry = await waitFor('the entry', () => other.read('s2.a', timeoutMs));
      assert.deepEqual([entry.key, entry.revision, text(entry), entry.deleted], ['s2.a', revision, 'mine', false]);
      assert.ok((await land(bucket, 's2.b', 0)) > revision, 'revisions rise across keys');
    });

    it('S3 the echo of an earlier copy answers stale, and the write id tells that it landed', async () => {
      const write = { value: bytes('w-1'), expected: 0, headers: { 'Write-Id': 'w-1' }, timeoutMs };
      assert.equal((await bucket.write('s3.a', write)).kind, 'landed');
      assert.deepEqual(await bucket.write('s3.a', write), { kind: 'stale' });
      const entry = await waitFor('the entry', () => bucket.read('s3.a', timeoutMs));
      assert.equal(entry.headers['Write-Id'], 'w-1');
    });

    it('S5 S7 a resend never gets the acknowledgement of another write, not even after somebody deleted the key', async () => {
      const write = { value: bytes('w-2'), expected: 0, headers: { 'Write-Id': 'w-2' }, timeoutMs };
      const first = await bucket.write('s7.a', write);
      assert.equal(first.kind, 'landed');
      const marker = await lay(other, 's7.a', first.kind === 'landed' ? first.revision : 0);
      for (let copy = 0; copy < 3; copy += 1) assert.deepEqual(await bucket.write('s7.a', write), { kind: 'stale' });
      const entry = await waitFor('the marker', () => bucket.read('s7.a', timeoutMs));
      assert.deepEqual([entry.revision, entry.deleted], [marker, true]);
      // The same bytes again, at the marker, are a new write.
      assert.ok((await land(bucket, 's7.a', marker, 'w-2')) > marker);
    });

    it('S6 a write that is too large is refused, and harms nothing else', async () => {
      const value = new Uint8Array(2 * 1024 * 1024);
      const [refused, landed] = await Promise.all([
        bucket.write('s6.a', { value, expected: 0, timeoutMs }),
        bucket.write('s6.b', { value: bytes('x'), expected: 0, timeoutMs }),
      ]);
      assert.equal(refused.kind, 'refused');
      assert.equal(landed.kind, 'landed');
      assert.equal(await bucket.read('s6.a', timeoutMs), null);
    });

    it('S6 a value of a megabyte less the headers still lands', async () => {
      const value = new Uint8Array(1024 * 1024 - 1024).fill(7);
      assert.equal((await bucket.write('s6.c', { value, expected: 0, timeoutMs })).kind, 'landed');
      const entry = await waitFor('the entry', () => other.read('s6.c', timeoutMs));
      assert.equal(Buffer.compare(entry.value, value), 0);
    });

    it('S8 removing leaves a marker with a revision of its own, and is a compare-and-set', async () => {
      const revision = await land(bucket, 's8.a', 0);
      assert.deepEqual(await other.remove('s8.a', { expected: revision + 1, timeoutMs }), { kind: 'stale' });
      const marker = await lay(other, 's8.a', revision, { 'Write-Id': 'gone' });
      assert.ok(marker > revision);
      const entry = await waitFor('the marker', () => bucket.read('s8.a', timeoutMs));
      assert.deepEqual([entry.revision, entry.deleted, entry.value.length], [marker, true, 0]);
      assert.deepEqual(entry.headers, { 'Write-Id': 'gone' });
    });

    it('S8 removing at 0 writes a marker on a key that was never written, and on no other', async () => {
      await land(bucket, 's8.live', 0, 'alive');
      assert.deepEqual(await bucket.remove('s8.live', { expected: 0, timeoutMs }), { kind: 'stale' });
      assert.equal(text(await waitFor('the entry', () => other.read('s8.live', timeoutMs))), 'alive');
      await lay(bucket, 's8.never', 0);
      assert.deepEqual(await other.remove('s8.never', { expected: 0, timeoutMs }), { kind: 'stale' });
      assert.equal((await waitFor('the marker', () => other.read('s8.never', timeoutMs))).deleted, true);
    });

    it('S9 reading a key that was never written gives null; 3,000 reads at once are all answered', async () => {
      assert.equal(await bucket.read('s9.never', timeoutMs), null);
      await Promise.all(Array.from({ length: 50 }, (_, index) => land(bucket, `s9.${index}`, 0, `${index}`)));
      await waitFor('every replica to have it', async () => (await other.read('s9.49', timeoutMs)) !== null);
      const reads = Array.from({ length: 3_000 }, (_, index) => other.read(`s9.${index % 50}`, 10_000));
      const found = await Promise.all(reads);
      const wrong = found.filter((entry, index) => entry !== null && text(entry) !== `${index % 50}`);
      assert.deepEqual(wrong, []);
    });

    it('S12 header names and values come back exactly as written, with or without the value', async () => {
      const headers = { 'write-id': ' A b:c=ü ', 'X-DEADLINE': '0', epoch: '12' };
      assert.equal(
        (await bucket.write('s12.a', { value: bytes('v'), expected: 0, headers, timeoutMs })).kind,
        'landed',
      );
      const read = await waitFor('the entry', () => other.read('s12.a', timeoutMs));
      assert.deepEqual(read.headers, headers);
      for (const headersOnly of [true, false]) {
        const seen = collect(other, { prefixes: ['s12'], headersOnly });
        await waitFor('the entry', () => seen.newest('s12.a'));
        assert.deepEqual(seen.newest('s12.a')?.headers, headers);
        assert.equal(text(seen.newest('s12.a') as Entry), headersOnly ? '' : 'v');
        seen.follow.stop();
      }
    });

    it('S14 purge takes an entry away for good, unless there is a newer one', async () => {
      const old = await land(bucket, 's14.a', 0);
      const newer = await land(bucket, 's14.a', old, 'newer');
      await bucket.purge('s14.a', old);
      assert.equal(text(await waitFor('the entry', () => bucket.read('s14.a', timeoutMs))), 'newer');
      const marker = await lay(bucket, 's14.a', newer);
      await other.purge('s14.a', marker);
      await waitFor('it is gone', async () => (await bucket.read('s14.a', timeoutMs)) === null);
      assert.ok((await land(bucket, 's14.a', 0, 'as if never written')) > marker);
      await bucket.purge('s14.never', 1);
    });

    it('S15 an entry tells when the store wrote it', async () => {
      const earliest = Date.now() - 1_000;
      await land(bucket, 's15.a', 0);
      const seen = collect(bucket, { prefixes: ['s15'], headersOnly: true });
      const followed = await waitFor('the entry', () => seen.newest('s15.a'));
      seen.follow.stop();
      const { writtenAt } = await waitFor('the entry', () => bucket.read('s15.a', timeoutMs));
      assert.ok(Number.isInteger(writtenAt) && writtenAt >= earliest && writtenAt <= Date.now() + 1_000);
      assert.equal(followed.writtenAt, writtenAt);
    });

    it("S17 a write's time is read after it was sent, and before it is acknowledged or delivered", async () => {
      const deliveredAt = new Map<number, number>();
      const seen = collect(other, { prefixes: ['s17'] }, ({ revision }) => deliveredAt.set(revision, Date.now()));
      for (let write = 0, revision = 0; write < 50; write += 1) {
        const sentAt = Date.now();
        revision = await land(bucket, 's17.a', revision);
        const acknowledgedAt = Date.now();
        await waitFor('the entry', () => deliveredAt.has(revision), { everyMs: 1 });
        const { writtenAt = 0 } = seen.newest('s17.a') ?? {};
        const latest = Math.min(acknowledgedAt, deliveredAt.get(revision) ?? 0);
        assert.ok(sentAt <= writtenAt && writtenAt <= latest, `${sentAt}, ${writtenAt}, ${latest}`);
      }
      seen.follow.stop();
    });
  });
}
