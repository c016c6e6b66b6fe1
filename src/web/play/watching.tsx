/**
 * A game without a seat at it: what anybody may see of one whose host lets people watch.
 */
import { useEffect } from 'preact/hooks';
import type { Watch } from '../../client/index.ts';
import { Countdown } from '../kit/countdown.tsx';
import { announce } from '../kit/live-region.tsx';
import { useMatch } from '../kit/server.ts';
import { headlineOutside, namesOf } from '../kit/shown.ts';
import { useWatched, WatchedHead } from '../kit/watched.tsx';
import { Debug } from './debug.tsx';
import { Events } from './events.tsx';
import { Tree } from './tree.tsx';
import { useEvents } from './use-events.ts';

interface WatchingOf {
  readonly gameId: string;
  readonly leave: () => void;
}

export function Watching({ gameId, leave }: WatchingOf) {
  const match = useWatched(gameId);
  return match === null ? null : <Scene match={match} gameId={gameId} leave={leave} />;
}

function Scene({ match, gameId, leave }: WatchingOf & { readonly match: Watch }) {
  const { update, ended } = useMatch(match);
  const events = useEvents(update);
  const headline = update === null ? 'Watching' : headlineOutside(update.game);
  useEffect(() => {
    announce(headline);
    document.title = `${headline} · Minotaur`;
  }, [headline]);
  const head = <WatchedHead gameId={gameId} match={match} isOver={ended !== null} leave={leave} />;
  if (update === null) {
    return (
      <>
        {head}
        {ended === null ? (
          <p>Looking for the game …</p>
        ) : (
          <p class="problem" role="alert">
            Nobody may watch this game, or there is none: {(ended as Error).message}
          </p>
        )}
      </>
    );
  }
  const names = namesOf(update);
  return (
    <>
      {head}
      <p class="banner">
        <strong>{headline}</strong>
        {update.game.status === 'active' && <Countdown clock={update.clock} />}
      </p>
      <div class="table">
        <section class="card" aria-labelledby="seen">
          <h2 id="seen">What anybody sees</h2>
          <Tree value={update.game.status === 'lobby' ? update.game : update.view} names={names} />
        </section>
        <Events events={events} names={names} />
      </div>
      <Debug match={match} update={update} />
    </>
  );
}
