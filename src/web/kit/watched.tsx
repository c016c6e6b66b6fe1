/**
 * A game that somebody watches without a seat: its connection, its head, how far it is; and below that what its page shows of it.
 */
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Update, Watch } from '../../client/index.ts';
import { useAttention } from './attention.ts';
import { WatchBadge } from './connection-badge.tsx';
import { Countdown } from './countdown.tsx';
import { announce } from './live-region.tsx';
import { server, useMatch } from './server.ts';
import { headlineOutside } from './shown.ts';

/** What a page shows of a game as anybody may see it. */
export type Scene = ComponentType<{ readonly match: Watch; readonly update: Update }>;

interface WatchingOf {
  readonly gameId: string;
  readonly leave: () => void;
  readonly scene: Scene;
}

export function Watching({ gameId, leave, scene }: WatchingOf) {
  const match = useWatched(gameId);
  return match === null ? null : <Watched match={match} gameId={gameId} leave={leave} scene={scene} />;
}

/** Null: it is being opened. */
function useWatched(gameId: string): Watch | null {
  const [match, setMatch] = useState<Watch | null>(null);
  useEffect(() => {
    const opened = server.watch(gameId);
    setMatch(opened);
    return () => opened.close();
  }, [gameId]);
  return match;
}

/** Of a game that is over nothing more comes: it needs no connection. */
function Watched({ match, gameId, leave, scene: Shown }: WatchingOf & { readonly match: Watch }) {
  const { update, ended } = useMatch(match);
  const headline = update === null ? 'Watching' : headlineOutside(update.game);
  useAttention(headline, false);
  useEffect(() => announce(headline), [headline]);
  return (
    <>
      <header class="row spread top">
        <h1>
          Watching <span class="code">{gameId}</span>
        </h1>
        <span class="row">
          {ended === null && <WatchBadge match={match} />}
          <button type="button" class="small" onClick={leave}>
            To the door
          </button>
        </span>
      </header>
      {update !== null && (
        <>
          <p class="banner">
            <strong>{headline}</strong>
            {update.game.status === 'active' && <Countdown clock={update.clock} />}
          </p>
          <Shown match={match} update={update} />
        </>
      )}
      {update === null && ended === null && <p>Looking for the game …</p>}
      {update === null && ended !== null && (
        <p class="problem" role="alert">
          Nobody may watch this game, or there is none: {(ended as Error).message}
        </p>
      )}
    </>
  );
}
