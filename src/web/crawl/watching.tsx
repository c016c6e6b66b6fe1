/**
 * A game without a seat at it: what anybody may know of one whose host lets people watch.
 */
import { useEffect, useState } from 'preact/hooks';
import type { Watch } from '../../client/index.ts';
import type { CrawlView } from '../../games/minotaur/view.ts';
import { useAttention } from '../kit/attention.ts';
import { WatchBadge } from '../kit/connection-badge.tsx';
import { Countdown } from '../kit/countdown.tsx';
import { announce } from '../kit/live-region.tsx';
import { server, useMatch } from '../kit/server.ts';
import { Emblem } from './emblem.tsx';

interface WatchingOf {
  readonly gameId: string;
  readonly leave: () => void;
}

export function Watching({ gameId, leave }: WatchingOf) {
  const [match, setMatch] = useState<Watch | null>(null);
  useEffect(() => {
    const opened = server.watch(gameId);
    setMatch(opened);
    return () => opened.close();
  }, [gameId]);
  return (
    <>
      <header class="row spread top">
        <h1>
          Watching <span class="code">{gameId}</span>
        </h1>
        <span class="row">
          {match !== null && <WatchBadge match={match} />}
          <button type="button" class="small" onClick={leave}>
            To the door
          </button>
        </span>
      </header>
      {match !== null && <Scene match={match} />}
    </>
  );
}

function Scene({ match }: { readonly match: Watch }) {
  const { update, ended } = useMatch(match);
  const headline = update === null ? 'Watching' : headlineOf(update.game.status, update.game.round);
  useAttention(headline, false);
  useEffect(() => announce(headline), [headline]);
  if (update === null) {
    if (ended === null) return <p>Looking for the game …</p>;
    return (
      <p class="problem" role="alert">
        Nobody may watch this game, or there is none: {(ended as Error).message}
      </p>
    );
  }
  const { game, view, clock, presence } = update;
  const alive = (view as CrawlView | null)?.alive.length ?? 0;
  const of = Number(game.playerCount ?? 0);
  return (
    <>
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

function headlineOf(status: 'lobby' | 'active' | 'concluded', round: number): string {
  if (status === 'lobby') return 'It has not begun';
  return status === 'active' ? `Round ${round}` : `It is over, after ${round} ${round === 1 ? 'round' : 'rounds'}`;
}
