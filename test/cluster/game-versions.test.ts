/**
 * A game gets a newer version with another form of its world, under clients who act: members roll, one dies half way, the deploy is taken
 * back in part, and made again. Every version reads every game all the time; when the time to take it back is over, the newer form is written
 * and a member of the older version does not join any more.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { expectStatus, persist } from '../support/client.ts';
import { TestCluster } from '../support/cluster.ts';
import type { MemberProcess } from '../support/member-process.ts';
import { Player } from '../support/player.ts';
import type { Pick } from '../support/recorded-game.ts';
import { pauseBetweenTries, waitFor } from '../support/wait.ts';

type Version = 1 | 2;

const folder = join(import.meta.dirname, '../support/tally');
const playing: Readonly<Record<Version, Readonly<Record<string, string>>>> = {
  1: { MINOTAUR_GAME: join(folder, 'first.ts') },
  2: { MINOTAUR_GAME: join(folder, 'second.ts') },
};
const games = 6;
/** A machine that only plays has no time to start members. */
const thinkMs = 200;
const withinMs = 40_000;
/** Members start seven times here, beside players. */
const startWithinMs = 40_000;

interface Shown {
  readonly module: { readonly version: Version };
  readonly world: { readonly words: Readonly<Record<string, readonly number[]>>; readonly resolved?: number };
  readonly registeredActions: Readonly<Record<string, readonly { readonly word: number }[]>>;
}

/** Two who say 1, 2, 3, … in one game. */
class Table {
  /** The last number of each that was acknowledged. */
  readonly acknowledged = new Map<string, number>();
  readonly gameId: string;
  readonly #players: readonly Player[];
  readonly #pick: Pick;
  #stopping = false;
  readonly #end: Promise<void>;

  private constructor(players: readonly Player[], gameId: string, pick: Pick) {
    this.#players = players;
    this.gameId = gameId;
    this.#pick = pick;
    this.#end = this.#play();
    // Whoever stops it hears of a failure.
    this.#end.catch(() => undefined);
  }

  static async open(pick: Pick): Promise<Table> {
    const base = pick() ?? assert.fail('nobody runs');
    const host = await Player.create(base);
    const guest = await Player.join(base, host.gameId);
    expectStatus(await host.start(base), 200);
    return new Table([host, guest], host.gameId, pick);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#end;
  }

  async #play(): Promise<void> {
    for (let round = 1; !this.#stopping; round += 1) {
      await Promise.all(this.#players.map((player) => this.#say(player, round)));
      await pauseBetweenTries(thinkMs);
    }
  }

  async #say({ playerId, token }: Player, round: number): Promise<void> {
    const body = { type: 'say', word: round, round };
    const options = { pick: this.#pick, withinMs, timeoutMs: 4_000, key: randomUUID(), token, body };
    expectStatus(await persist('POST', `/v1/games/${this.gameId}/actions`, options), 200);
    this.acknowledged.set(playerId, round);
  }
}

class Rollout {
  readonly cluster: TestCluster;
  readonly tables: Table[] = [];
  readonly #versions = new Map<string, Version>();

  constructor(cluster: TestCluster) {
    this.cluster = cluster;
  }

  /** Starts members of version 1. */
  async begin(...ids: string[]): Promise<MemberProcess[]> {
    const members = await Promise.all(ids.map((id) => this.cluster.prepareMember(id)));
    for (const member of members) await this.roll(member, 1);
    return members;
  }

  async roll(member: MemberProcess, version: Version, settings: Readonly<Record<string, string>> = {}): Promise<void> {
    if (member.running) assert.deepEqual(await member.terminate(), { code: 0, signal: null });
    member.start({ ...playing[version], ...settings });
    await member.ready(startWithinMs);
    this.#versions.set(member.id, version);
    await this.cluster.settled();
  }

