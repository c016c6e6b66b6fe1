/**
 * Backup and restore, as docs/operations.md describes them: the streams are backed up one after another while members run and clients
 * play, all is lost, and new members begin with what the backup holds, in new servers.
 *
 * Between the backups of two streams happens what can make them contradict each other: games move, rounds end, games begin and conclude.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { BUCKETS } from '../../src/ports/store.ts';
import { expectStatus, persist, type Reply, send } from '../support/client.ts';
import { TestCluster } from '../support/cluster.ts';
import { Load } from '../support/load.ts';
import { Player } from '../support/player.ts';
import type { RecordedGame } from '../support/recorded-game.ts';
import { acknowledgedVersion, historyUntil } from '../support/restored-history.ts';
import { chooseSeed, seededRandom } from '../support/seeded.ts';
import { backUpStream, restoreStream, type StreamBackup, withNats } from '../support/stream-backup.ts';
import { waitFor } from '../support/wait.ts';

const guide = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
/** The least that the guide grants to whoever backs up and restores. */
const [, permissions = ''] = /^(permissions \{\n[^}]*SNAPSHOT[^}]*\})$/m.exec(guide) ?? [];
const login = { user: 'backup', pass: 'backup' };
const natsConfig = `accounts { CLUSTER { jetstream: enabled, users = [
  { user: backup, password: backup, ${permissions} }
  { user: others, password: others }
] } }
no_auth_user: others\n`;
/** What members say when something is missing or makes no sense. */
const complaints = /NATS lost|cannot be read|failed unexpectedly/;
/** Less than a request deadline: nothing waits for anything any more. */
const patience = { withinMs: 5_000, attemptMs: 4_000 };
/** More than were ended while the backup was taken: three, and what clients did. */
const roundsMeanwhile = 6;
const expelledWithinMs = 10_000;

/** The buckets, in the order of the commands that the guide gives. */
function documented(command: RegExp): string[] {
  return [...guide.matchAll(command)].map(([, name = '']) => name);
}

const backedUp = documented(/^nats stream backup KV_minotaur_\w+ backup\/(\w+)$/gm);
const restored = documented(/^nats stream restore backup\/(\w+)$/gm);

/** A game of two, in its second round, in which every command was sent with a key and answered. */
class Party {
  readonly ada: Player;
  readonly bob: Player;
  readonly #answers: { readonly again: (base: string) => Promise<Reply>; readonly first: unknown }[] = [];

  private constructor(ada: Player, bob: Player) {
    this.ada = ada;
    this.bob = bob;
  }

  static async begin(base: string): Promise<Party> {
    const ada = await Player.create(base);
    const party = new Party(ada, await Player.join(base, ada.gameId));
    await party.#ask(base, (at, key) => ada.start(at, key));
    await party.#ask(base, (at, key) => ada.register(at, key));
    for (const player of party.players) await party.#ask(base, (at, key) => player.commit(at, 1, key));
    await party.#ask(base, (at, key) => party.bob.register(at, key));
    return party;
  }

  get players(): readonly Player[] {
    return [this.ada, this.bob];
  }

  async #ask(base: string, request: (base: string, key: string) => Promise<Reply>): Promise<void> {
    const key = randomUUID();
    const again = (at: string) => request(at, key);
    this.#answers.push({ again, first: expectStatus(await again(base), 200) });
  }

  /** Both leave: that concludes it. */
  async end(base: string): Promise<void> {
    for (const player of this.players) expectStatus(await player.leave(base), 204);
    await waitFor('the game is concluded', async () => (await this.status(base)) === 'concluded');
  }

  async status(base: string): Promise<string> {
    const reply = await this.ada.ask(base, 'GET', '', { token: null });
    return (expectStatus(reply, 200) as { game: { status: string } }).game.status;
  }

  async assertFirstAnswersAgain(base: string): Promise<void> {
    for (const { again, first } of this.#answers) assert.deepEqual(expectStatus(await again(base), 200), first);
  }
}

interface Scene {
  readonly cluster: TestCluster;
  readonly load: Load;
  /** Concluded before the backup begins; plays on; concluded while it is taken. */
  readonly over: Party;
  readonly playing: Party;
  readonly ending: Party;
}

async function stage(t: TestContext): Promise<Scene> {
  const seed = chooseSeed();
  t.diagnostic(`TEST_SEED=${seed}`);
  const cluster = await TestCluster.start(t, { natsConfig });
  const [a] = await cluster.addMembers('a', 'b');
  assert.ok(a);
  await cluster.settled();
  const [over, playing, ending] = await Promise.all([1, 2, 3].map(() => Party.begin(a.url)));
  assert.ok(over && playing && ending);
  await over.end(a.url);
  const options = { games: 24, clients: 12, pick: cluster.anyone, random: seededRandom(seed), thinkMs: 20 };
  const load = await Load.start(options);
  await waitFor('enough was played', () => load.answered > 400);
  return { cluster, load, over, playing, ending };
}

const streamOf = ({ namespace }: Pick<TestCluster, 'namespace'>, bucket: string) => `KV_${namespace}_${bucket}`;

/** What may happen between the backups of two streams: every game of one member moves there and back, and a round of every game ends. */
async function lifeGoesOn({ cluster, load }: Scene): Promise<void> {
  const [a, b] = cluster.running;
  assert.ok(a && b);
  await cluster.drainAndTakeBack(a, b.id);
  await Promise.all(load.games.map((game) => endRound(game, a.url)));
}

