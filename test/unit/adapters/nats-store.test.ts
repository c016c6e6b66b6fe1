/**
 * What comes of a write or a read is what NATS said, and nothing that it did not say.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NatsStore } from '../../../src/adapters/nats/store.ts';
import type { Bucket } from '../../../src/ports/store.ts';
import { Lab } from './nats-lab.ts';

const value = Buffer.from('v');
const write = (bucket: Bucket) => bucket.write('k.1', { value, expected: 4, headers: { Epoch: '7' }, timeoutMs: 500 });
const refused = (err_code: number, code = 400) => JSON.stringify({ error: { code, err_code, description: 'because' } });

const outcomes: readonly [string, string, object][] = [
  ['an acknowledgement', '{"stream":"s","seq":5}', { kind: 'landed', revision: 5 }],
  ['an acknowledgement of another write', '{"stream":"s","seq":5,"duplicate":true}', { kind: 'unknown' }],
  ['an acknowledgement without a revision', '{"stream":"s","seq":0}', { kind: 'unknown' }],
  ['an acknowledgement of nothing', '{}', { kind: 'unknown' }],
  ['a conflict', refused(10071), { kind: 'stale' }],
  ['another write in flight', refused(10158), { kind: 'busy' }],
  ['another write in flight, as older servers say it', refused(10164), { kind: 'busy' }],
  ['no leader', refused(10008, 503), { kind: 'unavailable' }],
  ['no room', refused(10023, 503), { kind: 'unavailable' }],
  ['too large for the stream', refused(10054), { kind: 'refused', reason: 'because' }],
  ['an error that nobody has heard of', refused(19_999), { kind: 'unknown' }],
  ['an error without a code', '{"error":{}}', { kind: 'unknown' }],
  ['no JSON', 'what?', { kind: 'unknown' }],
  ['nothing', '', { kind: 'unknown' }],
  ['null', 'null', { kind: 'unknown' }],
  ['a number', '7', { kind: 'unknown' }],
];

test('a write is what its answer says', async (t) => {
  const lab = await Lab.start(t);
  const bucket = new NatsStore(lab.wire, 'ns').bucket('slots');
  for (const [index, [what, answer, outcome]] of outcomes.entries()) {
    const writing = write(bucket);
    lab.server.deliver(await lab.replyTo('$KV.ns_slots.k.1', index + 1), answer);
    assert.deepEqual(await writing, outcome, what);
  }
  const [first] = lab.server.published;
  assert.equal(first?.headers, 'NATS/1.0\r\nNats-Expected-Last-Subject-Sequence: 4\r\nEpoch: 7\r\n\r\n');
  assert.equal(first?.payload, 'v');
});

test('a write that is not answered, or not sent, is never more than that', async (t) => {
  const lab = await Lab.start(t);
  const bucket = new NatsStore(lab.wire, 'ns').bucket('slots');
  const unanswered = write(bucket);
  await lab.replyTo('$KV.ns_slots.k.1');
  await lab.clock.advance(520);
  assert.deepEqual(await unanswered, { kind: 'unknown' });
  const nobody = write(bucket);
  lab.server.deliver(await lab.replyTo('$KV.ns_slots.k.1', 2), '', { headers: 'NATS/1.0 503' });
  assert.deepEqual(await nobody, { kind: 'unavailable' });
  const denied = write(bucket);
  await lab.replyTo('$KV.ns_slots.k.1', 3);
  lab.server.say(`-ERR 'Permissions Violation for Publish to "$KV.ns_slots.k.1"'\r\n`);
  assert.deepEqual(await denied, { kind: 'unknown' });
  const large = await bucket.write('k.1', { value: Buffer.alloc(1_048_576), expected: 0, timeoutMs: 500 });
  assert.equal(large.kind, 'refused');
  const cut = write(bucket);
  await lab.replyTo('$KV.ns_slots.k.1', 4);
  await lab.cut();
  assert.deepEqual(await cut, { kind: 'unknown' });
  assert.deepEqual(await write(bucket), { kind: 'unavailable' });
});

test('a deletion names what it replaces and leaves a marker', async (t) => {
  const lab = await Lab.start(t);
  const removing = new NatsStore(lab.wire, 'ns').bucket('slots').remove('k.1', { expected: 0, timeoutMs: 500 });
  lab.server.deliver(await lab.replyTo('$KV.ns_slots.k.1'), '{"seq":9}');
  assert.deepEqual(await removing, { kind: 'landed', revision: 9 });
  const [{ headers, payload } = {}] = lab.server.published;
  assert.deepEqual(
    [headers, payload],
    ['NATS/1.0\r\nNats-Expected-Last-Subject-Sequence: 0\r\nKV-Operation: DEL\r\n\r\n', ''],
  );
});

test('a read is an entry, nothing, or no answer; what is none of these is no answer', async (t) => {
  const lab = await Lab.start(t);
  const bucket = new NatsStore(lab.wire, 'ns').bucket('slots');
  const subject = '$JS.API.DIRECT.GET.KV_ns_slots.$KV.ns_slots.k.1';
  let count = 0;
  const read = async (payload: string, headers?: string) => {
    const reading = bucket.read('k.1', 500);
    count += 1;
    lab.server.deliver(await lab.replyTo(subject, count), payload, headers === undefined ? {} : { headers });
    return reading;
  };
  const found = 'NATS/1.0\r\nNats-Sequence: 12\r\nNats-Time-Stamp: 2026-01-02T03:04:05.678Z\r\nepoch: 3';
  assert.deepEqual(await read('state', found), {
    key: 'k.1',
    revision: 12,
    value: Buffer.from('state'),
    headers: { epoch: '3' },
    deleted: false,
    writtenAt: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  });
  assert.equal((await read('', `${found}\r\nKV-Operation: DEL`))?.deleted, true);
  assert.equal(await read('', 'NATS/1.0 404 Message Not Found'), null);
  const unavailable = { name: 'StoreUnavailable' };
  await assert.rejects(read('', 'NATS/1.0 503'), unavailable);
  await assert.rejects(read('', 'NATS/1.0 408 Bad Request'), unavailable);
  await assert.rejects(read('state'), unavailable);
  await assert.rejects(read('state', 'NATS/1.0\r\nNats-Sequence: 0'), unavailable);
  const late = assert.rejects(bucket.read('k.1', 500), unavailable);
  await lab.replyTo(subject, count + 1);
  await lab.clock.advance(520);
  await late;
});

test('a purge is done if NATS says so', async (t) => {
  const lab = await Lab.start(t);
  const bucket = new NatsStore(lab.wire, 'ns').bucket('members');
  const subject = '$JS.API.STREAM.PURGE.KV_ns_members';
  let count = 0;
  const purge = async (answer: string) => {
    const purging = bucket.purge('m.1', 8);
    count += 1;
    lab.server.deliver(await lab.replyTo(subject, count), answer);
    return purging;
  };
  await purge('{"success":true,"purged":1}');
  assert.deepEqual(JSON.parse(lab.server.published[0]?.payload ?? ''), { filter: '$KV.ns_members.m.1', seq: 9 });
  const failed = { name: 'StoreUnavailable' };
  await assert.rejects(purge(refused(10008, 503)), failed);
  await assert.rejects(purge('what?'), failed);
});
