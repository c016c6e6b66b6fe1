/**
 * What can be read of a game that is over: as a player, and as an administrator.
 *
 * Role: asks until it is answered, whichever member is there.
 */
import type { GameEvent } from '../../client/index.ts';
import type { Requests } from '../../client/requests.ts';
import type { FinalGame, Read, Recorded } from './evidence.ts';

const PAGE = 500;

export async function readAll(requests: Requests, gameId: string, token: string, signal: AbortSignal): Promise<Read> {
  const get = (path: string) => requests.persist({ method: 'GET', path: `/v1/games/${gameId}${path}`, token }, signal);
  const { game, version } = (await get('')) as { game: Omit<FinalGame, 'version'>; version: number };
  const records: Recorded[] = [];
  for (let round = 1; round <= game.round; round += 1) records.push((await get(`/rounds/${round}`)) as Recorded);
  return { game: { ...game, version }, records, events: await allEvents(get) };
}

async function allEvents(get: (path: string) => Promise<unknown>): Promise<readonly GameEvent[]> {
  const all: GameEvent[] = [];
  for (;;) {
    const after = all.at(-1)?.seq ?? 0;
    const page = (await get(`/events?after=${after}&limit=${PAGE}`)) as { events: GameEvent[]; latest: number };
    all.push(...page.events);
    if (page.events.length === 0 || (all.at(-1)?.seq ?? 0) >= page.latest) return all;
  }
}