async function endRound(game: RecordedGame, base: string): Promise<void> {
  await game.read(base);
  await game.endRound(() => base);
}

/** The streams, in the order of the guide. Resolves with them, and with a game that began after the first. */
async function backUp(scene: Scene): Promise<{ backups: StreamBackup[]; late: Player }> {
  const { cluster, ending } = scene;
  const [{ url } = { url: '' }] = cluster.running;
  const take = (bucket: string) =>
    withNats(cluster.nats.servers, login, (connection) => backUpStream(connection, streamOf(cluster, bucket)));
  const [first = '', ...others] = backedUp;
  const backups = [await take(first)];
  const late = await Player.create(url);
  await ending.end(url);
  for (const bucket of others) {
    await lifeGoesOn(scene);
    backups.push(await take(bucket));
  }
  return { backups, late };
}

async function restore({ nats, namespace }: TestCluster, backups: readonly StreamBackup[]): Promise<void> {
  await withNats(nats.servers, login, async (connection) => {
    for (const bucket of restored) {
      const backup = backups.find(({ stream }) => stream === streamOf({ namespace }, bucket));
      assert.ok(backup, `${bucket} was never backed up`);
      await restoreStream(connection, backup);
    }
  });
}

/** Everything is killed, and what the servers had stored is gone. New ones run afterwards. */
async function loseEverything(cluster: TestCluster): Promise<void> {
  await cluster.killAll();
  await cluster.nats.killAll();
  for (const server of cluster.nats.servers) server.wipe();
  await cluster.nats.startAll();
}

/** All that was acknowledged before the backup began, and nothing but what once was. */
async function assertRestored(cluster: TestCluster, games: readonly RecordedGame[], begun: number): Promise<void> {
  for (const game of games) {
    const ending = await game.ending(cluster.anyone);
    const { version } = ending.game;
    const least = acknowledgedVersion(game.history, begun);
    assert.ok(
      version >= least,
      `game ${game.id} is at version ${version}, ${least} was acknowledged before the backup`,
    );
    assert.deepEqual(historyUntil(game.history, version, begun).check(ending), []);
  }
}

/** They go on, through every round of which the archive has a record that the restored game knows nothing of. */
async function assertPlayable({ anyone: pick }: TestCluster, game: RecordedGame): Promise<void> {
  const { round: first } = (await game.ending(pick)).game;
  for (let round = first; round < first + roundsMeanwhile; round += 1) {
    const actionId = await game.register(pick, 'p0', patience);
    assert.ok(actionId, `nobody can act in round ${round} of ${game.id}`);
    const about = `/v1/games/${game.id}/rounds/${round}`;
    expectStatus(await persist('POST', `${about}/end`, { pick, key: randomUUID(), ...patience }), 200);
    const record = expectStatus(await persist('GET', about, { pick, ...patience }), 200) as {
      actions: { id: string }[];
    };
    assert.ok(
      record.actions.some(({ id }) => id === actionId),
      `round ${round} of ${game.id} has the record of another one`,
    );
  }
}

async function assertConcluded({ ada }: Party, base: string): Promise<void> {
  const get = (path: string) => send(base, 'GET', `/v1/games/${ada.gameId}${path}`);
  const { game } = expectStatus(await get(''), 200) as { game: { status: string } };
  assert.equal(game.status, 'concluded');
  const { events } = expectStatus(await get('/events'), 200) as { events: { seq: number; type: string }[] };
  assert.equal(events.at(-1)?.type, 'game_concluded');
  events.forEach(({ seq }, index) => {
    assert.equal(seq, index + 1);
  });
  for (const round of [1, 2]) expectStatus(await get(`/rounds/${round}`), 200);
}

test('games that were backed up while they were played go on in new servers', { timeout: 240_000 }, async (t) => {
  assert.notEqual(permissions, '', 'the guide grants something');
  for (const listed of [backedUp, restored]) assert.deepEqual(listed.toSorted(), BUCKETS.toSorted());
  const scene = await stage(t);
  const { cluster, load, over, playing, ending } = scene;
  const begun = performance.now();
  const { backups, late } = await backUp(scene);
  await load.stop();
  await loseEverything(cluster);
  await restore(cluster, backups);

  // One that was there, and a new one: those of the time of the backup are still listed.
  const [a] = cluster.members;
  assert.ok(a);
  a.start();
  const members = [a, await cluster.addMember('c')];
  await cluster.settled(expelledWithinMs);
  await assertRestored(cluster, load.games, begun);
  await Promise.all(load.games.map((game) => assertPlayable(cluster, game)));
  for (const { url } of members) {
    await playing.assertFirstAnswersAgain(url);
    for (const player of playing.players) expectStatus(await player.read(url), 200);
    await assertConcluded(over, url);
    assert.equal((await send(url, 'GET', `/v1/games/${late.gameId}`)).code, 'game_not_alive');
  }
  assert.equal(await ending.status(a.url), 'active', 'it was concluded after it had been backed up');
  await ending.end(a.url);
  await assertConcluded(ending, a.url);
  for (const { output } of members) assert.doesNotMatch(output, complaints);
});
