/**
 * The owner is killed between a request and its repetition: every kind of command is applied exactly once and gets its first answer,
 * whether the first request was answered or cut off in the middle.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { DerivedIds } from '../../../src/http/edge/derived-ids.ts';
import { expectStatus, type Reply, send, tokenSecrets } from '../../support/client.ts';
import { TestCluster } from '../../support/cluster.ts';
import type { MemberProcess } from '../../support/member-process.ts';
import { Player, tryToCreate, tryToJoin } from '../../support/player.ts';
import { waitFor } from '../../support/wait.ts';

/** One command on a game of its own. */
interface Trial {
  readonly what: string;
  readonly gameId: string;
  /** Of the game once the command was applied. */
  readonly version: number;
  readonly request: (base: string) => Promise<Reply>;
}

type Request = (base: string, key: string) => Promise<Reply>;

/** What can be asked of a lobby of Ada, who hosts it, and Bob. */
const inLobby: Record<string, (ada: Player, bob: Player) => Request> = {
  join: (ada) => (base, key) => tryToJoin(base, ada.gameId, 'Cem', key),
  ready: (_, bob) => (base, key) => bob.ready(base, true, key),
  kick: (ada, bob) => (base, key) => ada.leave(base, bob.playerId, key),
  leave: (_, bob) => (base, key) => bob.leave(base, bob.playerId, key),
  // The newer token must not be kept: a client that lost the answer has the one before.
  renew: (_, bob) => (base, key) => bob.ask(base, 'POST', `/players/${bob.playerId}/token`, { key }),
  start: (ada) => (base, key) => ada.start(base, key),
};

/** In the first round, when Bob is done and Ada has registered an action. */
const inRound: Record<string, (ada: Player, actionId: string) => Request> = {
  register: (ada) => (base, key) => ada.register(base, key),
  retract: (ada, actionId) => (base, key) => ada.retract(base, actionId, key),
  'commit, which ends the round': (ada) => (base, key) => ada.commit(base, 1, key),
  'end round': (ada) => (base, key) => send(base, 'POST', `/v1/games/${ada.gameId}/rounds/1/end`, { key }),
};

interface Stage {
  readonly cluster: TestCluster;
  readonly victim: MemberProcess;
  readonly survivors: readonly MemberProcess[];
}

async function stage(t: TestContext): Promise<Stage> {
  const many = '100000';
  const environment = {
    MINOTAUR_CREATIONS_PER_MINUTE: many,
    MINOTAUR_GAMES_PER_ADDRESS: many,
    MINOTAUR_JOINS_PER_MINUTE: many,
  };
  const cluster = await TestCluster.start(t, { environment });
  const [victim, ...survivors] = await cluster.addMembers('victim', 'm2', 'm3');
  assert.ok(victim);
  await cluster.settled();
  return { cluster, victim, survivors };
}

/** The first id from `ids` whose slot the victim owns. */
async function onVictim<Named>(
  { victim }: Stage,
  ids: () => Named,
  gameIdOf: (named: Named) => string,
): Promise<Named> {
  for (;;) {
    const named = ids();
    const { owner } = expectStatus(await victim.send('GET', `/v1/games/${gameIdOf(named)}/location`), 200) as {
      owner: string;
    };
    if (owner === victim.id) return named;
  }
}

async function versionOf(base: string, gameId: string): Promise<number> {
  return (expectStatus(await send(base, 'GET', `/v1/games/${gameId}`), 200) as { version: number }).version;
}

const ids = new DerivedIds([tokenSecrets], { token: () => '', fraction: () => 0 });
const createdBy = (key: string) => ids.game(key, 1);

/** The key of a creation whose game will be the victim's. */
async function creationKey(on: Stage): Promise<string> {
  return onVictim(on, () => randomUUID(), createdBy);
}

