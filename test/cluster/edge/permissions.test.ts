/**
 * Who may what, on a real cluster: everything in the table of operations, asked by everybody, at every member.
 *
 * What is expected follows from the `may` of the table; a new operation fails here until `askings` has a request for it.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { ApiOperation } from '../../../src/http/api/operation.ts';
import { everyOperation, operations } from '../../../src/http/api/operations.ts';
import type { Permission, Relation } from '../../../src/session/permission.ts';
import { expectStatus, type Reply, send } from '../../support/client.ts';
import { TestCluster } from '../../support/cluster.ts';
import { GameConnection } from '../../support/game-connection.ts';
import { Player } from '../../support/player.ts';
import { StreamClient } from '../../support/stream-client.ts';
import { waitFor } from '../../support/wait.ts';
import { type Asking, askings, everybody, inGame, makeScene, type Scene, type Who } from './permissions-scene.ts';

const timeout = 90_000;
type Outcome = 'ok' | 401 | 403;

/** What they are to the game, and to what is asked. */
const relations: Partial<Record<Who, readonly Relation[]>> = {
  nobody: ['anyone'],
  admin: ['anyone', 'admin'],
  host: ['anyone', 'player', 'host'],
  self: ['anyone', 'player', 'self'],
  other: ['anyone', 'player'],
};
/** Of another game; or right once, and no more: only the state of the game can tell. */
const bystanders: readonly Who[] = ['host', 'self', 'other', 'stranger', 'kicked', 'renewed', 'erased'];

/** `may` is that of the line, or more than that. */
function expected({ id, path, tag }: ApiOperation, may: Permission, who: Who): Outcome {
  if (tag === 'health' || tag === 'documents') return 'ok';
  const known = relations[who];
  if (known === undefined && !bystanders.includes(who)) return 401;
  if (bystanders.includes(who)) {
    if (may.every((relation) => relation === 'admin')) return 403;
    if (!path.startsWith('/v1/games/{id}')) return may.includes('anyone') ? 'ok' : 403;
  }
  // Whoever names another player as itself is refused before the game is asked whether the token holds.
  const namesAnother = id === 'register_action' || id === 'commit_round' || id === 'take_host';
  if (who === 'stranger' || (namesAnother && (who === 'kicked' || who === 'erased'))) return 403;
  // Where a game lives is told without asking the game.
  if (known === undefined) return id === 'get_location' ? 'ok' : 401;
  if (may.some((relation) => known.includes(relation))) return 'ok';
  return who === 'nobody' ? 401 : 403;
}

interface Stage {
  readonly bases: readonly string[];
  readonly pick: () => string;
  readonly scene: (active: boolean) => Promise<Scene>;
}

async function stage(t: TestContext): Promise<Stage> {
  const many = '1000000';
  const environment = {
    MINOTAUR_CREATIONS_PER_MINUTE: many,
    MINOTAUR_JOINS_PER_MINUTE: many,
    MINOTAUR_FAILED_AUTHENTICATIONS_PER_MINUTE: many,
  };
  const cluster = await TestCluster.start(t, { environment });
  const members = await cluster.addMembers('m1', 'm2');
  await cluster.settled();
  const bases = members.map(({ url }) => url);
  let turn = 0;
  const pick = () => bases[turn++ % bases.length] ?? '';
  const stranger = await Player.create(pick());
  return { bases, pick, scene: (active) => makeScene(pick, active, stranger) };
}

function ask(base: string, { method, path }: ApiOperation, { params, query, body }: Asking, token: string | null) {
  const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => params?.[name] ?? '');
  return send(base, method, query === undefined ? address : `${address}?${new URLSearchParams(query)}`, {
    token,
    ...(body && { body }),
  });
}

/** Everything that a refused request could have changed. */
async function stateOf({ bases }: Stage, { gameId }: Scene): Promise<unknown> {
  const { game, version } = expectStatus(await send(bases[0] ?? '', 'GET', `/v1/games/${gameId}`), 200) as {
    game: unknown;
    version: number;
  };
  return { game, version };
}

function assertRefused(reply: Reply, outcome: 401 | 403, what: string): void {
  const isKicked = outcome === 401 && what.endsWith(' by kicked');
  const code = outcome === 403 ? 'forbidden' : isKicked ? 'kicked' : 'unauthorized';
  assert.deepEqual([reply.status, reply.code], [outcome, code], `${what}: ${reply.text}`);
  assert.equal(reply.headers['www-authenticate'] !== undefined, outcome === 401, what);
}

