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

/** What is played on and on while members go, and the sockets that look at it. */
interface Played {
  /** Of the game that is played just now. */
  readonly sockets: readonly SocketClient[];
  /** Sockets of games before it, whose connections have ended with the game. */
  readonly earlier: readonly SocketClient[];
  readonly rounds: number;
  play(stopped: () => boolean): Promise<void>;
  /** Waits until every socket has the newest of all, and judges what they got on the way. */
  verdict(base: string): Promise<void>;
}

/** One request of a player, repeated under its key until it is answered. */
async function ask(pick: Pick, method: string, path: string, token: string | null, body?: object): Promise<unknown> {
  const options = { pick, withinMs: 40_000, timeoutMs: 3_000, key: randomUUID(), token, ...(body && { body }) };
  const reply = await persist(method, path, options);
  return expectStatus(reply, reply?.status === 201 ? 201 : 200);
}

/** One socket a token, and an administrator's. */
function socketsOf(gameId: string, tokens: readonly string[], pick: Pick): readonly SocketClient[] {
  return [...tokens.map((token) => new SocketClient(gameId, pick, token)), new SocketClient(gameId, pick)];
}

/** Every socket has seen the lobby, so that no event is missed. */
async function allSawTheLobby(sockets: readonly SocketClient[]): Promise<void> {
  await waitFor('every socket has the lobby', () => sockets.every(({ versions }) => versions.length > 0));
}

function assertRising({ versions }: SocketClient): void {
  const rise = versions.every((each, index) => index === 0 || each > (versions[index - 1] ?? 0));
  assert.ok(rise, `versions rise: ${versions}`);
}

/** A crawl whose rounds end as fast as its players can commit them, watched by both, and by an administrator. */
class FastGame implements Played {
  readonly sockets: readonly SocketClient[];
  readonly earlier = [];
  rounds = 0;
  readonly #players: readonly Player[];
  readonly #pick: Pick;

  private constructor(players: readonly Player[], sockets: readonly SocketClient[], pick: Pick) {
    this.#players = players;
    this.sockets = sockets;
    this.#pick = pick;
  }

  static async open(pick: Pick): Promise<FastGame> {
    const base = pick() ?? '';
    const ada = await Player.create(base);
    const players = [ada, await Player.join(base, ada.gameId)];
    const tokens = players.map(({ token }) => token);
    return new FastGame(players, socketsOf(ada.gameId, tokens, pick), pick);
  }

