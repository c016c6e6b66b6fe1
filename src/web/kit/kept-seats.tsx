/**
 * The seats that this browser keeps: back to a game, or forget it.
 */
import { useState } from 'preact/hooks';
import type { Match } from '../../client/index.ts';
import { forgetSeat, keptSeats } from './seats.ts';
import { server } from './server.ts';

export function KeptSeats({ enter }: { readonly enter: (match: Match) => void }) {
  const [seats, setSeats] = useState(keptSeats);
  if (seats.length === 0) return null;
  return (
    <section class="card" aria-labelledby="back">
      <h2 id="back">Your seats</h2>
      <ul class="plain">
        {seats.map((seat) => (
          <li key={seat.gameId} class="row">
            <button type="button" onClick={() => enter(server.rejoin(seat))}>
              Back to {seat.gameId}
            </button>
            <button
              type="button"
              class="small"
              aria-label={`Forget the seat at ${seat.gameId}`}
              onClick={() => {
                forgetSeat(seat.gameId);
                setSeats(keptSeats());
              }}
            >
              Forget
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
