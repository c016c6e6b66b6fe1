/**
 * Backup and restore, as docs/operations.md describes them: a backup is taken while members run and clients play, all is lost, and new
 * members begin with what the backup holds, in new servers, by a user of NATS that may do no more than the guide says.
 *
 * Before each bucket is read happens what can make it contradict the one before: games move, rounds end, games begin and conclude.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { save } from '../../src/adapters/backup/backup.ts';
import { openStreams } from '../../src/adapters/backup/streams.ts';
import type { BucketName } from '../../src/ports/store.ts';
import { Child } from '../support/child.ts';
import { expectStatus, persist, type Reply, send } from '../support/client.ts';
import { TestCluster } from '../support/cluster.ts';
import { Load } from '../support/load.ts';
import { Player } from '../support/player.ts';
import type { RecordedGame } from '../support/recorded-game.ts';
import { acknowledgedVersion, historyUntil } from '../support/restored-history.ts';
import { chooseSeed, seededRandom } from '../support/seeded.ts';
import { waitFor } from '../support/wait.ts';

const guide = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
/** The namespace of the first cluster of a process. */
const namespace = 'test1';
/** The least that the guide grants to whoever backs up and restores. */
const [, block = ''] = /^(permissions \{\n[^}]*MSG\.GET[^}]*\})$/m.exec(guide) ?? [];
const permissions = block.replaceAll('minotaur', namespace);
const login = 'backup:backup@';
const natsConfig = `accounts { CLUSTER { jetstream: enabled, users = [
  { user: backup, password: backup, ${permissions} }
  { user: others, password: others }
] } }
no_auth_user: others\n`;
const program = join(import.meta.dirname, '..', '..', 'src', 'backup.ts');
/** What members say when something is missing or makes no sense. */
const complaints = /NATS lost|cannot be read|failed unexpectedly/;
/** Less than a request deadline: nothing waits for anything any more. */
const patience = { withinMs: 5_000, attemptMs: 4_000 };
/** More than were ended while the backup was taken: three, and what clients did. */
const roundsMeanwhile = 6;
const expelledWithinMs = 10_000;

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

/** What may happen before the next bucket is read: every game of one member moves there and back, and a round of every game ends. */
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

/** Takes a backup. Resolves with a game that began when the sessions had been read. */
async function backUp(scene: Scene, path: string): Promise<Player> {
  const { cluster, ending } = scene;
  const [{ url } = { url: '' }] = cluster.running;
  const servers = cluster.nats.servers.map(({ port }) => `${login}127.0.0.1:${port}`);
  const settings = { servers, namespace, credentialsFile: null, tls: null, replicas: 1, retentionDays: 90 };
  const streams = await openStreams({ ...settings, clientName: 'backup' });
  let late: Player | null = null;
  let last: BucketName = 'sessions';
  const betweenBuckets = async (next: BucketName) => {
    if (next === last) return;
    last = next;
    if (late === null) {
      late = await Player.create(url);
      await ending.end(url);
    }
    await lifeGoesOn(scene);
  };
  const source = {
    get: (bucket: BucketName, key: string) => streams.get(bucket, key),
    keys: async (bucket: BucketName, prefix: string | null) => {
      // Which slots there are is asked for with every bucket.
      if (prefix !== null || bucket === 'members' || last === 'archive') await betweenBuckets(bucket);
      return streams.keys(bucket, prefix);
    },
  };
  await save(source, namespace, path, {
    keeps: ({ bucket, key }) => bucket !== 'members' || key === 'cluster',
    progress: () => {},
  });
  await streams.close();
  return late ?? assert.fail('the archive was never read');
}

/** By the program itself. Resolves with what it said. */
async function runBackup(cluster: TestCluster, ...args: string[]): Promise<{ output: string; code: number | null }> {
  const child = new Child(process.execPath, [program, ...args], {
    MINOTAUR_NATS_URL: cluster.nats.servers.map(({ port }) => `${login}127.0.0.1:${port}`).join(','),
    MINOTAUR_NAMESPACE: cluster.namespace,
  });
  const { code } = await child.exited;
  return { output: child.output, code };
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
  const folder = await mkdtemp(join(tmpdir(), 'minotaur-backup-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const [path, another] = [join(folder, 'backup'), join(folder, 'another')];
  const scene = await stage(t);
  const { cluster, load, over, playing, ending } = scene;
  assert.equal(cluster.namespace, namespace);
  const taken = await runBackup(cluster, 'save', another);
  assert.deepEqual([taken.code, /saved .*sessions \d\d/.test(taken.output)], [0, true], taken.output);
  const begun = performance.now();
  const late = await backUp(scene, path);
  await load.stop();
  await loseEverything(cluster);
  const restored = await runBackup(cluster, 'restore', path);
  assert.equal(restored.code, 0, restored.output);
  const refused = await runBackup(cluster, 'restore', another);
  assert.deepEqual([refused.code, /something is stored here/.test(refused.output)], [1, true], refused.output);

  // One that was there, and a new one.
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
