/**
 * The answer to a read of many keys counts only if it is whole, of the right stream, and said to be over.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { NatsStore } from '../../../src/adapters/nats/store.ts';
import { type Selected, StoreUnavailable } from '../../../src/ports/store.ts';
import { waitFor } from '../../support/wait.ts';
import { Lab } from './nats-lab.ts';

const SUBJECT = '$JS.API.DIRECT.GET.KV_ns_sessions';

interface Part {
  readonly headers: string;
  readonly value?: string;
}

const part = (key: string, revision: number, last: number, { stream = 'KV_ns_sessions', more = 0 } = {}): Part => ({
  headers:
    `NATS/1.0\r\nMinotaur-Write: w${revision}\r\nNats-Stream: ${stream}\r\nNats-Subject: $KV.ns_sessions.${key}\r\n` +
    `Nats-Sequence: ${revision}\r\nNats-Time-Stamp: 2026-01-02T03:04:05.678901234Z\r\n` +
    `Nats-Num-Pending: ${more}\r\nNats-Last-Sequence: ${last}`,
  value: `value of ${key}`,
});
const end = (last: number, pending = 0): Part => ({
  headers: `NATS/1.0 204 EOB\r\nNats-Num-Pending: ${pending}\r\nNats-Last-Sequence: ${last}\r\nNats-UpTo-Sequence: 99`,
});
const error = (status: string): Part => ({ headers: `NATS/1.0 ${status}` });

/** What comes of an answer of these parts, and what was asked. */
async function answered(t: TestContext, parts: readonly Part[]): Promise<{ result: Selected | 'none'; lab: Lab }> {
  const lab = await Lab.start(t);
  const bucket = new NatsStore(lab.wire, 'ns').bucket('sessions');
  const state: { result: Selected | 'none' | null } = { result: null };
  bucket.readMany({ keys: ['7._.barrier'], prefixes: ['1', '2'], timeoutMs: 500 }).then(
    (result) => {
      state.result = result;
    },
    (reason: unknown) => {
      assert.ok(reason instanceof StoreUnavailable, String(reason));
      state.result = 'none';
    },
  );
  const reply = await lab.replyTo(SUBJECT);
  for (const { headers, value = '' } of parts) lab.server.deliver(reply, value, { headers });
  await lab.settled();
  if (state.result === null) await lab.clock.advance(520);
  return { result: await waitFor('the end', () => state.result), lab };
}

test('it asks for keys and whole tokens, and says how many bytes may come', async (t) => {
  const { lab } = await answered(t, [end(0)]);
  const [request] = lab.server.to(SUBJECT);
  assert.deepEqual(JSON.parse(request?.payload ?? ''), {
    multi_last: ['$KV.ns_sessions.7._.barrier', '$KV.ns_sessions.1.>', '$KV.ns_sessions.2.>'],
    max_bytes: 4_194_304,
  });
});

test('a whole answer gives its entries as they were written', async (t) => {
  const marker = part('2.b', 9, 5);
  const deleted = { headers: `${marker.headers}\r\nKV-Operation: DEL` };
  const { result } = await answered(t, [part('1.a', 5, 0, { more: 1 }), deleted, end(9)]);
  const writtenAt = Date.parse('2026-01-02T03:04:05.678Z');
  const entries = result !== 'none' && result.kind === 'entries' ? result.entries : assert.fail(String(result));
  assert.deepEqual(
    entries.map(({ value, ...entry }) => ({ ...entry, value: new TextDecoder().decode(value) })),
    [
      {
        key: '1.a',
        revision: 5,
        headers: { 'Minotaur-Write': 'w5' },
        deleted: false,
        writtenAt,
        value: 'value of 1.a',
      },
      { key: '2.b', revision: 9, headers: { 'Minotaur-Write': 'w9' }, deleted: true, writtenAt, value: '' },
    ],
  );
});

test('an answer of nothing is one', async (t) => {
  const { result } = await answered(t, [error('404 No Results')]);
  assert.deepEqual(result, { kind: 'entries', entries: [] });
});

const tooMany: readonly [string, readonly Part[]][] = [
  ['the server refuses so many', [error('413 Too Many Results')]],
  ['bytes cut it off', [part('1.a', 5, 0, { more: 3 }), end(5, 3)]],
];
for (const [what, parts] of tooMany) {
  test(`too many: ${what}`, async (t) => {
    assert.deepEqual((await answered(t, parts)).result, { kind: 'tooMany' });
  });
}

const [a, b, c] = [part('1.a', 5, 0), part('1.b', 7, 5), part('2.c', 9, 7)];
const broken: readonly [string, readonly Part[]][] = [
  ['its first part is lost', [b, c, end(9)]],
  ['a part in the middle is lost', [a, c, end(9)]],
  ['its last part is lost', [a, b, end(9)]],
  ['all parts are lost', [end(9)]],
  ['its end is lost', [a, b, c]],
  ['a part comes twice', [a, a, b, c, end(9)]],
  ['parts are out of order', [b, a, c, end(9)]],
  ['an entry was replaced before it could be sent', [a, b, error('404 Message Not Found')]],
  ['its first entry was replaced before it could be sent', [error('404 Message Not Found')]],
  ['there are no results after some', [a, error('404 No Results')]],
  ['it ends with an error', [a, error('500 store is closed')]],
  ['a mirror answers', [part('1.a', 5, 0, { stream: 'MIRROR' }), end(5)]],
  ['another bucket answers', [{ headers: a.headers.replace('ns_sessions.1', 'ns_slots.1') }, end(5)]],
  ['a part has no revision', [{ headers: a.headers.replace(/Nats-Sequence: 5\r\n/, '') }, end(5)]],
  ['the end does not say what is pending', [a, { headers: 'NATS/1.0 204 EOB\r\nNats-Last-Sequence: 5' }]],
  ['the end does not say what was last', [a, { headers: 'NATS/1.0 204 EOB\r\nNats-Num-Pending: 0' }]],
  ['the request is not understood', [error('408 Bad Request')]],
  ['nobody is there', [error('503')]],
  ['nothing comes', []],
];
for (const [what, parts] of broken) {
  test(`no answer: ${what}`, async (t) => {
    assert.equal((await answered(t, parts)).result, 'none');
  });
}

test('no answer: the connection ends in the middle, the request is denied, or is not sent', async (t) => {
  const lab = await Lab.start(t);
  const bucket = new NatsStore(lab.wire, 'ns').bucket('sessions');
  const ask = () => bucket.readMany({ keys: [], prefixes: ['1'], timeoutMs: 500 });
  const denied = assert.rejects(ask(), StoreUnavailable);
  await lab.replyTo(SUBJECT);
  lab.server.say(`-ERR 'Permissions Violation for Publish to "${SUBJECT}"'\r\n`);
  await denied;
  const cut = assert.rejects(ask(), StoreUnavailable);
  const reply = await lab.replyTo(SUBJECT, 2);
  lab.server.deliver(reply, 'v', { headers: a.headers });
  await lab.settled();
  await lab.cut();
  await cut;
  await assert.rejects(ask(), StoreUnavailable);
});

test('parts that come after the end reach nobody', async (t) => {
  const { result, lab } = await answered(t, [a, end(5), b, end(7)]);
  assert.equal(result !== 'none' && result.kind === 'entries' && result.entries.length, 1);
  await lab.settled();
  assert.deepEqual(lab.lines, []);
});
