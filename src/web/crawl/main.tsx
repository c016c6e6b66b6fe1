/**
 * `/`: the dungeon crawl. The door, a seat, or a game that is watched (`#watch=<code>`).
 */
import { useArrival } from '../kit/arrival.ts';
import { mount } from '../kit/mount.tsx';
import { Watching } from '../kit/watched.tsx';
import { Door } from './door.tsx';
import { Outside } from './outside.tsx';
import { Table } from './table.tsx';
import './crawl.css';

function Home() {
  const { match, code, enter, leave } = useArrival();
  // With every change of the address there is an arrival anew.
  const watched = new URLSearchParams(location.hash.slice(1)).get('watch');
  return (
    <main class="stack">
      {match === null && watched !== null ? (
        <Watching key={watched} gameId={watched} leave={leave} scene={Outside} />
      ) : match === null ? (
        <Door code={code} enter={enter} />
      ) : (
        <Table key={match.seat.gameId} match={match} enter={enter} leave={leave} />
      )}
    </main>
  );
}

mount(<Home />);