  get #path(): string {
    return `/v1/games/${this.#players[0]?.gameId}`;
  }

  async play(stopped: () => boolean): Promise<void> {
    const [ada] = this.#players as readonly [Player];
    await allSawTheLobby(this.sockets);
    await ask(this.#pick, 'POST', `${this.#path}/start`, ada.token);
    for (let round = 1; !stopped(); round += 1) {
      for (const { token } of this.#players) {
        await ask(this.#pick, 'POST', `${this.#path}/rounds/${round}/commit`, token);
      }
      this.rounds = round;
      await pauseBetweenTries(thinkMs);
    }
  }

  async verdict(base: string): Promise<void> {
    const { version } = expectStatus(await send(base, 'GET', this.#path), 200) as { version: number };
    const { latest } = expectStatus(await send(base, 'GET', `${this.#path}/events`), 200) as { latest: number };
    assert.equal(latest, 2 + 2 * this.rounds);
    for (const socket of this.sockets) {
      const { seqs, versions, closes } = socket;
      await waitFor('the newest', () => versions.at(-1) === version && seqs.at(-1) === latest);
      assert.deepEqual(seqs, upTo(latest));
      assertRising(socket);
      assert.deepEqual(closes.filter(isOfTheGame), []);
    }
  }
}

/** The member left, or was lost: none of these ends a game for a client. */
const isOfTheGame = (code: number) => code !== 1012 && code !== 1006;

interface Board {
  readonly status: string;
  readonly round: number;
  readonly turn: { readonly players: readonly string[] };
  readonly world: { readonly cells: readonly (string | null)[] };
}

/**
 * Tic-tac-toe, one game after another: each is over after nine rounds at most, often while some of its sockets are looking for a member. They are
 * sent off (4404) once they have its end, also those who come when it is over.
 */
class ShortGames implements Played {
  sockets: readonly SocketClient[] = [];
  rounds = 0;
  readonly #over: { readonly gameId: string; readonly sockets: readonly SocketClient[]; readonly tokens: string[] }[] =
    [];
  readonly #pick: Pick;

  constructor(pick: Pick) {
    this.#pick = pick;
  }

  get games(): number {
    return this.#over.length;
  }

  get earlier(): readonly SocketClient[] {
    return this.#over.flatMap(({ sockets }) => sockets);
  }

  async play(stopped: () => boolean): Promise<void> {
    while (!stopped()) {
      const pick = this.#pick;
      const settings = { roundSeconds: 604_800 };
      const opened = await ask(pick, 'POST', '/v1/games', null, { displayName: 'Ada', settings });
      const { game, ...ada } = opened as { game: { id: string }; playerId: string; token: string };
      const gameId = game.id;
      const path = `/v1/games/${gameId}`;
      const bob = (await ask(pick, 'POST', `${path}/players`, null, { displayName: 'Bob' })) as typeof ada;
      const tokens = [ada.token, bob.token];
      // Whoever closes sockets, or sends them elsewhere, has to find those that are still connecting.
      this.sockets = socketsOf(gameId, tokens, pick);
      await allSawTheLobby(this.sockets);
      await ask(pick, 'POST', `${path}/start`, ada.token);
      for (;;) {
        const { game: board } = (await ask(pick, 'GET', path, ada.token)) as { game: Board };
        if (board.status === 'concluded') break;
        const token = board.turn.players[0] === ada.playerId ? ada.token : bob.token;
        const mark = { type: 'mark', cell: board.world.cells.indexOf(null), round: board.round };
        await ask(pick, 'POST', `${path}/actions`, token, mark);
        this.rounds += 1;
        await pauseBetweenTries(thinkMs);
      }
      this.#over.push({ gameId, sockets: this.sockets, tokens });
    }
  }

  async verdict(base: string): Promise<void> {
    for (const { gameId, sockets, tokens } of this.#over) {
      for (const [index, socket] of sockets.entries()) {
        await waitFor('the end', () => socket.closes.at(-1) === 4404);
        const token = tokens[index];
        const read = await send(base, 'GET', `/v1/games/${gameId}/events`, token === undefined ? {} : { token });
        const { latest } = expectStatus(read, 200) as { latest: number };
        assert.ok(latest > 3, `${latest} events`);
        assert.deepEqual(socket.seqs, upTo(latest));
        assertRising(socket);
        assert.deepEqual(socket.closes.filter(isOfTheGame), [4404]);
      }
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

async function stage(t: TestContext, kind = 'minotaur'): Promise<Stage> {
  // Who stands still is expelled sooner.
  const many = '100000';
  const limits = {
    MINOTAUR_CREATIONS_PER_MINUTE: many,
    MINOTAUR_GAMES_PER_ADDRESS: many,
    MINOTAUR_JOINS_PER_MINUTE: many,
  };
  const environment = { MINOTAUR_SUSPECT_MS: '1500', MINOTAUR_GAME: kind, ...limits };
  const cluster = await TestCluster.start(t, { environment });
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
async function spreadTo(member: MemberProcess, played: readonly Played[]): Promise<void> {
  await waitFor(
    `sockets on ${member.id}`,
    () => {
      const sockets = played.flatMap((each) => each.sockets);
      if (sockets.some(({ base }) => base === member.url)) return true;
      for (const socket of sockets) socket.reconnect();
      return false;
    },
    { everyMs: 200 },
  );
}

const kinds: Readonly<Record<string, (pick: Pick) => Promise<Played>>> = {
  minotaur: (pick) => FastGame.open(pick),
  'tic-tac-toe': async (pick) => new ShortGames(pick),
};

for (const [kind, open] of Object.entries(kinds)) {
  test(`${kind}: sockets resume after a drain, a kill and a pause of gateways and owners`, {
    timeout: 120_000,
  }, async (t) => {
    const { cluster, members, pick, away } = await stage(t, kind);
    const [a, b, c] = members;
    assert.ok(a && b && c);
    const all = await Promise.all(Array.from({ length: games }, () => open(pick)));
    const sockets = () => all.flatMap((game) => [...game.earlier, ...game.sockets]);
    let stop = false;
    t.after(() => {
      stop = true;
      for (const socket of sockets()) socket.close();
    });
    const played = Promise.all(all.map((game) => game.play(() => stop)));
    const roundsPass = async (what: string) => {
      const before = all.map(({ rounds }) => rounds);
      const passed = () => all.every(({ rounds }, index) => rounds >= (before[index] ?? 0) + 5);
      await waitFor(`rounds end ${what}`, passed, { timeoutMs: 30_000 });
    };

    await roundsPass('at first');
    away.add(a);
    assert.deepEqual(await a.terminate(), { code: 0, signal: null });
    a.start();
    await a.ready();
    away.delete(a);
    assert.ok(
      sockets().some(({ closes }) => closes.includes(1012)),
      'nobody was sent elsewhere',
    );

    await spreadTo(b, all);
    await b.kill();
    await roundsPass('without b');
    assert.ok(
      sockets().some(({ closes }) => closes.includes(1006)),
      'nobody lost a gateway',
    );
    b.start();
    await b.ready();

    await spreadTo(c, all);
    away.add(c);
    c.pause();
    // Their clients hear nothing any more, and go elsewhere.
    for (const socket of sockets()) socket.leave(c.url);
    await cluster.waitForReport(a, 'c is expelled', (report) => report.members.every(({ id }) => id !== 'c'));
    await roundsPass('without c');
    c.resume();
    away.delete(c);
    await cluster.settled();
    await spreadTo(c, all);
    await roundsPass('with everybody');

    stop = true;
    await played;
    for (const game of all) await game.verdict(a.url);
    const reconnections = sockets().flatMap(({ closes }) => closes).length;
    t.diagnostic(`${all.map(({ rounds }) => rounds)} rounds, ${reconnections} reconnections`);
  });
}

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
