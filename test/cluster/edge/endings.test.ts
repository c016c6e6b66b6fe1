/**
 * A member that is told to stop stops properly, whatever its surroundings do to it: with exit code 0, and without leaving its key behind.
 */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { adminToken, expectStatus } from '../../support/client.ts';
import { TestCluster } from '../../support/cluster.ts';
import type { MemberProcess } from '../../support/member-process.ts';
import { Player } from '../../support/player.ts';

/** So long that nobody else removes the key of a member that left it behind while the test looks. */
const patience = { MINOTAUR_GONE_MS: '30000', MINOTAUR_SUSPECT_MS: '60000', MINOTAUR_DRAIN_TIMEOUT_MS: '1000' };
const properly = { code: 0, signal: null };

async function pair(t: TestContext): Promise<[MemberProcess, MemberProcess, TestCluster]> {
  const cluster = await TestCluster.start(t, { environment: patience });
  const [a, b] = await cluster.addMembers('a', 'b');
  assert.ok(a && b);
  await cluster.settled();
  return [a, b, cluster];
}

/** A body that comes a byte at a time and never ends; resolves when its connection is closed. */
function uploadSlowly({ port }: MemberProcess): { readonly begun: Promise<void>; readonly closed: Promise<void> } {
  const socket = connect(port, '127.0.0.1');
  let begin: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const head = [
    'POST /v1/games/SLOW/continue HTTP/1.1',
    'Host: a',
    `Authorization: Bearer ${adminToken}`,
    'Content-Type: application/json',
    'Content-Length: 100000',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n{`, () => begin());
  const dripping = setInterval(() => socket.write(' '), 100);
  const closed = new Promise<void>((resolve) => {
    socket
      .on('error', () => undefined)
      .once('close', () => {
        clearInterval(dripping);
        resolve();
      });
    socket.resume();
  });
  return { begun, closed };
}

test('a slow upload takes the member its time to finish what is under way, and no more', {
  timeout: 90_000,
}, async (t) => {
  const [a, b, cluster] = await pair(t);
  const uploads = Array.from({ length: 5 }, () => uploadSlowly(a));
  await Promise.all(uploads.map(({ begun }) => begun));
  assert.deepEqual(await a.terminate(60_000), properly, a.output);
  await Promise.all(uploads.map(({ closed }) => closed));
  await cluster.waitForReport(b, 'it is alone', ({ members }) => members.length === 1, 5_000);
});

test('a member whose output nobody reads serves, and stops when it is told to', { timeout: 60_000 }, async (t) => {
  const [a, b, cluster] = await pair(t);
  assert.deepEqual(await a.terminate(), properly);
  a.start();
  a.child.loseReaders();
  await a.ready();
  const ada = await Player.create(a.url);
  expectStatus(await a.send('GET', `/v1/games/${ada.gameId}`), 200);
  assert.deepEqual(await a.terminate(), properly);
  await cluster.waitForReport(b, 'it is alone', ({ members }) => members.length === 1, 5_000);
  expectStatus(await b.send('GET', `/v1/games/${ada.gameId}`), 200);
});
