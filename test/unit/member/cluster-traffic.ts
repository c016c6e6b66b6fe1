/**
 * What is asked of a little cluster while it changes, and what must be true of it afterwards.
 */
import assert from 'node:assert/strict';
import { act, allGames, bodyOf, type Joined, type LittleCluster, read } from './little-cluster.ts';

/** How many slots each of these owns, as `by` sees it. */
export async function shares(cluster: LittleCluster, by: Joined): Promise<Record<string, number>> {
  const { members } = await cluster.finish(by.member.cluster());
  return Object.fromEntries(members.map(({ id, slots }) => [id, slots]));
}

/** Reads every game through every one of these members: all are there, at this version. */
export async function allThere(cluster: LittleCluster, members: readonly Joined[], version: number): Promise<void> {
  for (const { member } of members) {
    const answers = await cluster.finish(Promise.all(allGames.map((gameId) => member.execute(read(gameId)))));
    for (const answer of answers)
      assert.deepEqual([answer.status, bodyOf(answer).version], [200, version], answer.body);
  }
}

/** Keeps reading and writing all games through these members until stopped; collects what was no success. */
export function traffic(
  cluster: LittleCluster,
  members: readonly Joined[],
): {
  stop(): Promise<{ troubles: string[]; applied: Map<string, number> }>;
} {
  let on = true;
  const troubles: string[] = [];
  const applied = new Map<string, number>();
  const clients = members.flatMap(({ member }, index) =>
    allGames
      .filter((_, game) => game % 8 === index)
      .map(async (gameId) => {
        while (on) {
          for (const operation of [act(gameId), read(gameId)]) {
            const answer = await member.execute(operation);
            if (answer.status !== 200) troubles.push(`${gameId} ${operation.kind}: ${answer.body}`);
            else if (operation.kind === 'command') applied.set(gameId, (applied.get(gameId) ?? 0) + 1);
            await new Promise<void>((resolve) => cluster.clock.after(20, resolve));
          }
        }
      }),
  );
  return {
    stop: async () => {
      on = false;
      await cluster.finish(Promise.all(clients));
      return { troubles, applied };
    },
  };
}

/** Every command that was answered is in the store, once. */
export async function allApplied(
  cluster: LittleCluster,
  by: Joined,
  applied: ReadonlyMap<string, number>,
): Promise<void> {
  for (const [gameId, count] of applied) assert.equal((await cluster.stored(by, gameId)).version, 1 + count, gameId);
}

/** Who owns each game, as this member sees it. */
export function ownersSeenBy({ member }: Joined): Record<string, string | null> {
  return Object.fromEntries(allGames.map((gameId) => [gameId, member.location(gameId).owner]));
}
