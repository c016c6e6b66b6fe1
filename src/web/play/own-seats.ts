/**
 * Several seats at one game for one person: who builds a game plays all of them.
 *
 * Invariant: they are kept for this tab alone, of one game at a time.
 */
import type { Match, Seat } from '../../client/index.ts';
import { server } from '../kit/server.ts';

const place = 'minotaur.own-seats';

export interface OwnSeat extends Seat {
  readonly name: string;
}

/** None, unless this tab opened the game with several. */
export function ownSeats(gameId: string): readonly OwnSeat[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(place) ?? '[]');
    return Array.isArray(kept) ? kept.filter((seat) => seat?.gameId === gameId) : [];
  } catch {
    return [];
  }
}

/** Opens a lobby with so many seats taken, all of them one's own; the first one is the host's. */
export async function openWithSeats(count: number, settings: Readonly<Record<string, unknown>>): Promise<Match> {
  const nameOf = (index: number) => `Seat ${index + 1}`;
  const host = await server.create({ displayName: nameOf(0), settings });
  const seats: OwnSeat[] = [{ ...host.seat, name: nameOf(0) }];
  try {
    for (let index = 1; index < count; index += 1) {
      const match = await server.join(host.seat.gameId, nameOf(index));
      match.close();
      seats.push({ ...match.seat, name: nameOf(index) });
    }
  } catch (error) {
    // A game that is not whole is of no use.
    await host.leave().then(undefined, () => undefined);
    host.close();
    throw error;
  }
  keep(seats);
  return host;
}

/** Whoever had all seats of the game before has them in its rematch, too; one of them is `next`. */
export async function comeAlong(before: string, next: Match): Promise<void> {
  const seats: OwnSeat[] = [];
  for (const { name, ...seat } of ownSeats(before)) {
    if (seat.playerId === next.seat.playerId) seats.push({ ...next.seat, name });
    else seats.push({ ...(await nextSeat(seat)), name });
  }
  if (seats.length > 1) keep(seats);
}

async function nextSeat(seat: Seat): Promise<Seat> {
  const match = server.rejoin(seat);
  try {
    const next = await match.rematch();
    next.close();
    return next.seat;
  } finally {
    match.close();
  }
}

function keep(seats: readonly OwnSeat[]): void {
  try {
    sessionStorage.setItem(place, JSON.stringify(seats));
  } catch {
    // Not allowed, or full: then there is one seat.
  }
}