async function trials(on: Stage): Promise<Trial[]> {
  const { victim } = on;
  const lobby = async () => {
    const ada = await Player.create(victim.url, { key: await creationKey(on), settings: { actionPoints: 10 } });
    return [ada, await Player.join(victim.url, ada.gameId)] as const;
  };
  const trial = async (what: string, gameId: string, request: Request, before?: number): Promise<Trial> => {
    const key = randomUUID();
    const version = (before ?? (await versionOf(victim.url, gameId))) + 1;
    return { what, gameId, version, request: (base) => request(base, key) };
  };
  const key = await creationKey(on);
  const createdId = createdBy(key);
  const continuedId = await onVictim(
    on,
    () => `C${randomUUID()}`,
    (id) => id,
  );
  const bare: Request = (base, continueKey) =>
    send(base, 'POST', `/v1/games/${continuedId}/continue`, { key: continueKey, body: { game: {} } });
  return Promise.all([
    trial('create', createdId, (base) => tryToCreate(base, { key }), 0),
    trial('continue', continuedId, bare, 0),
    ...Object.entries(inLobby).map(async ([what, requestOf]) => {
      const [ada, bob] = await lobby();
      return trial(what, ada.gameId, requestOf(ada, bob));
    }),
    ...Object.entries(inRound).map(async ([what, requestOf]) => {
      const [ada, bob] = await lobby();
      await ada.start(victim.url);
      const { actionId } = expectStatus(await ada.register(victim.url), 200) as { actionId: string };
      expectStatus(await bob.commit(victim.url, 1), 200);
      return trial(what, ada.gameId, requestOf(ada, actionId));
    }),
  ]);
}

/** What an answer says, but for who owns the game, when it was given, and when its token was signed. */
function content({ status, json }: Reply): unknown {
  const answered = (json ?? {}) as { owner?: string; token?: string; serverTime?: string };
  const { owner: _, serverTime: ____, token, ...said } = answered;
  if (token === undefined) return { status, ...said };
  const { iat: __, exp: ___, ...claims } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  return { status, ...said, claims };
}

function finalAnswer({ what, request }: Trial, base: string): Promise<Reply> {
  return waitFor(
    `a final answer to ${what}`,
    async () => {
      const reply = await request(base);
      return reply.status === 503 ? null : reply;
    },
    { timeoutMs: 30_000 },
  );
}

test('every kind of command is applied once across a kill of the owner between attempt and retry', {
  timeout: 90_000,
}, async (t) => {
  const on = await stage(t);
  const { cluster, victim, survivors } = on;
  const [m2, m3] = survivors;
  assert.ok(m2 && m3);
  const [answered, cutOff] = [await trials(on), await trials(on)];
  const first = await Promise.all(answered.map(({ request }, index) => request((index % 2 ? victim : m2).url)));
  for (const [index, reply] of first.entries()) {
    assert.ok(reply.status < 300, `${answered[index]?.what}: ${reply.text}`);
    assert.equal(reply.headers['x-minotaur-owner'], victim.id);
  }

  // Half of them have the victim as gateway: what is not answered by its death never will be.
  const underWay = cutOff.map(({ request }, index) => request((index % 2 ? victim : m2).url).catch(() => null));
  await Promise.race(underWay);
  const died = victim.kill();
  const retried = await Promise.all(
    answered.map(async (trial, index) => [trial, await finalAnswer(trial, (index % 2 ? m2 : m3).url)] as const),
  );
  for (const [index, [{ what, gameId, version }, reply]] of retried.entries()) {
    assert.deepEqual(content(reply), content(first[index] as Reply), what);
    assert.equal(await versionOf(m3.url, gameId), version, `${what} was applied again`);
  }
  await died;

  const early = await Promise.all(underWay);
  const late = await Promise.all(cutOff.map((trial) => finalAnswer(trial, m3.url)));
  for (const [index, { what, gameId, version }] of cutOff.entries()) {
    const reply = late[index] as Reply;
    assert.ok(reply.status < 300, `${what}: ${reply.text}`);
    if (early[index]) assert.deepEqual(content(early[index]), content(reply), what);
    assert.equal(await versionOf(m2.url, gameId), version, `${what} was applied more than once`);
  }
  await cluster.waitForReport(m2, 'the victim is gone', ({ members }) => members.length === 2);
});
