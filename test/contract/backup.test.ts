/**
 * A backup of buckets that are written all the time, against a real server: nothing that was there when it began is missing, and what is
 * brought back is what was stored, byte for byte.
 *
 * Why so many writes: a server's own snapshot of a stream misses every key that is overwritten while it is taken.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { restore, type Scope, save } from '../../src/adapters/backup/backup.ts';
import { openStreams, type Streams } from '../../src/adapters/backup/streams.ts';
import { connectNats, type NatsBackend } from '../../src/adapters/nats/connection.ts';
import { freePort, type NatsProcess, startNats } from '../../src/dev/nats-process.ts';
import { locateNatsServer } from '../../src/dev/nats-server.ts';
import { BUCKETS, type Bucket, type Entry } from '../../src/ports/store.ts';
import { natsOptions } from './nats-backend.ts';

const everything: Scope = { keeps: () => true, progress: () => {} };
const keys = 24;
const backups = 30;
const timeoutMs = 5_000;

describe('a backup', { timeout: 110_000 }, () => {
  const opened: { close(): Promise<void> }[] = [];
  let folder = '';
  let server: NatsProcess | null = null;
  let namespaces = 0;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'minotaur-backup-'));
    server = await startNats({ binary: (await locateNatsServer()).path, storeDir: join(folder, 'store') });
  });
  after(async () => {
    await Promise.all(opened.map((one) => one.close()));
    await server?.stop('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  const options = (namespace: string) => ({ ...natsOptions([server?.url ?? ''], 1), namespace });
  const keep = async <T extends { close(): Promise<void> }>(one: Promise<T>): Promise<T> => {
    opened.push(await one);
    return one;
  };
  const member = (namespace: string): Promise<NatsBackend> => keep(connectNats(options(namespace)));
  const streams = (namespace: string): Promise<Streams> => keep(openStreams(options(namespace)));
  const fresh = () => `backup${++namespaces}`;

  it('misses no key, however often all of them are overwritten meanwhile', async (t) => {
    const [from, path] = [fresh(), join(folder, 'busy')];
    const { store } = await member(from);
    const tool = await streams(from);
    const bucket = store.bucket('sessions');
    await store.bucket('slots').write('1', { value: Buffer.from('{}'), expected: 0, timeoutMs });
    const acknowledged = new Map<string, number>();
    let isOver = false;
    const overwrite = async (key: string): Promise<void> => {
      for (let count = 1, revision = 0; !isOver; count += 1) {
        const value = Buffer.from(`${count} ${'x'.repeat(3_000)}`);
        const outcome = await bucket.write(key, { value, expected: revision, timeoutMs });
        if (outcome.kind !== 'landed') return assert.fail(`a write was ${outcome.kind}`);
        revision = outcome.revision;
        acknowledged.set(key, count);
      }
    };
    const writers = Array.from({ length: keys }, (_, index) => overwrite(`1.g${index}`));
    t.after(() => {
      isOver = true;
    });
    for (let backup = 0; backup < backups; backup += 1) {
      const least = new Map(acknowledged);
      await save(tool, from, path, everything);
      const saved = new Map<string, number>();
      for (const { key, value } of await linesOf(path)) {
        saved.set(key, Number(Buffer.from(value, 'base64').toString().split(' ')[0]));
      }
      for (const [key, count] of least) assert.ok((saved.get(key) ?? 0) >= count, `${key} of backup ${backup}`);
    }
    isOver = true;
    await Promise.all(writers);
    assert.ok(
      [...acknowledged.values()].every((count) => count > 2 * backups),
      'all were overwritten all the time',
    );

    const to = fresh();
    await restore(await streams(to), path, everything);
    const restored = await Promise.all(
      [...acknowledged.keys()].map(async (key) => (await member(to)).store.bucket('sessions').read(key, timeoutMs)),
    );
    assert.ok(restored.every((entry) => entry !== null));
  });

  it('brings back values, headers and deletion markers of every bucket', async () => {
    const [from, to, path] = [fresh(), fresh(), join(folder, 'all')];
    const { store } = await member(from);
    const put = async (bucket: Bucket, key: string, value: Uint8Array, headers = {}) =>
      assert.equal((await bucket.write(key, { value, expected: 0, headers, timeoutMs })).kind, 'landed');
    await put(store.bucket('slots'), '1', Buffer.from('{}'));
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    for (const name of BUCKETS) {
      const bucket = store.bucket(name);
      await put(bucket, '1.b', bytes, { 'Minotaur-Epoch': '7', 'x-lower': 'a: b' });
      await put(bucket, '1.empty', new Uint8Array(0));
      await bucket.remove('1.gone', { expected: 0, headers: { 'Minotaur-Why': 'over' }, timeoutMs });
    }
    const saved = await save(await streams(from), from, path, everything);
    assert.deepEqual(saved, { members: 3, slots: 4, sessions: 3, archive: 3 });
    await restore(await streams(to), path, everything);
    const restored = (await member(to)).store;
    for (const name of BUCKETS) {
      for (const key of ['1.b', '1.empty', '1.gone']) {
        const [was, is] = await Promise.all([store, restored].map((one) => one.bucket(name).read(key, timeoutMs)));
        assert.deepEqual(shown(is ?? null), shown(was ?? null), `${key} of ${name}`);
      }
    }
  });

  it('goes into empty streams only, and says which are not', async () => {
    const [from, path] = [fresh(), join(folder, 'once')];
    const { store } = await member(from);
    await store.bucket('slots').write('1', { value: Buffer.from('{}'), expected: 0, timeoutMs });
    const tool = await streams(from);
    await save(tool, from, path, everything);
    await assert.rejects(restore(tool, path, everything), /something is stored here: slots \(1 entries\)/);
  });

  it('a file that was cut off, changed or never one is refused before anything is written', async () => {
    const [from, to, path] = [fresh(), fresh(), join(folder, 'whole')];
    const { store } = await member(from);
    for (const key of ['1', '2', '3']) {
      await store.bucket('slots').write(key, { value: Buffer.from(key.repeat(9_000)), expected: 0, timeoutMs });
    }
    await save(await streams(from), from, path, everything);
    const whole = await readFile(path);
    const lines = gunzipSync(whole).toString().trimEnd().split('\n');
    const packed = (...some: (string | undefined)[]) => gzipSync(`${some.join('\n')}\n`);
    const flipped = Buffer.from(whole);
    flipped[whole.length >> 1] = (flipped[whole.length >> 1] ?? 0) ^ 1;
    const wrong: readonly [Buffer, RegExp][] = [
      [whole.subarray(0, -9), /damaged/],
      [flipped, /damaged|no JSON|makes no sense/],
      [Buffer.from('no gzip'), /damaged/],
      [packed(...lines.slice(0, -1)), /its end is missing/],
      [packed(lines[0], ...lines.slice(2)), /entries are missing/],
      [packed('{"minotaurBackup":2,"namespace":"x"}', ...lines.slice(1)), /no backup that this version knows/],
      [packed(lines[0], '{"bucket":"games"}', ...lines.slice(1)), /entry 1 makes no sense/],
      [packed(...lines, lines[1]), /makes no sense/],
      [packed(...lines, lines.at(-1)), /entries are missing/],
      [packed(lines[0], '{"bucket":', ...lines.slice(1)), /no JSON/],
    ];
    const tool = await streams(to);
    for (const [content, message] of wrong) {
      await writeFile(path, content);
      await assert.rejects(restore(tool, path, everything), message);
    }
    await assert.rejects(restore(tool, join(folder, 'nowhere'), everything), /ENOENT/);
    // Nothing was written: the whole one goes in.
    await writeFile(path, whole);
    assert.equal((await restore(tool, path, everything)).slots, 3);
  });

  it('that cannot be written says so at once, and no rejection goes unheard', async () => {
    const [from, path] = [fresh(), join(folder, 'unwritable')];
    const { store } = await member(from);
    for (let slot = 0; slot < 600; slot += 1) {
      await store.bucket('slots').write(String(slot), { value: Buffer.from('{}'), expected: 0, timeoutMs });
    }
    await save(await streams(from), from, path, everything);
    let asked = 0;
    const full = {
      prepare: async () => 0,
      put: async () => {
        asked += 1;
        throw new Error('no room');
      },
    };
    await assert.rejects(restore(full, path, everything), /no room/);
    assert.ok(asked < 600, 'it goes on');
  });

  it('without NATS says where it looked, and nothing of passwords', async () => {
    const nowhere = { ...options(fresh()), servers: [`nats://someone:secret@127.0.0.1:${await freePort()}`] };
    await assert.rejects(openStreams(nowhere), (error: Error) => {
      assert.match(error.message, /NATS \(127\.0\.0\.1:\d+\) does not take us: nobody listens there/);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  });

  it('that breaks off leaves no file', async () => {
    const path = join(folder, 'broken');
    const tool = await streams(fresh());
    await assert.rejects(save(tool, 'x', path, everything), /NATS does not list KV_backup\d+_slots: stream not found/);
    await assert.rejects(readFile(path), /ENOENT/);
    await assert.rejects(readFile(`${path}.part`), /ENOENT/);
  });
});

async function linesOf(path: string): Promise<{ key: string; value: string }[]> {
  const lines = gunzipSync(await readFile(path))
    .toString()
    .trimEnd()
    .split('\n');
  return lines.slice(1, -1).map((line) => JSON.parse(line));
}

function shown(entry: Entry | null) {
  return entry && { key: entry.key, value: [...entry.value], headers: entry.headers, deleted: entry.deleted };
}
