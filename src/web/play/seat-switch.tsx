/**
 * Which of one's own seats acts, where there are several.
 */
import type { Match } from '../../client/index.ts';
import { server } from '../kit/server.ts';
import { ownSeats } from './own-seats.ts';

interface SwitchOf {
  readonly match: Match;
  readonly enter: (match: Match) => void;
}

export function SeatSwitch({ match, enter }: SwitchOf) {
  const seats = ownSeats(match.seat.gameId);
  if (seats.length < 2) return null;
  return (
    <nav class="row seats" aria-label="Your seats">
      <span class="quiet">Act as</span>
      {seats.map((seat) => (
        <button
          key={seat.playerId}
          type="button"
          class="small"
          aria-pressed={seat.playerId === match.seat.playerId}
          onClick={() => seat.playerId !== match.seat.playerId && enter(server.rejoin(seat))}
        >
          {seat.name}
        </button>
      ))}
    </nav>
  );
}
