/**
 * `/play`: a table for any game that is played here. It knows the platform's part of a game and draws the rest as it comes.
 *
 * Role: which of the three is shown: the door, a seat, or a game that is watched (`#watch=<code>`).
 */
import { useArrival } from '../kit/arrival.ts';
import { mount } from '../kit/mount.tsx';
import { Watching } from '../kit/watched.tsx';
import { Door } from './door.tsx';
import { Outside } from './outside.tsx';
import { SeatSwitch } from './seat-switch.tsx';
import { Table } from './table.tsx';
import './play.css';

function Play() {
  const { match, code, enter, leave } = useArrival();
  // With every change of the address there is an arrival anew.
  const watched = new URLSearchParams(location.hash.slice(1)).get('watch');
  return (
    <main class="stack">
      {match !== null ? (
        <>
          <SeatSwitch match={match} enter={enter} />
          <Table key={`${match.seat.gameId} ${match.seat.playerId}`} match={match} enter={enter} leave={leave} />
        </>
      ) : watched !== null ? (
        <Watching key={watched} gameId={watched} leave={leave} scene={Outside} />
      ) : (
        <Door code={code} enter={enter} />
      )}
    </main>
  );
}

mount(<Play />);
