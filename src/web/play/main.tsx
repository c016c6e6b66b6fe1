/**
 * `/play`: a table for any game that is played here. It knows the platform's part of a game and draws the rest as it comes.
 *
 * Role: which of the two is shown, the door or a seat.
 */
import { useArrival } from '../kit/arrival.ts';
import { mount } from '../kit/mount.tsx';
import { Door } from './door.tsx';
import { Table } from './table.tsx';
import './play.css';

function Play() {
  const { match, code, enter, leave } = useArrival();
  return (
    <main class="stack">
      {match === null ? (
        <Door code={code} enter={enter} />
      ) : (
        <Table key={match.seat.gameId} match={match} leave={leave} />
      )}
    </main>
  );
}

mount(<Play />);
