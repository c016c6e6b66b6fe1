/**
 * Where somebody is on a page with seats: at the door, or at a game. The address names the game, so a reload, a link and the button back do what
 * they say.
 *
 * Invariant: the match of the game before is closed.
 */
import { useEffect, useState } from 'preact/hooks';
import type { Match } from '../../client/index.ts';
import { fromAddress, inviteLink, keepSeat } from './seats.ts';
import { server } from './server.ts';

export interface Arrival {
  /** Null: at the door. */
  readonly match: Match | null;
  /** What an invitation says. */
  readonly code: string;
}

function arrival(): Arrival {
  const { gameId, seat } = fromAddress();
  return { match: seat === null ? null : server.rejoin(seat), code: gameId ?? '' };
}

export function useArrival() {
  const [at, arrive] = useState(arrival);
  const { match } = at;
  useEffect(() => {
    const move = () => arrive(arrival());
    addEventListener('hashchange', move);
    return () => removeEventListener('hashchange', move);
  }, []);
  useEffect(() => () => match?.close(), [match]);
  const enter = (entered: Match) => {
    keepSeat(entered.seat);
    // Another seat at the same game is no other place.
    const address = inviteLink(entered.seat.gameId);
    if (location.href !== address) history.pushState(null, '', address);
    arrive({ match: entered, code: entered.seat.gameId });
  };
  const leave = () => {
    history.pushState(null, '', location.pathname);
    arrive({ match: null, code: '' });
  };
  return { ...at, enter, leave };
}
