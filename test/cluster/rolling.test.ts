/**
 * Deployment: all three members are replaced one after the other while clients play over HTTP (keep-alive, through a
 * balancer that obeys `/readyz`, without a single retry) and over WebSockets (that follow `reconnect`). Nobody may notice.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import { type TestContext, test } from 'node:test';
import { Balancer } from '../support/balancer.ts';
import { send } from '../support/client.ts';
import { TestCluster } from '../support/cluster.ts';
import { RecordedGame } from '../support/recorded-game.ts';
import { SocketClient } from '../support/socket-client.ts';
import { pauseBetweenTries, waitFor } from '../support/wait.ts';

const games = 30;
const httpClients = 24;
const thinkMs = 15;

/** One HTTP client: every request is tried once. What goes wrong is added to `failures`. */
async function play(
  ids: readonly string[],
  balancer: Balancer,
  stopped: () => boolean,
  failures: string[],
): Promise<number> {
  const agent = new Agent({ keepAlive: true });
  let answered = 0;
  for (let turn = 0; !stopped(); turn++) {
    const id = ids[Math.floor(Math.random() * ids.length)] ?? '';
    const base = balancer.pick();
    const body = { type: 'move', vector: { q: 0, r: 1 }, playerId: 'p0' };
    const started = performance.now();
    try {
      if (base === null) throw new Error('no member is ready');
      const reply =
        turn % 3 === 0
          ? await send(base, 'POST', `/v1/games/${id}/actions`, { agent, key: randomUUID(), body })
          : await send(base, 'GET', `/v1/games/${id}`, { agent });
      if (reply.status !== 200)
        throw new Error(`${reply.status} ${reply.text} by ${reply.headers['x-minotaur-member']}`);
      answered += 1;
    } catch (error) {
      failures.push(
        `${id} at ${base} after ${Math.round(performance.now() - started)} ms: ${(error as Error).message}`,
      );
    }
    await pauseBetweenTries(thinkMs);
  }
  agent.destroy();
  return answered;
}

/** One WebSocket client: registers and reads over its socket, wherever that leads. */
async function playOverSocket(client: SocketClient, stopped: () => boolean, failures: string[]): Promise<number> {
  let answered = 0;
  while (!stopped()) {
    const frames = [
      ['register_action', { type: 'move', vector: { q: 1, r: 0 }, playerId: 'p1' }],
      ['get_game', {}],
    ] as const;
    for (const [type, body] of frames) {
      try {
        const reply = await client.request(type, body);
        if (!reply.ok) failures.push(`${type} on ${client.gameId}: ${JSON.stringify(reply)}`);
        answered += 1;
      } catch (error) {
        failures.push((error as Error).message);
      }
    }
    await pauseBetweenTries(thinkMs * 4);
  }
  return answered;
}

/** Replaces all three: one restarts under its id, one is succeeded after its end, one is replaced by a surge. */
async function replaceAll(t: TestContext, cluster: TestCluster): Promise<void> {
  for (const [index, member] of cluster.running.entries()) {
    const began = performance.now();
    if (index === 1) await cluster.addMember('surge');
    assert.deepEqual(await member.terminate(), { code: 0, signal: null });
    if (index === 0) {
      member.start();
      await member.ready();
    }
    if (index === 2) await cluster.addMember('successor');
    t.diagnostic(`replaced ${member.id} in ${Math.round(performance.now() - began)} ms`);
  }
}

test('a rolling replacement under load fails no request', { timeout: 120_000 }, async (t) => {
  const environment = { MINOTAUR_DRAIN_MIN_MS: '1000' };
  const cluster = await TestCluster.start(t, { environment });
  await cluster.addMembers('a', 'b', 'c');
  await cluster.settled();
  const ids = Array.from({ length: games }, (_, index) => `R${index}`);
  for (const id of ids) await RecordedGame.start(cluster.anyone, id);
  const balancer = new Balancer(() => cluster.running);
  await balancer.start();
  t.after(() => balancer.stop());
  const sockets = ids.map((id) => new SocketClient(id, balancer.pick));
  t.after(() => {
    for (const socket of sockets) socket.close();
  });

  const failures: string[] = [];
  let stop = false;
  const stopped = () => stop;
  const clients = [
    ...Array.from({ length: httpClients }, () => play(ids, balancer, stopped, failures)),
    ...sockets.map((socket) => playOverSocket(socket, stopped, failures)),
  ];
  await waitFor('every socket has its game', () => sockets.every(({ versions }) => versions.length > 0));
  await replaceAll(t, cluster);
  stop = true;
  const answered = (await Promise.all(clients)).reduce((sum, count) => sum + count, 0);
  t.diagnostic(`${answered} requests, ${failures.length} failed`);
  assert.deepEqual(failures, []);
  assert.ok(answered > 2_000, `the load was too small to say anything: ${answered}`);

  for (const { gameId, versions, closes, failedConnections } of sockets) {
    assert.deepEqual(
      closes.filter((code) => code !== 1012),
      [],
      `${gameId}: only planned closes`,
    );
    assert.equal(failedConnections, 0, `${gameId}: no connection was refused`);
    assert.ok(
      versions.every((version, index) => index === 0 || version > (versions[index - 1] ?? 0)),
      `${gameId}: versions rise`,
    );
  }
  assert.ok(
    sockets.some(({ closes }) => closes.length > 0),
    'no socket was ever sent elsewhere',
  );
});
