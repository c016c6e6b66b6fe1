/**
 * Games that nobody plays, on real members: they end the rounds that their settings say and then cost nothing, whoever owns them; others run on.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectStatus, send } from '../../support/client.ts';
import { TestCluster } from '../../support/cluster.ts';
import type { MemberProcess } from '../../support/member-process.ts';
import { createdSeat, Player, tryToCreate } from '../../support/player.ts';
import { storedKeys } from '../../support/stored-keys.ts';
import { waitFor } from '../../support/wait.ts';

const timeout = 90_000;
const count = 12;
const idleRounds = 2;
const settings = { roundSeconds: 1, idleRounds };

interface Seen {
  readonly status: string;
  readonly round: number;
  readonly roundEndTime: string | null;
}

async function look({ url }: MemberProcess, gameId: string): Promise<Seen> {
  const answer = expectStatus(await send(url, 'GET', `/v1/games/${gameId}`), 200) as { readonly game: Seen };
  return answer.game;
}

/** An administrator opens it for somebody who starts it and goes away. */
async function abandoned({ url }: MemberProcess): Promise<Player> {
  const player = new Player(
    createdSeat(await send(url, 'POST', '/v1/games', { body: { settings, displayName: 'Ada' } })),
  );
  expectStatus(await player.start(url), 200);
  return player;
}

test('abandoned games come to rest and stay so over a takeover, while the session of a document runs on', {
  timeout,
}, async (t) => {
  const cluster = await TestCluster.start(t, { environment: { MINOTAUR_IDLE_MS: '500' } });
  const [first, second] = [await cluster.addMember('m1'), await cluster.addMember('m2')];
  await cluster.settled();
  const document = { id: 'BARE', settings: { roundSeconds: 1 } };
  expectStatus(await send(first.url, 'POST', '/v1/games/BARE/continue', { body: { game: document } }), 201);
  const players = await Promise.all(Array.from({ length: count }, () => abandoned(first)));
  const ids = players.map(({ gameId }) => gameId);

  const allAtRest = (member: MemberProcess) =>
    waitFor('all games at rest', async () => {
      const seen = await Promise.all(ids.map((id) => look(member, id)));
      return seen.every(
        ({ status, round, roundEndTime }) => status === 'active' && round === idleRounds + 1 && roundEndTime === null,
      );
    });
  await allAtRest(first);
  const records = await storedKeys(cluster, 'archive', ids);
  assert.equal(records.length, count * idleRounds);

  /** Time passes by the rounds of the one that runs on. */
  const runsOn = async (member: MemberProcess) => {
    const { round } = await look(member, 'BARE');
    await waitFor('three more rounds', async () => (await look(member, 'BARE')).round >= round + 3, {
      timeoutMs: 30_000,
    });
  };
  await runsOn(first);
  assert.deepEqual(await storedKeys(cluster, 'archive', ids), records, 'nothing is written for nobody');

  await second.kill();
  await runsOn(first);
  await allAtRest(first);
  assert.deepEqual(await storedKeys(cluster, 'archive', ids), records);

  const [player] = players;
  assert.ok(player);
  expectStatus(await player.register(first.url), 200);
  assert.notEqual((await look(first, player.gameId)).roundEndTime, null);
  await waitFor('it rests again, after the round that was played and two more', async () => {
    const { round, roundEndTime } = await look(first, player.gameId);
    return round === 2 * (idleRounds + 1) && roundEndTime === null;
  });
});

test('short rounds are an administrator’s to start where nobody vouched for them', { timeout }, async (t) => {
  const cluster = await TestCluster.start(t);
  const member = await cluster.addMember('m1');
  const player = new Player(createdSeat(await tryToCreate(member.url, { settings })));
  const refused = await player.start(member.url);
  assert.deepEqual([refused.status, refused.code], [403, 'forbidden']);
  assert.match((refused.json as { detail: string }).detail, /^settings\.roundSeconds: /);
  expectStatus(await send(member.url, 'POST', `/v1/games/${player.gameId}/start`), 200);
});
