/**
 * Sockets resume on any member, whatever became of the one before: versions only rise, and no event is missed or told twice, over all
 * connections of a client.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { expectStatus, persist, send } from '../../support/client.ts';
import { TestCluster } from '../../support/cluster.ts';
import { GameConnection } from '../../support/game-connection.ts';
import type { MemberProcess } from '../../support/member-process.ts';
import { Player } from '../../support/player.ts';
import type { Pick } from '../../support/recorded-game.ts';
import { SocketClient } from '../../support/socket-client.ts';
import { pauseBetweenTries, waitFor } from '../../support/wait.ts';

const games = 4;
/** No player gives more than 96 commands while a member stands still: that member could not tell a new one from an old one (409 `too_late`). */
const thinkMs = 80;

const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

/** A game whose rounds end as fast as its players can commit them, watched by both, and by an administrator. */
class FastGame {
  readonly sockets: readonly SocketClient[];
  rounds = 0;
  readonly #players: readonly Player[];
  readonly #pick: Pick;

  private constructor(players: readonly Player[], pick: Pick) {
    this.#players = players;
    this.#pick = pick;
    const [{ gameId }] = players as readonly [Player];
    const watchers = players.map(({ token }) => new SocketClient(gameId, pick, token));
    this.sockets = [...watchers, new SocketClient(gameId, pick)];
  }

  /** Every socket has seen the lobby, so that no event is missed. */
  static async open(pick: Pick): Promise<FastGame> {
    const base = pick() ?? '';
    const ada = await Player.create(base);
    const game = new FastGame([ada, await Player.join(base, ada.gameId)], pick);
    await waitFor('every socket has the lobby', () => game.sockets.every(({ versions }) => versions.length > 0));
    return game;
  }

  get id(): string {
    return this.#players[0]?.gameId ?? '';
  }

