/**
 * The rematch of a game while its owners are killed: all who played get into one and the same new game, with their seats, of either kind.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Match, minotaur, Refused } from '../../../src/client/index.ts';
import { expectStatus, send } from '../../support/client.ts';
import { TestCluster } from '../../support/cluster.ts';
import type { MemberProcess } from '../../support/member-process.ts';
import { waitFor } from '../../support/wait.ts';

interface Game {
  readonly id: string;
  readonly status: string;
  readonly host: string;
  readonly round: number;
  readonly locked: boolean;
  readonly players: Readonly<Record<string, { readonly displayName: string }>>;
  readonly settings: Readonly<Record<string, unknown>>;
}

const timeout = 120_000;
const kinds = {
  minotaur: { roundSeconds: 604_800, worldRadius: 2, maxPlayers: 4, spectators: true, table: { lastRound: 1 } },
  'tic-tac-toe': { roundSeconds: 604_800, spectators: true },
};

interface Stage {
  readonly cluster: TestCluster;
  readonly members: readonly MemberProcess[];
  readonly seats: readonly Match[];
}

/** A game of that kind that is over, with all who played it still there. */
async function played(t: TestContext, kind: keyof typeof kinds): Promise<Stage> {
  const cluster = await TestCluster.start(t, { environment: { MINOTAUR_GAME: kind } });
  const members = await cluster.addMembers('a', 'b', 'c');
  await cluster.settled();
  const bases = members.map(({ url }) => url);
  const host = await minotaur(bases).create({ displayName: 'Ada', settings: kinds[kind] });
  const names = kind === 'minotaur' ? ['Bob', 'Cem', 'Dan'] : ['Bob'];
  const guests: Match[] = [];
  for (const name of names) guests.push(await minotaur(bases).join(host.seat.gameId, name));
  const seats = [host, ...guests];
  t.after(() => {
    for (const seat of seats) seat.close();
  });
  await host.start();
  // The crawl has one round; who does not move in time loses at tic-tac-toe.
  expectStatus(await send(bases[0] ?? '', 'POST', `/v1/games/${host.seat.gameId}/rounds/1/end`), 200);
  return { cluster, members, seats };
}

/** By an administrator; unless its owner is just being replaced. */
function gameOf({ cluster }: Stage, id: string): Promise<Game> {
  return waitFor(`the game ${id}`, async () => {
    const base = cluster.anyone();
    const reply = base === null ? null : await send(base, 'GET', `/v1/games/${id}`).catch(() => null);
    return reply?.status === 200 ? (reply.json as { game: Game }).game : null;
  });
}

async function ownerOf({ cluster, members }: Stage, id: string): Promise<MemberProcess> {
  return waitFor(`the owner of ${id}`, async () => {
    const { owner } = expectStatus(await send(cluster.anyone() ?? '', 'GET', `/v1/games/${id}/location`), 200) as {
      owner: string | null;
    };
    return members.find((member) => member.id === owner && cluster.running.includes(member)) ?? null;
  });
}

for (const kind of Object.keys(kinds) as (keyof typeof kinds)[]) {
  test(`${kind}: all who played meet again, through the loss of both owners`, { timeout }, async (t) => {
    const on = await played(t, kind);
    const { seats } = on;
    const old = seats[0]?.seat.gameId ?? '';
    const before = await gameOf(on, old);
    assert.equal(before.status, 'concluded');
    assert.equal(await seats[0]?.findRematch(), null);
    const victim = await ownerOf(on, old);

    // Whoever hosted asks last.
    const asked = seats.toReversed().map((seat) => seat.rematch());
    const killed = victim.kill();
    const matches = await Promise.all(asked);
    await killed;
    t.after(() => {
      for (const match of matches) match.close();
    });
    const id = matches[0]?.seat.gameId ?? '';
    assert.notEqual(id, old);
    assert.deepEqual(new Set(matches.map(({ seat }) => seat.gameId)), new Set([id]));
    assert.deepEqual(
      matches.map(({ seat }) => seat.playerId),
      seats.toReversed().map(({ seat }) => seat.playerId),
    );

    const rematch = await gameOf(on, id);
    const names = (game: Game) =>
      Object.entries(game.players)
        .map(([player, { displayName }]) => [player, displayName].join())
        .toSorted();
    assert.deepEqual(names(rematch), names(before));
    assert.equal(rematch.host, before.host, 'the host hosts');
    const chance = { seed: 0 };
    assert.deepEqual({ ...rematch.settings, ...chance }, { ...before.settings, ...chance });
    assert.notEqual(rematch.settings.seed, before.settings.seed);
    const stranger = minotaur(on.members.map(({ url }) => url)).join(id, 'Eve');
    await assert.rejects(stranger, (error) => error instanceof Refused && error.problem.code === 'lobby_locked');

    // The owner of the new one goes, too: whoever asks again finds it, and the same seat.
    await victim.start();
    await victim.ready();
    await on.cluster.settled();
    const second = await ownerOf(on, id);
    const again = seats.map((seat) => seat.rematch());
    await second.kill();
    for (const [index, match] of (await Promise.all(again)).entries()) {
      assert.deepEqual([match.seat.gameId, match.seat.playerId], [id, seats[index]?.seat.playerId]);
      match.close();
    }
    const host = matches.find(({ seat }) => seat.playerId === before.host) as Match;
    await host.start();
    for await (const { game } of host) if (game.status === 'active') break;
    await matches[0]?.leave();
    const found = await seats[0]?.findRematch();
    const left = matches[0]?.seat.playerId;
    const staying = matches.map(({ seat }) => seat.playerId).filter((player) => player !== left);
    // Where two play, the other one may have won by that.
    const { status } = await gameOf(on, id);
    if (status === 'concluded') assert.equal(found, null);
    else assert.deepEqual([found?.gameId, found?.status, found?.joined.toSorted()], [id, 'active', staying.toSorted()]);
    const all = await gameOf(on, old);
    assert.deepEqual({ ...all }, { ...before }, 'what is over stays as it was');
  });
}
