/**
 * The scenario that Minotaur comes from, on containers: a game runs on one member, a second joins, the first is stopped.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { expectStatus, persist, type Reply } from '../support/client.ts';
import type { Deployment } from './support/deployment.ts';

const stayers = 3;

interface Game {
  readonly game: { readonly registeredActions: Record<string, { readonly id: string }[]> };
}

/** Leaves `m2` running alone. */
export async function originScenario(deployment: Deployment): Promise<void> {
  const ask = async (method: string, path: string, status: number, body?: unknown): Promise<Reply> => {
    const options = {
      pick: () => deployment.url,
      withinMs: 30_000,
      key: randomUUID(),
      ...(body !== undefined && { body }),
    };
    const reply = await persist(method, `/v1/games/${path}`, options);
    expectStatus(reply, status);
    return reply as Reply;
  };
  const register = async (id: string, playerId: string) => {
    const body = { type: 'move', vector: { q: 0, r: 1 }, playerId };
    return ((await ask('POST', `${id}/actions`, 200, body)).json as { actionId: string }).actionId;
  };
  const games = new Map<string, string[]>();
  const startGame = async () => {
    const id = `O${games.size}`;
    await ask('POST', `${id}/continue`, 201, { game: { id } });
    games.set(id, [await register(id, 'p0'), await register(id, 'p1')]);
    return id;
  };
  const ownerOf = async (id: string) => (await ask('GET', id, 200)).headers['x-minotaur-owner'];

  await deployment.up('m1', 'balancer');
  while (games.size < stayers) await startGame();
  for (const id of games.keys()) assert.equal(await ownerOf(id), 'm1');
  await deployment.up('m2');
  await deployment.settled(['m1', 'm2']);
  // What m2's share has taken with it proves nothing.
  let onFirst = 0;
  for (const id of [...games.keys()]) if ((await ownerOf(id)) === 'm1') onFirst += 1;
  while (onFirst < stayers) if ((await ownerOf(await startGame())) === 'm1') onFirst += 1;
  for (const [id, actions] of games) actions.push(await register(id, 'p2'));

  await deployment.compose(['stop', 'm1']);
  // SIGTERM reached it, and it drained.
  assert.equal(await deployment.docker('inspect', '--format', '{{.State.ExitCode}}', deployment.container('m1')), '0');
  for (const [id, actions] of games) {
    const reply = await ask('GET', id, 200);
    assert.equal(reply.headers['x-minotaur-owner'], 'm2');
    assert.equal(reply.headers['x-minotaur-member'], 'm2');
    const ids = Object.values((reply.json as Game).game.registeredActions)
      .flat()
      .map((action) => action.id);
    assert.deepEqual(ids.sort(), actions.sort());
    await register(id, 'p0');
  }
}
