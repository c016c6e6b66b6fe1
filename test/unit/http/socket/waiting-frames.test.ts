/** How old a frame may be that had to wait for its turn, or that was read after a pause. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WaitingFrames } from '../../../../src/http/socket/waiting-frames.ts';
import type { Answer } from '../../../../src/member/contract/gateway.ts';
import { listeningEdge, SocketClient, until } from '../edge-fixture.ts';

const data = Buffer.from('{}');

test('what is read while nothing waits has just come', () => {
  assert.equal(new WaitingFrames().read(data, 5).since, null);
});

test('what waits came when it was read, or when reading was stopped', () => {
  const frames = new WaitingFrames();
  frames.push(frames.read(data, 100), 100);
  frames.push(frames.read(data, 150), 150);
  assert.deepEqual([frames.next()?.since, frames.next()?.since, frames.isEmpty], [100, 100, true]);
});

test('what is read soon after a pause may have waited in the connection since that began, and no longer', () => {
  const frames = new WaitingFrames();
  frames.push(frames.read(data, 100), 100);
  frames.next();
  frames.resumed(5_000);
  assert.equal(frames.read(data, 5_999).since, 100);
  assert.equal(frames.read(data, 6_000).since, null);
  // Pauses that follow each other make nothing older and older.
  frames.push(frames.read(data, 5_500), 5_500);
  assert.equal(frames.next()?.since, 100);
  frames.resumed(5_600);
  assert.equal(frames.read(data, 5_700).since, 5_500);
});

test('a command that waited until its socket was let in says so, one that came after that does not', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  const { promise: admitted, resolve: letIn } = Promise.withResolvers<Answer>();
  const done: Answer = { status: 200, body: '{}', owner: 'm2' };
  gateway.answerWith = (operation) => (operation.kind === 'read' ? admitted : done);
  const client = await SocketClient.open(t, port);
  const body = { round: 1, playerId: 'p0' };
  const early = client.ask('commit_round', { idempotencyKey: 'K1', body });
  const commands = () => gateway.operations.flatMap((operation) => ('command' in operation ? [operation.command] : []));
  await until('the look at the game', () => gateway.operations.length > 0);
  // The frame was sent before: whoever answers this has read it.
  for (let count = 0; count < 3; count += 1) await fetch(`http://127.0.0.1:${port}/livez`);
  letIn(done);
  await early;
  assert.ok((commands()[0]?.waitedMs ?? -1) >= 0);

  const other = await SocketClient.open(t, port);
  await other.ask('get_game');
  await other.ask('commit_round', { idempotencyKey: 'K2', body });
  assert.equal(commands()[1]?.waitedMs, undefined);
});