  async play(stopped: () => boolean): Promise<void> {
    await this.#persist('/start', this.#players[0]);
    for (let round = 1; !stopped(); round += 1) {
      for (const player of this.#players) await this.#persist(`/rounds/${round}/commit`, player);
      this.rounds = round;
      await pauseBetweenTries(thinkMs);
    }
  }

  async #persist(path: string, player: Player | undefined): Promise<void> {
    const options = { pick: this.#pick, withinMs: 40_000, timeoutMs: 3_000, key: randomUUID() };
    const address = `/v1/games/${this.id}${path}`;
    expectStatus(await persist('POST', address, { ...options, token: player?.token ?? null }), 200);
  }

  /** Waits until every socket has the newest of all, and judges what they got on the way. */
  async verdict(base: string): Promise<void> {
    const { version } = expectStatus(await send(base, 'GET', `/v1/games/${this.id}`), 200) as { version: number };
    const { latest } = expectStatus(await send(base, 'GET', `/v1/games/${this.id}/events`), 200) as { latest: number };
    assert.equal(latest, 2 + 2 * this.rounds);
    for (const { seqs, versions, closes } of this.sockets) {
      await waitFor('the newest', () => versions.at(-1) === version && seqs.at(-1) === latest);
      assert.deepEqual(seqs, upTo(latest));
      assert.ok(
        versions.every((each, index) => index === 0 || each > (versions[index - 1] ?? 0)),
        `versions rise: ${versions}`,
      );
      assert.deepEqual(
        closes.filter((code) => code !== 1012 && code !== 1006),
        [],
      );
    }
  }
}

interface Stage {
  readonly cluster: TestCluster;
  readonly members: readonly MemberProcess[];
  /** A member that runs and is neither paused nor leaving. */
  readonly pick: Pick;
  readonly away: Set<MemberProcess>;
}

async function stage(t: TestContext): Promise<Stage> {
  // Who stands still is expelled sooner.
  const cluster = await TestCluster.start(t, { environment: { MINOTAUR_SUSPECT_MS: '1500' } });
  const members = await cluster.addMembers('a', 'b', 'c');
  await cluster.settled();
  const away = new Set<MemberProcess>();
  const pick: Pick = () => {
    const there = cluster.running.filter((member) => !away.has(member));
    return there[Math.floor(Math.random() * there.length)]?.url ?? null;
  };
  return { cluster, members, pick, away };
}

/** Every socket connects again, wherever that leads, until some are on `member`. */
async function spreadTo(member: MemberProcess, sockets: readonly SocketClient[]): Promise<void> {
  await waitFor(
    `sockets on ${member.id}`,
    () => {
      if (sockets.some(({ base }) => base === member.url)) return true;
      for (const socket of sockets) socket.reconnect();
      return false;
    },
    { everyMs: 200 },
  );
}

test('sockets resume after a drain, a kill and a pause of gateways and owners', { timeout: 120_000 }, async (t) => {
  const { cluster, members, pick, away } = await stage(t);
  const [a, b, c] = members;
  assert.ok(a && b && c);
  const fast = await Promise.all(Array.from({ length: games }, () => FastGame.open(pick)));
  const sockets = fast.flatMap((game) => game.sockets);
  let stop = false;
  t.after(() => {
    stop = true;
    for (const socket of sockets) socket.close();
  });
  const played = Promise.all(fast.map((game) => game.play(() => stop)));
  const roundsPass = async (what: string) => {
    const before = fast.map(({ rounds }) => rounds);
    const passed = () => fast.every(({ rounds }, index) => rounds >= (before[index] ?? 0) + 5);
    await waitFor(`rounds end ${what}`, passed, { timeoutMs: 30_000 });
  };

  await roundsPass('at first');
  away.add(a);
  assert.deepEqual(await a.terminate(), { code: 0, signal: null });
  a.start();
  await a.ready();
  away.delete(a);
  assert.ok(
    sockets.some(({ closes }) => closes.includes(1012)),
    'nobody was sent elsewhere',
  );

  await spreadTo(b, sockets);
  await b.kill();
  await roundsPass('without b');
  assert.ok(
    sockets.some(({ closes }) => closes.includes(1006)),
    'nobody lost a gateway',
  );
  b.start();
  await b.ready();

  await spreadTo(c, sockets);
  away.add(c);
  c.pause();
  // Their clients hear nothing any more, and go elsewhere.
  for (const socket of sockets.filter(({ base }) => base === c.url)) socket.reconnect();
  await cluster.waitForReport(a, 'c is expelled', (report) => report.members.every(({ id }) => id !== 'c'));
  await roundsPass('without c');
  c.resume();
  away.delete(c);
  await cluster.settled();
  await spreadTo(c, sockets);
  await roundsPass('with everybody');

  stop = true;
  await played;
  for (const game of fast) await game.verdict(a.url);
  t.diagnostic(
    `${fast.map(({ rounds }) => rounds)} rounds, ${sockets.flatMap(({ closes }) => closes).length} reconnections`,
  );
});

test('whoever was away for hundreds of rounds gets every event, from the archive, on any member', {
  timeout: 60_000,
}, async (t) => {
  const { cluster, members } = await stage(t);
  const [{ url: base }] = members as readonly [MemberProcess];
  const ada = await Player.create(base);
  await ada.start(base);
  const rounds = 260;
  for (let round = 1; round <= rounds; round += 1) {
    // Who is the only player ends the round by being done; rounds that nobody plays would bring the clock to rest.
    expectStatus(await ada.ask(base, 'POST', `/rounds/${round}/commit`), 200);
  }
  const latest = 2 + 2 * rounds;
  const read = await ada.read(base);
  const { version } = expectStatus(read, 200) as { version: number };
  await members.find(({ id }) => id === read.headers['x-minotaur-owner'])?.kill();

  for (const { url } of cluster.running) {
    for (const after of [0, 7, 400, latest]) {
      const query = `?after=${after}&since=${after === 0 ? 0 : version}`;
      const connection = GameConnection.to(url, ada.gameId, ada.token, query);
      t.after(() => connection.close());
      await waitFor(`all events after ${after}`, () => (connection.seqs.at(-1) ?? after) >= latest);
      assert.deepEqual(connection.seqs, upTo(latest, after + 1));
      const reply = await connection.ask('get_game');
      assert.equal(reply.body.version, version);
      assert.deepEqual(connection.versions, after === 0 ? [version] : [], 'only newer states are sent');
    }
    const page = expectStatus(await ada.events(url, 11), 200) as { events: { seq: number }[]; truncated: boolean };
    assert.deepEqual([page.events.map(({ seq }) => seq), page.truncated], [upTo(511, 12), false]);
  }
});
