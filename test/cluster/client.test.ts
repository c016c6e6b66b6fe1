/**
 * The client library while members are killed, drained, paused and cut off under it: nothing is missed, nothing is told twice, and no command is
 * lost, doubled or overtaken; over sockets, and over streams where there are none; by today's library, and by the
 * one of an older version that a page may still run.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Match, minotaur, type Seat, type Update } from '../../src/client/index.ts';
import { expectStatus, send } from '../support/client.ts';
import { TestCluster } from '../support/cluster.ts';
import type { MemberProcess } from '../support/member-process.ts';
import { pauseBetweenTries, waitFor } from '../support/wait.ts';

/** A machine that only plays has no time to start members. */
const thinkMs = 100;

/** Plays every round as soon as it is seen: two moves that nobody made before, then done. */
class Playing {
  readonly match: Match;
  readonly seqs: number[] = [];
  readonly versions: number[] = [];
  readonly resumed: string[] = [];
  readonly vias = new Set<string>();
  /** By round, in the order in which they were given. */
  readonly given: number[][] = [];
  readonly refusals: unknown[] = [];
  /** Each round's three commands together. */
  readonly tookMs: number[] = [];
  round = 0;
  #stopped = false;
  #end: Promise<void>;

  constructor(match: Match) {
    this.match = match;
    this.#end = this.#play();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await waitFor('what was begun to end', () => this.given[this.round] === undefined || !this.#isActing);
    this.match.close();
    await this.#end;
  }

  #isActing = false;

  async #play(): Promise<void> {
    for await (const update of this.match) {
      this.#keep(update);
      const { status, round } = update.game;
      if (status !== 'active' || round <= this.round || this.#stopped) continue;
      this.round = round;
      this.#isActing = true;
      void this.#act(round).finally(() => {
        this.#isActing = false;
      });
    }
  }

  #keep({ events, version, resumed }: Update): void {
    this.seqs.push(...events.map(({ seq }) => seq));
    if (version !== this.versions.at(-1)) this.versions.push(version);
    this.resumed.push(resumed);
    const via = this.match.connection?.via;
    if (via !== undefined) this.vias.add(via);
  }

  async #act(round: number): Promise<void> {
    const moves = [2 * round, 2 * round + 1].map((number) => number % 1_000);
    this.given[round] = moves;
    await pauseBetweenTries(thinkMs);
    const commands = [...moves.map((q) => this.match.act.move?.({ vector: { q, r: 0 } })), this.match.done(round)];
    const begunAt = performance.now();
    for (const command of commands) await command?.then(null, (error: unknown) => this.refusals.push(error));
    this.tookMs.push(performance.now() - begunAt);
  }
}

test('players play on, whatever happens to the members; one by the library as it was first built', {
  timeout: 170_000,
}, async (t) => {
  const cluster = await TestCluster.start(t, { environment: { MINOTAUR_SUSPECT_MS: '1500' } });
  const members = await cluster.addMembers('a', 'b', 'c');
  await cluster.settled();
  const bases = members.map(({ url }) => url);
  const settings = { roundSeconds: 604_800 };
  const host = await minotaur(bases).create({ displayName: 'Ada', settings });
  const guest = await minotaur(bases, { WebSocket: null }).join(host.seat.gameId.toLowerCase(), 'Linus');
  // What a page runs that was loaded from an older version.
  const old = (await import(new URL('../unit/client/released/client-0.3.0.js', import.meta.url).href)) as {
    readonly minotaur: typeof minotaur;
  };
  const third = await old.minotaur(bases).join(host.seat.gameId, 'Grace');
  const players = [new Playing(host), new Playing(guest), new Playing(third)] as const;
  t.after(() => {
    for (const { match } of players) match.close();
  });
  await waitFor('all see the lobby', () => players.every(({ versions }) => versions.length > 0));
  await host.start();

  const roundsPass = async (what: string, count = 4) => {
    const before = players.map(({ round }) => round);
    const passed = () => players.every(({ round }, index) => round >= (before[index] ?? 0) + count);
    await waitFor(`rounds ${what}`, passed, { timeoutMs: 30_000 });
  };
  const gatewayOf = async ({ match }: Playing): Promise<MemberProcess> =>
    waitFor('a connection', () => members.find(({ url }) => url === match.connection?.base) ?? null);
  const owner = async (): Promise<MemberProcess> => {
    const { headers } = await send(cluster.anyone() ?? '', 'GET', `/v1/games/${host.seat.gameId}`);
    return members.find(({ id }) => id === headers['x-minotaur-owner']) as MemberProcess;
  };
  const back = async (member: MemberProcess) => {
    member.start();
    await member.ready();
    await cluster.settled();
  };

  await roundsPass('at first');
  for (const victim of [owner, () => gatewayOf(players[0]), () => gatewayOf(players[1])]) {
    const member = await victim();
    await member.kill();
    await roundsPass(`while ${member.id} is dead`);
    await back(member);
  }
  for (const player of players.slice(0, 2)) {
    const member = await gatewayOf(player);
    await member.terminate();
    await roundsPass(`while ${member.id} is away`);
    await back(member);
  }
  for (const player of players.slice(0, 2)) {
    const paused = await gatewayOf(player);
    paused.pause();
    await roundsPass(`while ${paused.id} stands still`);
    paused.resume();
    await cluster.settled();
  }
  const cut = await owner();
  await cut.network('blackhole');
  await roundsPass(`while ${cut.id} is cut off`);
  await cut.network('open');
  await cluster.settled();
  await roundsPass('at last');

  const base = cluster.anyone() ?? '';
  const { latest } = expectStatus(await send(base, 'GET', `/v1/games/${host.seat.gameId}/events`), 200) as {
    latest: number;
  };
  await waitFor('the newest event', () => players.every(({ seqs }) => (seqs.at(-1) ?? 0) >= latest));
  for (const player of players) await player.stop();
  assert.deepEqual(
    players.map(({ vias }) => [...vias]),
    [['socket'], ['stream'], ['socket']],
  );
  const rounds = Math.min(...players.map(({ round }) => round)) - 1;
  for (const { seqs, versions, resumed, refusals } of players) {
    assert.deepEqual(refusals, []);
    assert.deepEqual(
      seqs,
      Array.from({ length: seqs.length }, (_, index) => index + 1),
    );
    assert.deepEqual(
      versions,
      [...new Set(versions)].toSorted((one, other) => one - other),
    );
    assert.equal(resumed.lastIndexOf('snapshot') < 3, true, `${resumed.slice(0, 50)}`);
  }
  for (let round = 1; round <= rounds; round += 1) {
    const record = expectStatus(await send(base, 'GET', `/v1/games/${host.seat.gameId}/rounds/${round}`), 200) as {
      actions: { playerId: string; vector: { q: number } }[];
    };
    for (const { match, given } of players) {
      const { playerId }: Seat = match.seat;
      const stored = record.actions.filter((action) => action.playerId === playerId).map(({ vector }) => vector.q);
      assert.deepEqual(stored, given[round], `round ${round}`);
    }
  }
  const tookMs = players.flatMap((player) => player.tookMs).toSorted((one, other) => one - other);
  const [usual, most] = [tookMs[tookMs.length >> 1], tookMs.at(-1)].map((ms) => Math.round(ms ?? 0));
  t.diagnostic(`${rounds} rounds; three commands took ${usual} ms, at most ${most} ms`);
});
