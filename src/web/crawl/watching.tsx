/**
 * A game without a seat at it: what anybody may know of one whose host lets people watch.
 */
import { useEffect } from 'preact/hooks';
import type { Watch } from '../../client/index.ts';
import type { CrawlView } from '../../games/minotaur/view.ts';
import { useAttention } from '../kit/attention.ts';
import { Countdown } from '../kit/countdown.tsx';
import { announce } from '../kit/live-region.tsx';
import { useMatch } from '../kit/server.ts';
import { headlineOutside } from '../kit/shown.ts';
import { useWatched, WatchedHead } from '../kit/watched.tsx';
import { Emblem } from './emblem.tsx';

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
  const headline = update === null ? 'Watching' : headlineOutside(update.game);
  useAttention(headline, false);
  useEffect(() => announce(headline), [headline]);
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
  const { game, view, clock, presence } = update;
  const alive = (view as CrawlView | null)?.alive.length ?? 0;
  const of = Number(game.playerCount ?? 0);
  return (
    <>
      {head}
      <p class="banner">
        <strong>{headline}</strong>
        {game.status === 'active' && <Countdown clock={clock} />}
      </p>
      <section class="hero" aria-label="What is known outside">
        <Emblem />
        <div>
          {game.status === 'lobby' ? (
            <p>{of} in the lobby.</p>
          ) : (
            <p>
              <strong class="big">{alive}</strong> of {of}{' '}
              {game.status === 'active' ? 'are still alive down there.' : 'came out alive.'}
            </p>
          )}
          <p class="quiet">From outside nobody sees more: who is where is known to those who walk there.</p>
          {presence !== null && <p class="quiet">{presence.spectators} watching</p>}
        </div>
      </section>
    </>
  );
}
