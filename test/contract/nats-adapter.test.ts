/**
 * What the NATS adapter promises beyond the ports: start-up, buckets, and faults that only a real connection can have.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { connect, type JetStreamManager, type NatsConnection } from 'nats';
import { connectNats, type NatsBackend } from '../../src/adapters/nats/connection.ts';
import { freePort, type NatsProcess, startNats } from '../../src/dev/nats-process.ts';
import { locateNatsServer } from '../../src/dev/nats-server.ts';
import { NatsProxy } from '../support/nats-proxy.ts';
import { waitFor } from '../support/wait.ts';
import { natsOptions, silentLog } from './nats-backend.ts';
import { collect, land, text, timeoutMs } from './store-steps.ts';

describe('the NATS adapter', () => {
  let dir: string;
  let binary: string;
  let server: NatsProcess;
  let operator: NatsConnection;
  let streams: JetStreamManager;
  const opened: NatsBackend[] = [];
  let namespaces = 0;

  /** Each test has buckets of its own. */
  const ownOptions = () => ({ ...natsOptions([server.url], 1), namespace: `n${namespaces++}` });
  const open = async (options: Parameters<typeof connectNats>[0], signal?: AbortSignal): Promise<NatsBackend> => {
    const backend = await connectNats(options, signal);
    opened.push(backend);
    return backend;
  };

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'minotaur-adapter-'));
    binary = (await locateNatsServer()).path;
    server = await startNats({ binary, storeDir: join(dir, 'main') });
    operator = await connect({ servers: server.url });
    streams = await operator.jetstreamManager();
  });
  after(async () => {
    await Promise.all(opened.map((backend) => backend.close()));
    await operator?.close();
    await server?.kill();
    await rm(dir, { recursive: true, force: true });
  });

  it('eight members at once make the four buckets, with history 1 and a retention for the archive only', async () => {
    const options = ownOptions();
    const backends = await Promise.all(Array.from({ length: 8 }, () => open(options)));
    assert.match(backends[0]?.serverVersion ?? '', /^2\.\d+\.\d+/);
    for (const bucket of ['members', 'slots', 'sessions', 'archive']) {
      const { config } = await streams.streams.info(`KV_${options.namespace}_${bucket}`);
      assert.equal(config.max_msgs_per_subject, 1);
      assert.equal(config.storage, 'file');
      assert.equal(config.discard, 'new');
      assert.deepEqual([config.deny_delete, config.allow_rollup_hdrs, config.allow_direct], [true, true, true]);
      assert.equal(config.max_age, bucket === 'archive' ? 90 * 86_400 * 1e9 : 0);
    }
  });

  it('changes the retention of an archive that is there, and nothing else', async () => {
    const options = ownOptions();
    await land((await open(options)).store.bucket('archive'), 'k.1', 0, 'kept');
    const again = await open({ ...options, retentionDays: 7 });
    const { config } = await streams.streams.info(`KV_${options.namespace}_archive`);
    assert.equal(config.max_age, 7 * 86_400 * 1e9);
    assert.equal(text(await again.store.bucket('archive').read('k.1', timeoutMs)), 'kept');
  });

  it('refuses a bucket whose entries would age out, that keeps several of a key, or that takes small ones only', async () => {
    for (const wrong of [{ max_age: 1e12 }, { max_msgs_per_subject: 5 }, { max_msg_size: 100_000 }]) {
      const options = ownOptions();
      const bucket = `${options.namespace}_sessions`;
      const good = { max_msgs_per_subject: 1, discard: 'new' as never, allow_direct: true };
      await streams.streams.add({ name: `KV_${bucket}`, subjects: [`$KV.${bucket}.>`], ...good, ...wrong });
      await assert.rejects(connectNats(options), { name: 'UnsuitableBucket', message: new RegExp(bucket) });
    }
  });

  it('refuses replicas that a single server can never have', async () => {
    await assert.rejects(connectNats({ ...ownOptions(), replicas: 3 }), { name: 'BucketRefused' });
  });

  it('refuses a server that takes too small messages, with both numbers; warns of one that takes small ones', async () => {
    const small = await startNats({ binary, storeDir: join(dir, 'small'), config: 'max_payload: 65535\n' });
    const warnings: object[] = [];
    const log = { ...silentLog, warn: (details: object) => void ('maxPayload' in details && warnings.push(details)) };
    const options = { ...ownOptions(), servers: [small.url], log };
    await assert.rejects(connectNats(options), { name: 'PayloadTooSmall', message: /65535 bytes.*65536/ });
    small.configure('max_payload: 65536\n');
    await small.restart();
    const backend = await open(options);
    assert.deepEqual(warnings, [{ maxPayload: 65_536, usual: 1_048_576 }]);
    const bucket = backend.store.bucket('sessions');
    const fill = (bytes: number) =>
      bucket.write(`k.${bytes}`, { value: new Uint8Array(bytes), expected: 0, timeoutMs });
    assert.equal((await fill(bucket.largestValue)).kind, 'landed');
    assert.equal((await fill(65_536)).kind, 'refused');
    const self = { id: 'm1', incarnation: 'i1' };
    const call = (bytes: number) => backend.messaging.call(self, new Uint8Array(bytes), timeoutMs);
    assert.equal((await call(backend.messaging.largestPayload + 1)).kind, 'tooLarge');
    assert.equal((await call(backend.messaging.largestPayload)).kind, 'noResponders');
    await backend.close();
    await small.kill();
  });

  it('refuses a server that is too old, with the reason', async () => {
    const proxy = await NatsProxy.open(server.port);
    proxy.disguise('2.10.27');
    await assert.rejects(connectNats({ ...ownOptions(), servers: [proxy.url] }), {
      name: 'UnsupportedServer',
      message: /2\.10\.27.*2\.11\.4.*hold different entries/,
    });
    await proxy.close();
  });

  it('warns of a server that should be newer, at the start and when it meets one later', async () => {
    const proxy = await NatsProxy.open(server.port);
    const warnings: object[] = [];
    const log = {
      ...silentLog,
      warn: (details: object, message: string) => void (/update it/.test(message) && warnings.push(details)),
    };
    proxy.disguise('2.11.4');
    const backend = await open({ ...ownOptions(), servers: [proxy.url], log });
    assert.deepEqual(warnings, [{ version: '2.11.4', wanted: '2.12.15' }]);
    proxy.disguise('2.14.3');
    await proxy.set('refused');
    await proxy.set('open');
    await waitFor('a word about it', () => warnings[1]);
    assert.deepEqual(warnings[1], { version: '2.14.3', wanted: '2.14.4' });
    await waitFor('it to be connected', () => backend.store.connected);
    await backend.close();
    await proxy.close();
  });

  it('does not use a server that was replaced by one that is too old, says so, and goes on when there is a good one', async () => {
    const proxy = await NatsProxy.open(server.port);
    const errors: object[] = [];
    const log = { ...silentLog, error: (details: object) => void errors.push(details) };
    const backend = await open({ ...ownOptions(), servers: [proxy.url], log });
    const bucket = backend.store.bucket('slots');
    const revision = await land(bucket, 'k.1', 0);
    const changes: boolean[] = [];
    backend.store.onConnection((connected) => changes.push(connected));
    proxy.disguise('2.10.27');
    await proxy.set('refused');
    await proxy.set('open');
    const said = (): boolean => errors.some((details) => /2\.10\.27 is too old/.test(JSON.stringify(details)));
    await waitFor('a word about it', said);
    const write = await bucket.write('k.1', { value: new Uint8Array(1), expected: revision, timeoutMs });
    assert.deepEqual([write.kind, changes], ['unavailable', [false]]);
    proxy.disguise(null);
    await waitFor('it to be connected', () => backend.store.connected);
    await land(bucket, 'k.1', revision);
    assert.deepEqual(changes, [false, true]);
    await backend.close();
    await proxy.close();
  });

  it('waits for NATS while it is away at the start and says so, until it comes or the start is given up', async () => {
    const port = await freePort();
    const said: string[] = [];
    const log = { ...silentLog, warn: (_: object, message: string) => void said.push(message) };
    const options = { ...natsOptions([`127.0.0.1:${port}`], 1), log };
    const givingUp = new AbortController();
    const givenUp = assert.rejects(connectNats(options, givingUp.signal), /changed my mind/);
    const starting = open(options);
    await waitFor('a word about it', () => said.includes('waiting for NATS'));
    givingUp.abort(new Error('changed my mind'));
    await givenUp;
    const late = await startNats({ binary, port, storeDir: join(dir, 'late') });
    await land((await starting).store.bucket('members'), 'k.1', 0);
    await late.kill();
  });

  it('remembers a server that was down at the start', async () => {
    const second = await startNats({ binary, storeDir: join(dir, 'second') });
    const port = await freePort();
    const options = { ...natsOptions([`127.0.0.1:${port}`, second.url], 1), namespace: 'both' };
    // Several: which of the servers a client tries first is left to chance.
    const backends = await Promise.all(Array.from({ length: 8 }, () => open(options)));
    const cutOff = new Set<NatsBackend>();
    for (const backend of backends) backend.store.onConnection(() => cutOff.add(backend));
    const first = await startNats({ binary, port, storeDir: join(dir, 'first') });
    await second.kill();
    const moved = (backend: NatsBackend): boolean => cutOff.has(backend) && backend.store.connected;
    await waitFor('all to be connected to the other', () => backends.every(moved));
    await Promise.all(backends.map((backend) => backend.close()));
    await first.kill();
  });

  it('no write carries a message id, and a value is stored with exactly the headers given', async () => {
    const options = ownOptions();
    const bucket = (await open(options)).store.bucket('slots');
    const headers = { Epoch: '7' };
    const outcome = await bucket.write('k.1', { value: new Uint8Array(1), expected: 0, headers, timeoutMs });
    assert.equal(outcome.kind, 'landed');
    const stored = await streams.streams.getMessage(`KV_${options.namespace}_slots`, {
      last_by_subj: `$KV.${options.namespace}_slots.k.1`,
    });
    assert.deepEqual(stored.header.keys(), ['Nats-Expected-Last-Subject-Sequence', 'Epoch']);
  });

  it('a header that would break out of its line is refused', async () => {
    const bucket = (await open(ownOptions())).store.bucket('slots');
    for (const headers of [{ Id: 'x\r\nNats-Msg-Id: y' }, { 'Bad name': 'x' }, { 'nats-Msg-Id': 'x' }]) {
      await assert.rejects(
        async () => bucket.write('k.2', { value: new Uint8Array(1), expected: 0, headers, timeoutMs }),
        TypeError,
      );
    }
  });

  it('S18 a bucket whose stream is deleted is in trouble by its name, an error is logged, and it heals', async () => {
    const options = ownOptions();
    const errors: object[] = [];
    const log = { ...silentLog, error: (details: object) => void errors.push(details) };
    const { store } = await open({ ...options, log });
    const archive = store.bucket('archive');
    const info = await streams.streams.info(`KV_${options.namespace}_archive`);
    assert.equal(archive.trouble, null);
    await streams.streams.delete(`KV_${options.namespace}_archive`);
    const trouble = await waitFor('it to be noticed', () => archive.trouble);
    assert.equal(trouble, `the bucket ${options.namespace}_archive: stream not found (10059)`);
    assert.equal(store.bucket('sessions').trouble, null);
    assert.deepEqual(errors, [{ bucket: `${options.namespace}_archive`, reason: 'stream not found (10059)' }]);
    await streams.streams.add(info.config);
    await waitFor('it to be there again', () => archive.trouble === null);
    await land(archive, 'k.1', 0);
  });

  it('S11 a follow whose consumer was deleted on the server begins a new pass', async () => {
    const options = ownOptions();
    const bucket = (await open(options)).store.bucket('slots');
    await land(bucket, 'k.1', 0);
    const seen = collect(bucket, { prefixes: ['k'] });
    await waitFor('the first pass', () => seen.newest('k.1'));
    const stream = `KV_${options.namespace}_slots`;
    for (const { name } of await streams.consumers.list(stream).next()) await streams.consumers.delete(stream, name);
    const later = await land(bucket, 'k.2', 0);
    await waitFor('the second pass', () => seen.passes.length === 2 && seen.newest('k.2')?.revision === later);
    assert.ok(seen.newest('k.1'));
    assert.deepEqual(seen.violations, []);
    seen.follow.stop();
    const left = async (): Promise<boolean> => (await streams.consumers.list(stream).next()).length === 0;
    // Sooner than the server would remove it by itself.
    await waitFor('no consumer to be left', left, { timeoutMs: 2_500 });
  });

  it('S11 a reconnect begins a new pass at once, without waiting for a silence', async () => {
    const proxy = await NatsProxy.open(server.port);
    const backend = await open({ ...ownOptions(), servers: [proxy.url] });
    const bucket = backend.store.bucket('slots');
    await land(bucket, 'k.1', 0);
    const seen = collect(bucket, { prefixes: ['k'] });
    await waitFor('the first pass', () => seen.newest('k.1'));
    await proxy.set('refused');
    await waitFor('it to notice', () => !backend.store.connected);
    await proxy.set('open');
    await waitFor('it to be connected', () => backend.store.connected);
    await waitFor('the second pass', () => seen.passes[1]?.length === 1, { timeoutMs: 1_500 });
    seen.follow.stop();
    await backend.close();
    await proxy.close();
  });

  it('a callback that throws does not harm the connection', async () => {
    const bucket = (await open(ownOptions())).store.bucket('slots');
    let thrown = 0;
    const seen = collect(bucket, { prefixes: ['k'] }, () => {
      thrown += 1;
      throw new Error('on purpose');
    });
    const revision = await land(bucket, 'k.1', await land(bucket, 'k.1', 0));
    await waitFor('the entries', () => seen.newest('k.1')?.revision === revision);
    assert.ok(thrown > 0);
    await land(bucket, 'k.1', revision);
  });

  it('a connection that swallows everything is given up within seconds, however much waits in it', async () => {
    const options = ownOptions();
    const proxy = await NatsProxy.open(server.port);
    const backend = await open({ ...options, servers: [proxy.url] });
    const bucket = backend.store.bucket('sessions');
    await land(bucket, 'k.1', 0);
    await proxy.set('blackhole');
    const value = new Uint8Array(512 * 1024);
    const writes = Array.from({ length: 64 }, (_, index) =>
      bucket.write(`big.${index}`, { value, expected: 0, timeoutMs: 60_000 }),
    );
    await waitFor('the connection to be given up', () => !backend.store.connected, { timeoutMs: 8_000 });
    assert.ok((await Promise.all(writes)).every(({ kind }) => kind === 'unknown'));
    await proxy.set('open');
    await waitFor('it to be connected again', () => backend.store.connected);
    await land(bucket, 'k.2', 0);
    await backend.close();
    await proxy.close();
  });
});
