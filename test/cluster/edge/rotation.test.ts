/**
 * Secrets of tokens are replaced by three rolling replacements (the new one is appended, promoted, and the old one removed) while clients
 * play: nobody may notice but who kept a token that the removed secret signed.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { minotaur } from '../../../src/client/index.ts';
import { Balancer } from '../../support/balancer.ts';
import { NoAnswer, type Reply, tokenSecrets } from '../../support/client.ts';
import { TestCluster } from '../../support/cluster.ts';
import { Followed } from '../../support/followed.ts';
import { createdSeat, joinedSeat, Player, tryToCreate, tryToJoin } from '../../support/player.ts';
import { pauseBetweenTries, waitFor } from '../../support/wait.ts';

const oldSecret = tokenSecrets;
const newSecret = 'another-secret-that-signs-the-tokens-of-players';
const players = 4;
const thinkMs = 60;

/** Everybody who plays; each request is tried once, at whichever member the balancer names. */
class Crowd {
  readonly failures: string[] = [];
  answered = 0;
  stopping = false;
  readonly #balancer: Balancer;

  constructor(balancer: Balancer) {
    this.#balancer = balancer;
  }

  /** Reads, acts, and takes it back; now and then a new token. */
  async play(player: Player, renewals: Map<Player, number>): Promise<void> {
    for (let turn = 1; !this.stopping; turn += 1) {
      await this.#once('read', 200, (base) => player.read(base));
      const registered = await this.#once('register', 200, (base) => player.register(base));
      const { actionId } = (registered?.json ?? {}) as { actionId?: string };
      if (actionId !== undefined) await this.#once('retract', 204, (base) => player.retract(base, actionId));
      if (turn % 5 === 0 && (await this.#once('renew', 200, (base) => player.renew(base))) !== null) {
        renewals.set(player, (renewals.get(player) ?? 0) + 1);
      }
      await pauseBetweenTries(thinkMs);
    }
  }

  /** Comes, looks around at the next member, and goes. */
  async comeAndGo(gameId: string): Promise<void> {
    while (!this.stopping) {
      const joined = await this.#once('join', 201, (base) => tryToJoin(base, gameId));
      if (joined !== null) {
        const guest = new Player(joinedSeat(gameId, joined));
        await this.#once('look', 200, (base) => guest.read(base));
        await this.#once('leave', 204, (base) => guest.leave(base));
      }
      await pauseBetweenTries(thinkMs);
    }
  }

  /** Null, and a failure is noted, unless the answer has this status. */
  async #once(what: string, status: number, request: (base: string) => Promise<Reply>): Promise<Reply | null> {
    const base = this.#balancer.pick();
    try {
      if (base === null) throw new NoAnswer('no member is ready');
      const reply = await request(base);
      this.answered += 1;
      if (reply.status === status) return reply;
      this.failures.push(`${what} at ${base}: ${reply.status} ${reply.text}`);
    } catch (error) {
      this.failures.push(`${what} at ${base}: ${(error as Error).message}`);
    }
    return null;
  }
}

/** Replaces all members, one after the other, by ones with these secrets. */
async function roll({ cluster, balancer }: Stage, ...secrets: readonly string[]): Promise<void> {
  for (const member of cluster.running) {
    assert.deepEqual(await member.terminate(), { code: 0, signal: null });
    member.start({ MINOTAUR_TOKEN_SECRETS: secrets.join(',') });
    await member.ready();
    // Else nobody might be left to ask while the next one leaves.
    await waitFor('the balancer knows it', () => balancer.knows(member));
  }
}

interface Stage {
  readonly cluster: TestCluster;
  readonly balancer: Balancer;
}

