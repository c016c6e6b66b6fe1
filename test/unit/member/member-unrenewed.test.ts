/**
 * A member whose renewals do not land, or that was cut off for a moment: what it tells meanwhile, and how soon its watchers catch up.
 */
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { GamePage, GameUpdate } from '../../../src/member/contract/gateway.ts';
import { ADMIN } from '../../../src/session/permission.ts';
import type { MemoryLink } from '../../support/memory-broker.ts';
import { act, allGames, type Joined, LittleCluster } from './little-cluster.ts';

/** Less than the shortest time after which a watched game is read again by itself. */
const SOON_MS = 3_000;

let cluster: LittleCluster;
/** Whose writes of its own key get lost. */
let unrenewed: MemoryLink | null = null;

async function two(): Promise<{ a: Joined; b: Joined }> {
  unrenewed = null;
  cluster = new LittleCluster({
    weather: {
      write: (from, { bucket }, { apply, answer }) => {
        if (from !== unrenewed || bucket !== 'members') answer(apply());
      },
    },
  });
  const [a, b] = await cluster.of('a', 'b');
  assert.ok(a && b);
  return { a, b };
}

afterEach(() => cluster.end());

const list = ({ member }: Joined): Promise<GamePage> => cluster.finish(member.listGames({ caller: ADMIN, limit: 200 }));

test('a member that cannot renew its lease lists nothing: the list says that games may be missing', async () => {
  const { a, b } = await two();
  await cluster.games(a);
  for (const by of [a, b])
    assert.deepEqual(await list(by).then(({ games, partial }) => [games.length, partial]), [80, false]);
  const ofB = allGames.filter((id) => b.member.location(id).owner === 'b').sort();
  unrenewed = a.link;
  // The lease of the last renewal is over, and nobody is expelled yet.
  await cluster.clock.advance(200);
  const asked = b.member.listGames({ caller: ADMIN, limit: 200 });
  const { games, partial } = await cluster.finish(asked);
  assert.deepEqual([games.map(({ id }) => id).sort(), partial], [ofB, true]);
});

test('a watcher whose member was cut off is told of what it missed at once, not at the next look', async () => {
  const { a, b } = await two();
  await cluster.games(a);
  const gameId = allGames.find((id) => a.member.location(id).owner === 'b') ?? '';
  const versions: number[] = [];
  const told = (update: GameUpdate) => void (update.kind === 'state' && versions.push(update.version));
  a.member.watch({ gameId, caller: ADMIN, since: 0, after: null }, told);
  await cluster.until('the watcher saw the game', () => versions.at(-1) === 1);
  // Again and again, so that the looks that come by themselves fall at other moments.
  for (let round = 1; round <= 10; round += 1) {
    a.link.cut();
    await cluster.ask(b, act(gameId));
    a.link.restore();
    await cluster.until(`the watcher saw version ${round + 1}`, () => versions.at(-1) === round + 1, SOON_MS);
    await cluster.clock.advance(1_000);
  }
});
