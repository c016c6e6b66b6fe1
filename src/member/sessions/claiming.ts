/**
 * The claims of a member that took slots: of sessions that nobody asks for, those with the nearest deadline first.
 */
import type { Tasks } from '../kit/tasks.ts';
import type { Item } from './session-items.ts';
import type { SlotSessions } from './slot-sessions.ts';

/** Claims what is not claimed yet: from then on no write of an earlier owner can land. */
export async function claim<State>(
  tasks: Tasks,
  opened: readonly SlotSessions<State>[],
  isWanted: (item: Item<State>, epoch: number) => boolean,
): Promise<void> {
  const waiting = opened.flatMap((sessions) =>
    [...sessions.items.values()]
      .filter((item) => !item.deleted && item.live === null && isWanted(item, sessions.stamp.epoch))
      .map(({ gameId, listing }) => ({ sessions, gameId, at: listing.deadline ?? Number.POSITIVE_INFINITY })),
  );
  // The limiter orders those that have to wait.
  waiting.sort((a, b) => a.at - b.at);
  await Promise.all(
    waiting.map(async ({ sessions, gameId, at }) => {
      const claiming = sessions.claim(gameId, at);
      tasks.run('claim', claiming);
      // The task tells of its failure.
      await claiming.catch(() => undefined);
    }),
  );
}
