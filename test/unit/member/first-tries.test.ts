/**
 * A message that the network carries twice is applied once, however long its copy takes.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FirstTries } from '../../../src/member/first-tries.ts';
import type { RoutedOperation } from '../../../src/member/rpc.ts';
import { ADMIN } from '../../../src/session/permission.ts';
import { act, allGames, bodyOf, LittleCluster, read, start } from './little-cluster.ts';

const NOW = 1_000_000;

function command(id: string, marks: { keyed?: boolean; again?: boolean } = {}): RoutedOperation {
  const identity = { principal: 'p', id, keyed: false, again: false, receivedAt: NOW, fingerprint: '', ...marks };
  const input = { type: 'end_round', round: 1 } as const;
  return { kind: 'command', gameId: 'G', caller: ADMIN, may: ['admin'], input, command: identity };
}

test('a first try without a key begins once, until its deadline', () => {
  const tries = new FirstTries();
  assert.equal(tries.begin(command('a'), NOW + 10, NOW), true);
  assert.equal(tries.begin(command('b'), NOW + 10, NOW), true);
  assert.equal(tries.begin(command('a'), NOW + 10, NOW + 10), false);
  assert.equal(tries.begin(command('c'), NOW + 30, NOW + 11), true);
  assert.equal(tries.size, 1, 'whose deadline is over is forgotten');
});

test('repetitions, keyed commands and reads always begin: the state tells them', () => {
  const tries = new FirstTries();
  for (const operation of [command('a', { again: true }), command('b', { keyed: true }), readOf('G')]) {
    assert.equal(tries.begin(operation, NOW + 10, NOW), true);
    assert.equal(tries.begin(operation, NOW + 10, NOW), true);
  }
  assert.equal(tries.size, 0);
});

test('what was not applied may come again', () => {
  const tries = new FirstTries();
  assert.equal(tries.begin(command('a'), NOW + 10, NOW), true);
  tries.undo(command('a'));
  assert.equal(tries.begin(command('a'), NOW + 10, NOW), true);
});

test('the oldest make room', () => {
  const tries = new FirstTries();
  for (let each = 0; each < 70_000; each += 1) tries.begin(command(`c${each}`), NOW + 10, NOW);
  assert.ok(tries.size <= 65_536);
  assert.equal(tries.begin(command('c69999'), NOW + 10, NOW), false);
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

function readOf(gameId: string): RoutedOperation {
  return { kind: 'read', gameId, caller: ADMIN, may: ['admin'], consistency: 'strong' };
}
