/**
 * With the limits that members have by default, a client that sends too much is told so, and nobody else notices.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import WebSocket from 'ws';
import { adminToken } from '../support/client.ts';
import { judgeGenerally } from './judge/answers.ts';
import { Control } from './run/control.ts';
import { FuzzCluster } from './run/fuzz-cluster.ts';
import { Connection } from './wire/connection.ts';

/** By status, how often `count` requests were answered with it; each answer is looked at. */
async function flood(
  port: number,
  count: number,
  request: readonly string[],
  body = '',
): Promise<Record<string, number>> {
  const connection = await Connection.open(port);
  const head = [...request, 'Host: fuzzed', 'Content-Type: application/json', `Content-Length: ${body.length}`];
  const statuses: number[] = [];
  for (let sent = 0; sent < count; sent += 1) {
    const answer = await connection.ask(Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`));
    assert.ok(answer);
    judgeGenerally(answer);
    statuses.push(answer.status);
  }
  connection.cut();
  return Object.fromEntries(
    Object.entries(Object.groupBy(statuses, String)).map(([status, all]) => [status, all?.length ?? 0]),
  );
}

test('too much of something is answered 429, and closes sockets with 4429', { timeout: 60_000 }, async (t) => {
  await using resources = new AsyncDisposableStack();
  const cluster = await FuzzCluster.start(resources, ['strict-1']);
  const { port, url } = cluster.member(0);
  await using control = new Control(cluster);

  assert.deepEqual(await flood(port, 150, ['POST /v1/games HTTP/1.1']), { 201: 120, 429: 30 });
  const { game, token } = await control.ask(0, 'POST', '/v1/games', 201, {});
  const joins = await flood(port, 330, [`POST /v1/games/${game.id}/players HTTP/1.1`], '{"displayName":"Eve"}');
  // Whoever comes after the first one has a name that is taken.
  assert.deepEqual(joins, { 201: 1, 409: 299, 429: 30 });
  const wrong = ['GET /v1/games HTTP/1.1', 'Authorization: Bearer guessed'];
  assert.deepEqual(await flood(port, 150, wrong), { 401: 120, 429: 30 });
  assert.deepEqual(await flood(port, 10, ['GET /v1/games HTTP/1.1', `Authorization: Bearer ${token}`]), { 200: 10 });

  const closes = async (secret: string, frames: number): Promise<number> => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/games/${game.id}/ws`, [
      'minotaur.v1',
      `bearer.${secret}`,
    ]);
    socket.on('error', () => {});
    socket.once('open', () => {
      for (let ref = 0; ref < frames; ref += 1) socket.send(JSON.stringify({ ref, type: 'ping' }), () => {});
    });
    const [code] = await once(socket, 'close');
    return code;
  };
  assert.equal(await closes('guessed', 0), 4429);
  assert.equal(await closes(adminToken, 2_000), 4429);
  assert.deepEqual(control.takeComplaints(), []);
  assert.deepEqual(await cluster.complaints(['guessed', adminToken]), []);
  t.diagnostic(control.line());
});
