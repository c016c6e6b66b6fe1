/**
 * Webhooks end to end: real members, a real receiver that verifies signatures, and kill -9 between an event and its delivery.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { expectStatus } from '../support/client.ts';
import { TestCluster } from '../support/cluster.ts';
import type { MemberProcess } from '../support/member-process.ts';
import { waitFor } from '../support/wait.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

const secretOf = (byte: number) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`;
const FIRST = ['game_started 1', 'round_started 1'];
const SECOND = ['round_ended 1', 'round_started 2'];
/** More than the pauses after a few failures, and what a busy machine takes to start members. */
const patience = { timeoutMs: 90_000 };

function settings(url: string, more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return {
    MINOTAUR_WEBHOOK_URL: url,
    MINOTAUR_WEBHOOK_SECRETS: secretOf(1),
    MINOTAUR_WEBHOOK_NETWORKS: '127.0.0.0/8',
    MINOTAUR_WEBHOOK_TIMEOUT_MS: '1000',
    ...more,
  };
}

async function members(cluster: TestCluster, ...ids: readonly string[]): Promise<MemberProcess[]> {
  const prepared = await Promise.all(ids.map((id) => cluster.prepareMember(id)));
  for (const member of prepared) member.start();
  await Promise.all(prepared.map((member) => member.ready(patience.timeoutMs)));
  return prepared;
}

async function begin(by: MemberProcess, id: string): Promise<void> {
  const players = { p0: { id: 'p0', displayName: 'Ada' } };
  const body = { game: { id, players, settings: { roundSeconds: 3_600 } } };
  expectStatus(await by.send('POST', `/v1/games/${id}/continue`, { key: randomUUID(), body }), 201);
}

async function endRound(by: MemberProcess, id: string, round: number): Promise<void> {
  expectStatus(await by.send('POST', `/v1/games/${id}/rounds/${round}/end`, { key: randomUUID(), body: {} }), 200);
}

async function leave(by: MemberProcess, id: string): Promise<void> {
  expectStatus(await by.send('DELETE', `/v1/games/${id}/players/p0`, { key: randomUUID() }), 204);
}

async function ownerOf(asked: MemberProcess, id: string): Promise<string> {
  const reply = await asked.send('GET', `/v1/games/${id}`);
  return String(reply.headers['x-minotaur-owner']);
}

function told(receiver: WebhookReceiver, id: string, ...events: string[]): Promise<boolean> {
  const what = `${id} is told ${events}`;
  return waitFor(what, () => receiver.told(id).join() === events.join(), patience);
}

test('what owners had not delivered when they were killed is delivered by others, in order, the end of a game too', async (t) => {
  await using receiver = await WebhookReceiver.open(secretOf(1));
  const cluster = await TestCluster.start(t, { environment: settings(receiver.url) });
  const [one, two, three] = await members(cluster, 'm1', 'm2', 'm3');
  assert.ok(one && two && three);
  await cluster.settled(patience.timeoutMs);
  const ids = Array.from({ length: 9 }, (_, index) => `GAME${index}`);
  for (const id of ids) await begin(one, id);
  for (const id of ids) await told(receiver, id, ...FIRST);

  // From here on it takes nothing. Some requests are refused, others hang while their sender dies.
  receiver.treat = ({ gameId }) => (gameId < 'GAME5' ? 500 : 'hang');
  for (const id of ids) await endRound(one, id, 1);
  const owned = await Promise.all(ids.map((id) => ownerOf(three, id)));
  assert.ok(owned.includes('m1') && owned.includes('m2'), `nothing is at stake: ${owned}`);
  const over = ids.filter((_, index) => index % 3 === 0);
  for (const id of over) await leave(three, id);
  await waitFor('it was tried', () => receiver.seen.length > 2 * ids.length, patience);
  await Promise.all([one.kill(), two.kill()]);
  receiver.treat = () => 204;

  const last = ['round_ended 2', 'game_concluded 2'];
  for (const id of ids) await told(receiver, id, ...FIRST, ...SECOND, ...(over.includes(id) ? last : []));
  assert.deepEqual(receiver.wrong, []);
  const asked = receiver.accepted.findLast(({ what }) => what === 'round_started 2')?.data.asked;
  assert.ok(Array.isArray(asked));
  // What was told is the same for whoever tells it.
  const whats = new Map(receiver.seen.map(({ id, gameId, what }) => [id, `${gameId} ${what}`]));
  assert.equal(new Set(whats.values()).size, whats.size, 'an event has one id');
});

test('a receiver that is slow to recover gets everything; a redirect is no yes, and is not followed', async (t) => {
  await using receiver = await WebhookReceiver.open(secretOf(1));
  const cluster = await TestCluster.start(t, { environment: settings(receiver.url) });
  const [member] = await members(cluster, 'm1');
  assert.ok(member);
  receiver.treat = () => 302;
  await begin(member, 'G');
  await waitFor('it was redirected', () => receiver.seen.length > 0, patience);
  receiver.treat = () => 500;
  const before = receiver.seen.length;
  await waitFor('it was refused', () => receiver.seen.length > before, patience);
  receiver.treat = () => 'hang';
  const silent = async () => (await member.send('GET', '/metrics')).text.includes('attempts_total{outcome="silent"} 1');
  await waitFor('it hung', silent, patience);
  // Nobody who plays feels any of it.
  await endRound(member, 'G', 1);
  receiver.treat = () => 204;
  await told(receiver, 'G', ...FIRST, ...SECOND);
  assert.deepEqual([...receiver.paths], ['/minotaur']);
  const { text } = await member.send('GET', '/metrics');
  assert.match(text, /minotaur_webhook_attempts_total\{outcome="delivered"\} 4\n/);
  assert.match(text, /minotaur_webhook_games 0\n/);
});

test('while a secret is replaced the receiver may have either', async (t) => {
  await using receiver = await WebhookReceiver.open(secretOf(2));
  const secrets = { MINOTAUR_WEBHOOK_SECRETS: `${secretOf(1)},${secretOf(2)}` };
  const cluster = await TestCluster.start(t, { environment: settings(receiver.url, secrets) });
  const [member] = await members(cluster, 'm1');
  assert.ok(member);
  await begin(member, 'G');
  await told(receiver, 'G', ...FIRST);
  assert.deepEqual(receiver.wrong, []);
});

test('events are given up, loudly, once they are older than they may be', async (t) => {
  await using receiver = await WebhookReceiver.open(secretOf(1));
  receiver.treat = () => 500;
  const environment = settings(receiver.url, { MINOTAUR_WEBHOOK_GIVE_UP_MS: '1000' });
  const cluster = await TestCluster.start(t, { environment });
  const [member] = await members(cluster, 'm1');
  assert.ok(member);
  await begin(member, 'G');
  const given = async () => /given_up_total\{reason="age"\} 2\n/.test((await member.send('GET', '/metrics')).text);
  await waitFor('both events are given up', given, patience);
  assert.match(member.output, /"event":"webhook_given_up"/);
  receiver.treat = () => 204;
  await endRound(member, 'G', 1);
  await told(receiver, 'G', ...SECOND);
});

test('a host that is not allowed is refused at the start, by name', async (t) => {
  const cluster = await TestCluster.start(t);
  const member = await cluster.prepareMember('m1', settings('http://127.0.0.1:9/', { MINOTAUR_WEBHOOK_NETWORKS: '' }));
  member.start();
  const exit = await waitFor('it exits', () => member.child.exit, patience);
  assert.equal(exit.code, 78);
  assert.match(member.output, /MINOTAUR_WEBHOOK_URL: must be https:/);
});
