/**
 * When it is said that NATS stores nothing: late enough, not too often, and with the reason.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { toMissing, toWriteOutcome } from '../../../src/adapters/nats/entries.ts';
import type { Reply } from '../../../src/adapters/nats/wire.ts';
import { WriteWatch } from '../../../src/adapters/nats/write-watch.ts';
import { ManualClock } from '../../support/manual-clock.ts';

let clock: ManualClock;
let said: [string, object][];
let watch: WriteWatch;

beforeEach(() => {
  clock = new ManualClock();
  said = [];
  const say = (details: object, message: string) => void said.push([message, details]);
  watch = new WriteWatch('x_sessions', clock, { info: say, warn: say, error: say });
});

function answered(content: object): Reply {
  const payload = Buffer.from(JSON.stringify(content));
  return { kind: 'message', message: { subject: '', reply: '', headers: null, payload } };
}

const refused = (code: number, description: string) => answered({ error: { err_code: code, description } });
const landed = answered({ seq: 4 });
const stale = refused(10071, 'wrong last sequence: 3');
const saw = (reply: Reply) => watch.saw(reply, toWriteOutcome(reply));

/** Writes once a second for so long. */
async function writes(reply: Reply, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    saw(reply);
    await clock.advance(1_000);
  }
}

test('an election is nothing to speak of', async () => {
  await writes(refused(10008, 'JetStream system temporarily unavailable'), 10);
  saw(landed);
  assert.deepEqual(said, []);
});

test('what lasts is said with its reason, again every half a minute, and once when it is over', async () => {
  await writes({ kind: 'timeout' }, 41);
  saw(landed);
  await writes(landed, 5);
  const about = { bucket: 'x_sessions', reason: 'no acknowledgement' };
  assert.deepEqual(said, [
    ['NATS stores nothing in this bucket', { ...about, forMs: 10_000 }],
    ['NATS stores nothing in this bucket', { ...about, forMs: 40_000 }],
    ['NATS stores again in this bucket', { bucket: 'x_sessions' }],
  ]);
});

test('every failure has its reason', async () => {
  const reasons: [Reply, string][] = [
    [{ kind: 'noResponders' }, 'nobody takes it: the stream is gone, or JetStream is off'],
    [{ kind: 'denied' }, 'not allowed'],
    [refused(10047, 'insufficient storage resources available'), 'insufficient storage resources available (10047)'],
    [answered({}), 'an answer that is none'],
  ];
  for (const [reply, reason] of reasons) {
    said.length = 0;
    await writes(reply, 11);
    assert.deepEqual(said, [['NATS stores nothing in this bucket', { bucket: 'x_sessions', reason, forMs: 10_000 }]]);
    saw(landed);
  }
});

test('a conflict shows that the bucket works; it begins anew after every write that NATS decided on', async () => {
  await writes({ kind: 'timeout' }, 9);
  saw(stale);
  await writes({ kind: 'timeout' }, 10);
  assert.deepEqual(said, []);
});

test('few writes are enough', async () => {
  saw({ kind: 'noResponders' });
  await clock.advance(60_000);
  assert.deepEqual(said, []);
  saw({ kind: 'noResponders' });
  assert.equal(said.length, 1);
});

test('a connection that is away, a write that is too large, and one that is in another one’s way are none of its business', async () => {
  const others: Reply[] = [
    { kind: 'notSent' },
    { kind: 'lost' },
    { kind: 'tooLarge' },
    refused(10054, 'message size exceeds maximum allowed'),
    refused(10158, 'another write is in flight'),
  ];
  for (const reply of others) await writes(reply, 60);
  assert.deepEqual(said, []);
});

test('it is trouble as long as it is tried in vain, and no longer: who is asked for nothing any more must come back', async () => {
  await writes({ kind: 'denied' }, 10);
  assert.equal(watch.trouble, null);
  await writes({ kind: 'denied' }, 2);
  assert.equal(watch.trouble, 'the bucket x_sessions: not allowed');
  await clock.advance(15_000);
  assert.equal(watch.trouble, null);
  saw({ kind: 'denied' });
  assert.equal(watch.trouble, 'the bucket x_sessions: not allowed');
  saw(landed);
  assert.equal(watch.trouble, null);
});

test('what an election looks like is trouble only after half a minute: members wait for it, they do not leave', async () => {
  const leaderless: Reply[] = [
    { kind: 'timeout' },
    { kind: 'noResponders' },
    refused(10008, 'temporarily unavailable'),
  ];
  for (const reply of leaderless) {
    await writes(reply, 30);
    assert.equal(watch.trouble, null, reply.kind);
    await writes(reply, 1);
    assert.match(watch.trouble ?? '', /^the bucket x_sessions: /);
    saw(landed);
    assert.equal(watch.trouble, null);
  }
  await writes({ kind: 'timeout' }, 20);
  saw(refused(10077, 'no space left on device'));
  assert.match(watch.trouble ?? '', /no space left/);
});

test('a stream that is gone is trouble at once, said once, until it is there again', () => {
  const look = (reply: Reply) => watch.looked(toMissing(reply));
  look(answered({ config: {} }));
  const gone = refused(10059, 'stream not found');
  for (const reply of [gone, gone, { kind: 'timeout' } as const, refused(10008, 'unavailable')]) look(reply);
  assert.equal(watch.trouble, 'the bucket x_sessions: stream not found (10059)');
  look(answered({ config: {} }));
  assert.equal(watch.trouble, null);
  const about = { bucket: 'x_sessions', reason: 'stream not found (10059)' };
  assert.deepEqual(said, [
    ['the bucket is gone: members make none while they run', about],
    ['the bucket is there again', { bucket: 'x_sessions' }],
  ]);
});