function assertAllowed(reply: Reply, id: string, who: Who): void {
  if (id === 'take_host' && who !== 'admin') assert.equal(reply.code, 'host_present');
  else if (id === 'rematch_game' || id === 'get_rematch') assert.equal(reply.code, 'game_not_concluded');
  // Somebody else's action is none that this player has.
  else if (id === 'retract_action' && (who === 'host' || who === 'other')) assert.equal(reply.code, 'action_not_found');
  else assert.ok(reply.status < 300, `${id} by ${who}: ${reply.status} ${reply.text}`);
}

/** Tries one operation with everybody: who may not, at every member, where it must change nothing; who may, on a game of their own. */
async function tryEverybody(on: Stage, line: ApiOperation, may: Permission, more: Asking = {}): Promise<void> {
  const asking = (scene: Scene) => ({ ...askings[line.id](scene), ...more });
  const active = inGame.has(line.id);
  const shared = await on.scene(active);
  const before = await stateOf(on, shared);
  for (const who of everybody) {
    const outcome = expected(line, may, who);
    if (outcome === 'ok') continue;
    for (const base of on.bases) {
      assertRefused(await ask(base, line, asking(shared), shared.tokens[who]), outcome, `${line.id} by ${who}`);
    }
  }
  assert.deepEqual(await stateOf(on, shared), before, `${line.id}: what was refused changed something`);
  for (const who of everybody.filter((each) => expected(line, may, each) === 'ok')) {
    const scene = line.method === 'GET' ? shared : await on.scene(active);
    assertAllowed(await ask(on.pick(), line, asking(scene), scene.tokens[who]), line.id, who);
  }
}

test('operations, sockets and frames are for those whom the table names, whoever asks, at every member', {
  timeout,
}, async (t) => {
  const on = await stage(t);
  await trySockets(t, on);
  await tryFrames(t, on);
  // Cordons last: they move what the others look at.
  const plain = everyOperation.filter((line) => !isCordon(line) && !['watch_game', 'stream_game'].includes(line.id));
  await Promise.all(plain.map((line) => tryEverybody(on, line, line.may)));
  // Whoever brings a game needs more than who goes on with one.
  await tryEverybody(on, operations.continue_game, ['admin'], { body: { game: {} } });
  for (const line of everyOperation.filter(isCordon)) await tryEverybody(on, line, line.may);
});

function isCordon({ id }: ApiOperation): boolean {
  return id === 'drain_member' || id === 'undrain_member';
}

async function trySockets(t: TestContext, on: Stage): Promise<void> {
  const { watch_game: watch } = operations;
  const scene = await on.scene(true);
  const codes = { ok: 101, 401: 4401, 403: 4403 };
  for (const base of on.bases) {
    for (const who of everybody) {
      const connection = GameConnection.to(base, scene.gameId, scene.tokens[who]);
      t.after(() => connection.close());
      assert.equal(await connection.outcome(), codes[expected(watch, watch.may, who)], `watch_game by ${who}`);
      const { stream_game: stream } = operations;
      const outcome = expected(stream, stream.may, who);
      const token = scene.tokens[who];
      const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
      const client = StreamClient.to(t, `${base}/v1/games/${scene.gameId}/stream`, headers);
      const status = await client.status;
      assert.equal(status, outcome === 'ok' ? 200 : outcome, `stream_game by ${who}`);
      if (status === 200) await waitFor('the game', () => client.games.length > 0);
      client.close();
    }
  }
}

async function tryFrames(t: TestContext, on: Stage): Promise<void> {
  const frames = everyOperation.filter(({ frame }) => frame !== null);
  assert.notEqual(frames.length, 0);
  for (const line of frames) await tryFrame(t, on, line, line.may);
  await tryFrame(t, on, operations.continue_game, ['admin'], { game: {} });
}

/** One type of frame, from every socket that was let in. */
async function tryFrame(
  t: TestContext,
  on: Stage,
  line: ApiOperation,
  may: Permission,
  given: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const { watch_game: watch } = operations;
  for (const who of everybody.filter((each) => expected(watch, watch.may, each) === 'ok')) {
    const scene = await on.scene(true);
    const { params, body } = askings[line.id](scene);
    const { id: _, round, ...addressed } = params ?? {};
    const fields = { ...addressed, ...(round !== undefined && { round: Number(round) }), ...body, ...given };
    const connection = GameConnection.to(on.pick(), scene.gameId, scene.tokens[who]);
    t.after(() => connection.close());
    const reply = await connection.ask(line.frame ?? '', { body: fields });
    const outcome = expected(line, may, who);
    const what = `frame ${line.frame} by ${who}: ${JSON.stringify(reply)}`;
    if (outcome !== 'ok') assert.deepEqual([reply.status, reply.problem.code], [outcome, 'forbidden'], what);
    else if (line.id === 'retract_action' && (who === 'host' || who === 'other')) assert.equal(reply.status, 404, what);
    else assert.equal(reply.ok, true, what);
  }
}
