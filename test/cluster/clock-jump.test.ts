/**
 * The wall clock of one of two members is an hour wrong for a while, ahead and behind: nothing that a player can notice comes of it.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { expectStatus } from '../support/client.ts';
import { TestCluster } from '../support/cluster.ts';
import { waitFor } from '../support/wait.ts';

const preload = fileURLToPath(new URL('../support/jumping-clock.ts', import.meta.url));
const HOUR = 3_600_000;
const games = 12;

interface Shown {
  readonly round: number;
  readonly roundEndTime: string;
}

test('a wall clock that is an hour wrong ends no round and locks nobody out', { timeout: 90_000 }, async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'minotaur-clock-'));
  t.after(() => rm(dir, { recursive: true }));
  const file = join(dir, 'offset');
  await writeFile(file, '0');
  const cluster = await TestCluster.start(t);
  const wrong = await cluster.addMember('a', { NODE_OPTIONS: `--import ${preload}`, JUMPING_CLOCK_FILE: file });
  const right = await cluster.addMember('b');
  await cluster.settled();

  const ids = Array.from({ length: games }, (_, index) => `C${index}`);
  const begun = new Map<string, Shown>();
  for (const [index, id] of ids.entries()) {
    // Half of the rounds last half an hour, the others a second.
    const game = {
      players: { p0: { id: 'p0', displayName: 'Ada' } },
      settings: { roundSeconds: index % 2 ? 1 : 1_800, actionPoints: 100 },
    };
    const reply = await right.send('POST', `/v1/games/${id}/continue`, {
      key: randomUUID(),
      body: { game: { id, ...game } },
    });
    begun.set(id, (expectStatus(reply, 201) as { game: Shown }).game);
  }
  const shown = async (id: string) => {
    const reply = await right.send('GET', `/v1/games/${id}`);
    return { ...(expectStatus(reply, 200) as { game: Shown }).game, owner: reply.headers['x-minotaur-owner'] };
  };
  const owners = new Set(await Promise.all(ids.map(async (id) => (await shown(id)).owner)));
  assert.deepEqual([...owners].sort(), ['a', 'b'], 'each member owns some of them');

  const noticed = () => wrong.output.split('the clock of this machine differs from that of NATS').length - 1;
  for (const offsetMs of [HOUR, 0, -HOUR, 0]) {
    const before = noticed();
    await writeFile(file, String(offsetMs));
    if (offsetMs !== 0) await waitFor('the member says that its clock is wrong', () => noticed() > before);
    for (const [index, id] of ids.entries()) {
      const { round } = await shown(id);
      if (index % 2) await waitFor(`${id} goes on to its next round`, async () => (await shown(id)).round > round);
      else assert.deepEqual((await shown(id)).roundEndTime, begun.get(id)?.roundEndTime);
      for (const through of [wrong, right]) {
        const body = { type: 'move', vector: { q: 1, r: 0 }, playerId: 'p0' };
        expectStatus(await through.send('POST', `/v1/games/${id}/actions`, { key: randomUUID(), body }), 200);
      }
      const { roundEndTime } = await shown(id);
      assert.ok(Date.parse(roundEndTime) - Date.now() < 1_801_000, `${id} ends at ${roundEndTime}`);
    }
  }
});
