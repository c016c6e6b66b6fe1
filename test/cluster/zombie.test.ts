/**
 * A member that stood still while its sessions moved, and wakes up believing that it owns them.
 *
 * Whatever is sent straight to it (while it stands still, and the moment it wakes) must never land as a write of its own
 * nor be answered from its memory. The history checker is the judge: any of that shows as a stale read, a lost or a doubled command.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestCluster } from '../support/cluster.ts';
import { RecordedGame } from '../support/recorded-game.ts';
import { waitFor } from '../support/wait.ts';

const rounds = 6;
const games = 24;
const bursts = 8;

test('a woken zombie neither writes nor serves a stale read', { timeout: 120_000 }, async (t) => {
  const cluster = await TestCluster.start(t, { environment: { MINOTAUR_SUSPECT_MS: '800' } });
  const [a, b] = await cluster.addMembers('a', 'b');
  assert.ok(a && b);
  await cluster.settled();
  const recorded = await Promise.all(
    Array.from({ length: games }, (_, index) => RecordedGame.start(cluster.anyone, `Z${index}`)),
  );
  const atZombie = () => a.url;
  const atOther = () => b.url;
  const patient = { withinMs: 30_000, attemptMs: 20_000 };

  for (let round = 1; round <= rounds; round++) {
    await cluster.settled();
    const owned = (
      await Promise.all(
        recorded.map(async (game) => ({ game, owner: (await game.read(b.url))?.headers['x-minotaur-owner'] })),
      )
    ).flatMap(({ game, owner }) => (owner === a.id ? [game] : []));
    assert.ok(owned.length >= games / 4, `member a must own some of the games, it owns ${owned.length}`);
    // In its memory, and its connections open.
    await Promise.all(owned.map((game) => game.register(atZombie, 'p0')));

    // Every other time it also wakes up deaf: nothing but its own clocks can tell it that it is no longer the owner.
    const deaf = round % 2 === 0;
    if (deaf) await a.network('blackhole');
    a.pause();
    const early = owned.flatMap((game) => [game.register(atZombie, 'p1', patient), game.read(a.url, 20_000)]);
    await waitFor(
      'all slots are on b',
      async () => {
        const report = await b.report();
        return report.members.find(({ id }) => id === b.id)?.slots === report.slots;
      },
      { timeoutMs: 15_000 },
    );
    await Promise.all(owned.map((game) => game.register(atOther, 'p2')));
    // These are asked after b's writes were acknowledged: the zombie finds them in its sockets when it wakes.
    const late = owned.flatMap((game) => [game.read(a.url, 20_000), game.register(atZombie, 'p3', patient)]);
    a.resume();
    await a.live();
    const awake: Promise<unknown>[] = [];
    for (let burst = 1; burst <= bursts; burst++) {
      awake.push(...owned.map((game) => game.read(a.url, 20_000)));
      await Promise.all(owned.flatMap((game) => [game.register(atOther, 'p2'), game.read(b.url)]));
    }
    await a.live();
    if (deaf) await a.network('open');
    await Promise.all([...early, ...late, ...awake]);
    await a.ready();
  }

  const problems = (await Promise.all(recorded.map((game) => game.verdict(cluster.anyone)))).flat();
  assert.deepEqual(problems, []);
});
