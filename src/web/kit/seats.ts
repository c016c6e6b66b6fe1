/**
 * Seats that this browser holds, so that a reload, a closed tab or a link leads back to the game.
 *
 * Invariants:
 *  - A token stands in an address after `#` only, where no server sees it, and is taken out of it at once.
 *  - At most 20 seats are kept, the newest first. Where nothing can be stored, the page works until it is closed.
 */
import type { Seat } from '../../client/index.ts';

const place = 'minotaur.seats';
const most = 20;

export function keptSeats(): readonly Seat[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(place) ?? '[]');
    return Array.isArray(kept) ? kept.filter(isSeat) : [];
  } catch {
    return [];
  }
}

function seatAt(gameId: string): Seat | null {
  return keptSeats().find((seat) => seat.gameId === gameId) ?? null;
}

export function keepSeat(seat: Seat): void {
  store([seat, ...others(seat.gameId)]);
}

export function forgetSeat(gameId: string): void {
  store(others(gameId));
}

/** For the player alone: whoever opens it has the seat. */
export function seatLink({ gameId, playerId, token }: Seat, path = location.pathname): string {
  return `${location.origin}${path}#${new URLSearchParams({ game: gameId, player: playerId, token })}`;
}

/** For others: it leads to a free seat. */
export function inviteLink(gameId: string, path = location.pathname): string {
  return `${location.origin}${path}#${gameId}`;
}

/** What the address asks for: `#<code>`, `#game=<code>`, or a seat. A token that stands in it is kept, and gone from it afterwards. */
export function fromAddress(): { readonly gameId: string | null; readonly seat: Seat | null } {
  const said = location.hash.slice(1);
  const asked = new URLSearchParams(said.includes('=') ? said : { game: said });
  if (asked.get('game') === '') asked.delete('game');
  const seat = { gameId: asked.get('game'), playerId: asked.get('player'), token: asked.get('token') };
  if (asked.has('token')) history.replaceState(null, '', `${location.pathname}#${seat.gameId ?? ''}`);
  if (!isSeat(seat)) return { gameId: seat.gameId, seat: seat.gameId === null ? null : seatAt(seat.gameId) };
  keepSeat(seat);
  return { gameId: seat.gameId, seat };
}

function others(gameId: string): readonly Seat[] {
  return keptSeats().filter((seat) => seat.gameId !== gameId);
}

function store(seats: readonly Seat[]): void {
  try {
    localStorage.setItem(place, JSON.stringify(seats.slice(0, most)));
  } catch {
    // Not allowed, or full.
  }
}

function isSeat(value: unknown): value is Seat {
  const { gameId, playerId, token } = (value ?? {}) as Record<string, unknown>;
  return [gameId, playerId, token].every((part) => typeof part === 'string' && part !== '');
}
