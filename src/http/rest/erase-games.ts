/**
 * Erasing the games that nobody plays: a page of a list, each game on its own.
 *
 * Why no operation of owners: this is what an administrator could do with a list and `erase_game`, a game at a time; it only spares the way.
 * Why nothing is idle since a time that is to come: whatever is played would be erased with the rest, for a slip of the pen.
 * Invariants: at most one page is erased for one request, a few games at once; a game that was played meanwhile stays.
 */
import type { z } from 'zod';
import type { operations } from '../api/operations.ts';
import type { Edge } from '../edge/edge.ts';
import { type Asked, eraseOperation } from '../edge/operations.ts';
import { WrongFields } from '../edge/problem-reply.ts';

const AT_ONCE = 8;

interface Erased {
  readonly erased: readonly string[];
  /** Played meanwhile, or out of reach. */
  readonly left: readonly string[];
  readonly nextCursor: string | null;
  readonly partial: boolean;
}

export async function eraseGames(
  { gateway }: Edge,
  asked: Pick<Asked, 'caller' | 'key' | 'trace'>,
  query: z.output<typeof operations.erase_games.query>,
): Promise<Erased> {
  const idleSince = pastTime(query.idleSince, gateway.now);
  const { games, nextCursor, partial } = await gateway.listGames({
    ...listQuery(query),
    caller: asked.caller,
    idleSince,
  });
  const ids = games.map(({ id }) => id);
  const gone = new Set<string>();
  const waiting = [...ids];
  const eraseSome = async () => {
    for (let gameId = waiting.shift(); gameId !== undefined; gameId = waiting.shift()) {
      const answer = await gateway.execute(eraseOperation({ ...asked, gameId }, idleSince));
      if (answer.status === 204) gone.add(gameId);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, eraseSome));
  return { erased: ids.filter((id) => gone.has(id)), left: ids.filter((id) => !gone.has(id)), nextCursor, partial };
}

/** Ms since the epoch. Throws 400 if it is still to come. */
export function pastTime(idleSince: string, now: number): number {
  const time = Date.parse(idleSince);
  if (time <= now) return time;
  throw new WrongFields([`idleSince: must not be in the future; it is ${new Date(now).toISOString()}`]);
}

/** What both lists of games are asked for. */
export function listQuery({
  status,
  suspended,
  seats,
  limit,
  cursor,
}: Omit<z.output<typeof operations.list_games.query>, 'idleSince'>) {
  return {
    limit,
    ...(status && { status }),
    ...(seats && { seats }),
    ...(suspended && { suspended: suspended === 'true' }),
    ...(cursor && { cursor }),
  };
}
