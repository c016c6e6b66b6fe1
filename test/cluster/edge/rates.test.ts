/**
 * What one address may do in a minute, over a cluster whose members share no counters; and what makes an address.
 */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { adminToken, expectStatus, type Reply, type SendOptions, send } from '../../support/client.ts';
import { TestCluster } from '../../support/cluster.ts';
import { GameConnection } from '../../support/game-connection.ts';
import type { MemberProcess } from '../../support/member-process.ts';
import { guestName, Player } from '../../support/player.ts';
import { waitFor } from '../../support/wait.ts';

const timeout = 60_000;
const limit = 10;
const sockets = 5;

const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
const asAdmin = { token: adminToken };
/** Of a client that says it is somebody else each time. */
const invented = () => `203.0.113.${randomInt(1, 255)}`;

interface Kind {
  readonly ask: (base: string, options?: SendOptions) => Promise<Reply>;
  /** As long as it is not too many. */
  readonly status: number;
}

/** What is counted. */
function kindsOn(gameId: string): Record<string, Kind> {
  const anybody = { token: null };
  return {
    creations: {
      ask: (base, options) => send(base, 'POST', '/v1/games', { ...anybody, body: {}, ...options }),
      status: 201,
    },
    joins: {
      ask: (base, options) =>
        send(base, 'POST', `/v1/games/${gameId}/players`, {
          ...anybody,
          body: { displayName: guestName() },
          ...options,
        }),
      status: 201,
    },
    'failed authentications': {
      ask: (base, options) => send(base, 'GET', `/v1/games/${gameId}`, { token: 'wrong', ...options }),
      status: 401,
    },
  };
}

interface Stage {
  readonly members: readonly MemberProcess[];
  /** All but one believe what the proxy, this very machine, says of its clients; that one believes nobody. */
  readonly trusting: MemberProcess;
  readonly distrusting: MemberProcess;
  readonly host: Player;
}

async function stage(t: TestContext, one: string, ...others: readonly string[]): Promise<Stage> {
  const environment = {
    MINOTAUR_CREATIONS_PER_MINUTE: String(limit),
    MINOTAUR_JOINS_PER_MINUTE: String(limit),
    MINOTAUR_FAILED_AUTHENTICATIONS_PER_MINUTE: String(limit),
    MINOTAUR_SOCKETS_PER_ADDRESS: String(sockets),
  };
  const cluster = await TestCluster.start(t, { environment });
  const proxied = { MINOTAUR_TRUSTED_PROXIES: '127.0.0.1' };
  const members = await Promise.all([cluster.addMember(one), ...others.map((id) => cluster.addMember(id, proxied))]);
  await cluster.settled();
  const [distrusting, trusting] = members as [MemberProcess, MemberProcess];
  const body = { settings: { maxPlayers: 64 } };
  const created = await send(trusting.url, 'POST', '/v1/games', { ...asAdmin, body });
  const { game, playerId, token } = expectStatus(created, 201) as {
    game: { id: string };
    playerId: string;
    token: string;
  };
  return { members, trusting, distrusting, host: new Player({ gameId: game.id, playerId, token }) };
}

/** How many of `count` attempts were not too many; fails on any other answer. */
async function allowed(
  { ask, status }: Kind,
  base: string,
  count: number,
  options?: () => SendOptions,
): Promise<number> {
  let right = 0;
  for (let attempt = 0; attempt < count; attempt += 1) {
    const reply = await ask(base, options?.());
    if (reply.status === status) {
      right += 1;
      continue;
    }
    assert.deepEqual([reply.status, reply.code], [429, 'too_many_requests'], reply.text);
    const seconds = Number(reply.headers['retry-after']);
    assert.ok(seconds >= 1 && seconds <= 60, `Retry-After: ${seconds}`);
  }
  return right;
}

test('an address gets its limit over all members, and its part at one; administrators have none', {
  timeout,
}, async (t) => {
  const { members, trusting, distrusting, host } = await stage(t, 'm3', 'm1', 'm2');
  const kinds = kindsOn(host.gameId);
  for (const [name, kind] of Object.entries(kinds)) {
    const each = await Promise.all(members.map(({ url }) => allowed(kind, url, limit)));
    const sum = each.reduce((one, other) => one + other, 0);
    assert.ok(sum <= limit + members.length - 1 && sum >= limit, `${name}: ${each}`);
    assert.ok(Math.min(...each) >= Math.floor(limit / members.length), `${name}: ${each}`);
  }
  for (const { url } of members) {
    // Right tokens are never counted, nor refused for the wrong ones of the same address.
    expectStatus(await host.read(url), 200);
    for (const name of ['creations', 'joins']) {
      assert.equal(await allowed(kinds[name] as Kind, url, limit, () => asAdmin), limit, name);
    }
  }
  const socket = GameConnection.to(trusting.url, host.gameId, 'wrong');
  assert.equal((await socket.closed).code, 4429, 'wrong tokens of sockets count too');

  for (const kind of Object.values(kinds)) await assertAddresses(kind, trusting, distrusting);
});

/** One kind, when the address of this machine has used up its limit everywhere. */
async function assertAddresses(kind: Kind, trusting: MemberProcess, distrusting: MemberProcess): Promise<void> {
  const part = Math.ceil(limit / 3);
  assert.equal(await allowed(kind, trusting.url, limit, () => from('198.51.100.7')), part, 'a client of the proxy');
  assert.equal(await allowed(kind, trusting.url, limit, () => from('198.51.100.8')), part, 'another one');
  assert.equal(
    await allowed(kind, trusting.url, limit, () => from(`${invented()}, 198.51.100.7`)),
    0,
    'what a client says of itself does not count',
  );
  assert.equal(await allowed(kind, distrusting.url, limit, () => from(invented())), 0, 'whom nobody trusts');
}

test('an address has so many sockets at a member, and gets another one when it closes one', { timeout }, async (t) => {
  const { trusting, distrusting, host } = await stage(t, 'm2', 'm1');
  const open = (member: MemberProcess, address: string) => {
    const connection = GameConnection.to(member.url, host.gameId, host.token, '', from(address).headers);
    t.after(() => connection.close());
    return connection;
  };
  const fill = async (member: MemberProcess, address: () => string) => {
    const opened = Array.from({ length: sockets }, () => open(member, address()));
    for (const each of opened) assert.equal(await each.outcome(), 101);
    assert.equal(await open(member, address()).outcome(), 4429);
    return opened;
  };
  const [first] = await fill(trusting, () => '198.51.100.1');
  await fill(trusting, () => '198.51.100.2');
  await fill(distrusting, invented);

  first?.close();
  await waitFor('the address has room again', async () => (await open(trusting, '198.51.100.1').outcome()) === 101);
  assert.equal(await open(trusting, '198.51.100.1').outcome(), 4429);
});
