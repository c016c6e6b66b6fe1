/**
 * What one look at a peer tells: both ways to it, told apart.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ProbeResult, probePeer } from '../../../../src/member/membership/probe.ts';
import type { CallOutcome, Messaging, Peer, ProbeOutcome } from '../../../../src/ports/messaging.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const refused: ProbeOutcome = { kind: 'refused' };
const silent: ProbeOutcome = { kind: 'silent' };
const itself: ProbeOutcome = { kind: 'answered', id: 'm', incarnation: 'i1' };
const successor: ProbeOutcome = { kind: 'answered', id: 'm', incarnation: 'i2' };
const stranger: ProbeOutcome = { kind: 'answered', id: 'x', incarnation: 'i9' };

/** A network in which only this peer's subject and addresses exist. */
function network(call: CallOutcome, found: readonly ProbeOutcome[], called: Peer[] = []): Messaging {
  return {
    largestPayload: 1024 * 1024,
    call: async (peer) => {
      called.push(peer);
      return call;
    },
    probe: async (address) => found[Number(address)] ?? refused,
    answer: () => assert.fail('a probe registers nothing'),
    publish: () => assert.fail('a probe publishes nothing'),
    subscribe: () => assert.fail('a probe subscribes to nothing'),
  };
}

async function look(call: CallOutcome['kind'], found: readonly ProbeOutcome[]): Promise<ProbeResult> {
  const outcome: CallOutcome = call === 'answer' ? { kind: call, payload: new Uint8Array(0) } : { kind: call };
  const record = { addresses: found.map((_, index) => String(index)) };
  return probing(network(outcome, found), record);
}

async function probing(messaging: Messaging, record: { readonly addresses: readonly string[] }): Promise<ProbeResult> {
  const clock = new ManualClock();
  const result = probePeer({ messaging, clock }, { id: 'm', incarnation: 'i1', record }, 100);
  await clock.advance(100);
  return result;
}

const addressCases: readonly [string, readonly ProbeOutcome[], ProbeResult['address']][] = [
  ['refused', [refused], 'gone'],
  ['every one refused', [refused, refused], 'gone'],
  ['a newer process of the same member answers', [successor], 'gone'],
  ['it answers itself', [itself], 'alive'],
  ['one refused, at the other it answers', [refused, itself], 'alive'],
  ['one says nothing', [refused, silent], 'unknown'],
  ['nothing is heard', [silent], 'unknown'],
  ['another member answers: it proves nothing about this one', [stranger], 'unknown'],
  ['another member at one, refused at the other', [stranger, refused], 'unknown'],
  ['no address at all proves nothing', [], 'unknown'],
];

for (const [name, found, expected] of addressCases) {
  test(`address: ${name}`, async () => assert.equal((await look('noResponders', found)).address, expected));
}

test('its subject: answered, nobody there, or nothing to tell', async () => {
  const kinds = ['answer', 'noResponders', 'timeout', 'disconnected'] as const;
  const found = await Promise.all(kinds.map((kind) => look(kind, [silent])));
  assert.deepEqual(
    found.map(({ rpc }) => rpc),
    ['answered', 'noResponders', 'unknown', 'unknown'],
  );
});

test('it asks exactly that incarnation, again and again while nothing is heard', async () => {
  const called: Peer[] = [];
  await probing(network({ kind: 'timeout' }, [], called), { addresses: [] });
  assert.ok(called.length > 2, `asked ${called.length} times`);
  for (const peer of called) assert.deepEqual(peer, { id: 'm', incarnation: 'i1' });
});

test('a process that dies during the look is seen dead at its end', async () => {
  let calls = 0;
  let probes = 0;
  const messaging: Messaging = {
    ...network({ kind: 'timeout' }, []),
    call: async () => (++calls > 2 ? { kind: 'noResponders' } : { kind: 'timeout' }),
    probe: async () => (++probes > 2 ? refused : silent),
  };
  assert.deepEqual(await probing(messaging, { addresses: ['0'] }), { rpc: 'noResponders', address: 'gone' });
});