async function stage(t: TestContext): Promise<Stage> {
  const environment = {
    MINOTAUR_DRAIN_MIN_MS: '500',
    MINOTAUR_CREATIONS_PER_MINUTE: '1000',
    MINOTAUR_JOINS_PER_MINUTE: '100000',
  };
  const cluster = await TestCluster.start(t, { environment });
  await cluster.addMembers('a', 'b');
  await cluster.settled();
  const balancer = new Balancer(() => cluster.running);
  await balancer.start();
  t.after(() => balancer.stop());
  return { cluster, balancer };
}

test('secrets are rotated under load: only tokens of the removed one are refused in the end', {
  timeout: 120_000,
}, async (t) => {
  const all = await stage(t);
  const { cluster, balancer } = all;
  const base = () => balancer.pick() ?? '';
  const crowd = new Crowd(balancer);
  const renewals = new Map<Player, number>();
  const lobby = await Player.create(base(), { settings: { maxPlayers: 64 } });
  const veteranKey = randomUUID();
  const veteran = await Player.join(base(), lobby.gameId, 'Vera', veteranKey);
  const founderKey = randomUUID();
  const founder = await Player.create(base(), { key: founderKey });
  const socket = new Followed(minotaur(cluster.running.map(({ url }) => url)).rejoin(veteran));
  t.after(() => socket.close());
  const party = await Promise.all(
    Array.from({ length: players }, async () => {
      const player = await Player.create(base(), { settings: { actionPoints: 1_000 } });
      await player.start(base());
      return player;
    }),
  );
  const clients = [...party.map((player) => crowd.play(player, renewals)), crowd.comeAndGo(lobby.gameId)];
  const everybodyRenews = async () => {
    const before = new Map(renewals);
    // The first that is seen may have been under way.
    const isNew = (player: Player) => (renewals.get(player) ?? 0) >= (before.get(player) ?? 0) + 2;
    await waitFor('everybody has a newer token', () => party.every(isNew));
  };
  const veteransAnswers = () => Promise.all(cluster.running.map(async ({ url }) => (await veteran.read(url)).status));

  /** Who repeats a creation or a join with its key gets the same seat back, and a token that holds everywhere. */
  const keysAreKnown = async () => {
    for (const { url } of cluster.running) {
      const joined = await Player.join(url, lobby.gameId, 'Vera', veteranKey);
      assert.equal(joined.playerId, veteran.playerId);
      const created = createdSeat(await tryToCreate(url, { key: founderKey }));
      assert.deepEqual([created.gameId, created.playerId], [founder.gameId, founder.playerId]);
      for (const member of cluster.running) {
        assert.equal((await joined.read(member.url)).status, 200);
        assert.equal((await new Player(created).read(member.url)).status, 200);
      }
    }
  };

  await roll(all, oldSecret, newSecret);
  assert.deepEqual(await veteransAnswers(), [200, 200]);
  await keysAreKnown();
  await roll(all, newSecret, oldSecret);
  assert.deepEqual(await veteransAnswers(), [200, 200]);
  await keysAreKnown();
  assert.deepEqual(crowd.failures, []);
  assert.ok(socket.versions.length > 0 && socket.endCode() === null, 'the socket of the old token is served');

  await everybodyRenews();
  await roll(all, newSecret);
  await everybodyRenews();
  crowd.stopping = true;
  await Promise.all(clients);
  t.diagnostic(`${crowd.answered} requests, ${crowd.failures.length} failed`);
  assert.deepEqual(crowd.failures, []);
  assert.ok(crowd.answered > 500, `the load was too small to say anything: ${crowd.answered}`);

  assert.deepEqual(await veteransAnswers(), [401, 401]);
  await waitFor('the socket of the old token is refused', () => socket.endCode() === 4401);
  // With the secret its keys are forgotten as well.
  for (const { url } of cluster.running) {
    const { status, json } = await tryToJoin(url, lobby.gameId, 'Vera', veteranKey);
    const { code } = json as { code?: string };
    // The seat has its name still. Which of the two depends on whether the result of the first join is still remembered.
    assert.ok(status === 409 && ['key_expired', 'name_taken'].includes(code ?? ''), `${status} ${code}`);
  }
});