  /** Reads every game: nothing acknowledged is missing, and it is shown as its owner's version shows it. Resolves with owners by game. */
  async check(): Promise<ReadonlyMap<string, string>> {
    const owners = new Map<string, string>();
    for (const table of this.tables) {
      const acknowledged = [...table.acknowledged];
      const { owner, game } = await this.look(table);
      for (const [playerId, last] of acknowledged) {
        const registered = game.registeredActions[playerId]?.map(({ word }) => word) ?? [];
        const said = [...(game.world.words[playerId] ?? []), ...registered];
        const where = `${playerId} in ${table.gameId}, owned by ${owner}`;
        assert.deepEqual(
          said,
          [...said.keys()].map((index) => index + 1),
          where,
        );
        assert.ok(said.length >= last, `${where}: ${said.length} of ${last} that were acknowledged`);
      }
      assert.equal(game.module.version, this.#versions.get(owner), owner);
      owners.set(table.gameId, owner);
    }
    return owners;
  }

  async look({ gameId }: Table): Promise<{ readonly owner: string; readonly game: Shown }> {
    const reply = await persist('GET', `/v1/games/${gameId}`, {
      pick: this.cluster.anyone,
      withinMs,
      timeoutMs: 4_000,
    });
    const { game } = expectStatus(reply, 200) as { readonly game: Shown };
    return { owner: String(reply?.headers['x-minotaur-owner']), game };
  }

  /** Which versions own games. */
  async versionsOf(owners: ReadonlyMap<string, string>): Promise<readonly Version[]> {
    return [...new Set([...owners.values()].map((owner) => this.#versions.get(owner) ?? 1))].sort();
  }

  /** Rounds that the newer version has kept as its own. */
  async resolved(): Promise<readonly (number | undefined)[]> {
    const looks = await Promise.all(this.tables.map((table) => this.look(table)));
    return looks.map(({ game }) => game.world.resolved);
  }
}

test('members roll to a newer version of the game and back, under players; then the older one is shut out', {
  timeout: 280_000,
}, async (t) => {
  const cluster = await TestCluster.start(t, { environment: { ...playing[1], MINOTAUR_SLOTS: '24' } });
  const rollout = new Rollout(cluster);
  const [a, b, c] = (await rollout.begin('a', 'b', 'c')) as [MemberProcess, MemberProcess, MemberProcess];
  t.after(() => Promise.allSettled(rollout.tables.map((table) => table.stop())));
  // The same members get the same slots again, so each will own a game whenever it is there.
  const owners = new Set<string>();
  while (rollout.tables.length < games || owners.size < 3) {
    rollout.tables.push(await Table.open(cluster.anyone));
    for (const owner of (await rollout.check()).values()) owners.add(owner);
  }

  await rollout.roll(a, 2);
  const mixed = await rollout.check();
  assert.deepEqual(await rollout.versionsOf(mixed), [1, 2], 'both own games');
  const { members } = await b.report();
  assert.deepEqual(
    members.map(({ id, module }) => [id, module?.version]),
    [
      ['a', 2],
      ['b', 1],
      ['c', 1],
    ],
  );
  assert.equal(new Set(members.map(({ module }) => module?.hash)).size, 2, 'one hash for each file');

  await a.kill();
  await cluster.settled();
  const after = await rollout.check();
  assert.ok(
    [...mixed].some(([game, owner]) => owner === 'a' && after.get(game) !== 'a'),
    'an older one took games over',
  );

  for (const member of [a, b, c]) await rollout.roll(member, 2);
  assert.deepEqual(await rollout.versionsOf(await rollout.check()), [2]);
  assert.deepEqual(new Set(await rollout.resolved()), new Set([0]), 'the older form is written');

  await rollout.roll(a, 1);
  assert.deepEqual(await rollout.versionsOf(await rollout.check()), [1, 2], 'until then it can be taken back');

  // It is the first of the ring, so its time counts.
  await rollout.roll(a, 2, { MINOTAUR_GAME_ROLLBACK_MS: '1000' });
  await waitFor(
    'the newer form is written',
    async () => (await rollout.resolved()).every((count) => (count ?? 0) >= 2),
    {
      timeoutMs: 30_000,
    },
  );
  await rollout.check();
  const late = await cluster.prepareMember('late');
  late.start();
  const exit = await waitFor('a member of the older version ends', () => late.child.exit, { timeoutMs: startWithinMs });
  assert.deepEqual(exit, { code: 78, signal: null });
  assert.match(
    late.output,
    /this member plays version 1 of \\?"tally\\?", but the games of this cluster are of version 2/,
  );

  await Promise.all(rollout.tables.map((table) => table.stop()));
  await rollout.check();
  const rounds = rollout.tables.map(({ acknowledged }) => Math.min(...acknowledged.values()));
  t.diagnostic(`${rounds.length} games, ${rounds.reduce((sum, each) => sum + each, 0)} rounds`);
  assert.ok(
    rounds.every((each) => each >= 20),
    `too few to say anything: ${rounds}`,
  );
});
