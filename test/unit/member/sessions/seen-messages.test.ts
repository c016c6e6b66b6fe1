/**
 * A message that the network carries twice is applied once, however long its copy takes.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeReply, encodeFrame, type WireOperation } from '../../../../src/member/contract/rpc.ts';
import { SeenMessages } from '../../../../src/member/sessions/seen-messages.ts';
import { MemoryMessaging } from '../../../support/memory-messaging.ts';
import { act, allGames, bodyOf, LittleCluster, read, start } from '../little-cluster.ts';

const NOW = 1_000_000;

test('a message begins once, until its deadline', () => {
  const seen = new SeenMessages();
  assert.equal(seen.begin('a', NOW + 10, NOW), true);
  assert.equal(seen.begin('b', NOW + 10, NOW), true);
  assert.equal(seen.begin('a', NOW + 10, NOW + 10), false);
  assert.equal(seen.begin('c', NOW + 30, NOW + 11), true);
  assert.equal(seen.size, 1, 'whose deadline is over is forgotten');
});

test('the oldest make room', () => {
  const seen = new SeenMessages();
  for (let each = 0; each < 70_000; each += 1) seen.begin(`m${each}`, NOW + 10, NOW);
  assert.ok(seen.size <= 65_536);
  assert.equal(seen.begin('m69999', NOW + 10, NOW), false);
});

test('who said that it does not own the game does nothing for a copy of that message once it does', async () => {
  const cluster = new LittleCluster();
  const [a, b] = await cluster.of('a', 'b');
  assert.ok(a && b);
  const gameId = allGames.find((id) => a.member.location(id).owner === 'a') ?? '';
  const { slot } = a.member.location(gameId);
  const gateway = new MemoryMessaging(cluster.bus, cluster.broker.attach());
  const deadline = cluster.clock.wall() + 60_000;
  const command = { principal: 'p', id: 'c', keyed: true, again: false, receivedAt: deadline, fingerprint: 'f' };
  const operation = { ...start(gameId), command } as WireOperation;
  const send = async (message: string) => {
    const frame = encodeFrame({ type: 'execute', operation, slot, revision: 0, deadline, interested: false, message });
    const outcome = await cluster.finish(gateway.call(b.member.self, frame, 1_000));
    return outcome.kind === 'answer' ? decodeReply(outcome.payload).header.type : outcome.kind;
  };
  assert.equal(await send('once'), 'moved');
  await cluster.finish(a.member.stop());
  await cluster.until('b owns it', () => b.member.location(gameId).owner === 'b');
  assert.equal(await send('once'), 'timeout');
  assert.equal((await cluster.ask(b, read(gameId))).status, 404);
  assert.equal(await send('another'), 'answer');
  assert.equal((await cluster.ask(b, read(gameId))).status, 200);
  await cluster.end();
});

test('a copy that comes after more commands than the state remembers changes nothing', async () => {
  let lateMs: number | null = null;
  const cluster = new LittleCluster({ weather: { carry: () => (lateMs === null ? [0] : [0, lateMs]) } });
  const [a, b] = await cluster.of('a', 'b');
  assert.ok(a && b);
  const gameId = allGames.find((id) => a.member.location(id).owner === 'b') ?? '';
  await cluster.ask(a, start(gameId));
  lateMs = 5_000;
  assert.equal(bodyOf(await cluster.ask(a, act(gameId, null))).version, 2);
  lateMs = null;
  for (let each = 0; each < 120; each += 1) await cluster.ask(b, act(gameId));
  await cluster.clock.advance(6_000);
  assert.equal(bodyOf(await cluster.ask(a, read(gameId))).version, 122);
  await cluster.end();
});
