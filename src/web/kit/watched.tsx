/**
 * A game that somebody watches without a seat: its connection, and the head of its page.
 */
import { useEffect, useState } from 'preact/hooks';
import type { Watch } from '../../client/index.ts';
import { WatchBadge } from './connection-badge.tsx';
import { server } from './server.ts';

/** Null: it is being opened. */
export function useWatched(gameId: string): Watch | null {
  const [match, setMatch] = useState<Watch | null>(null);
  useEffect(() => {
    const opened = server.watch(gameId);
    setMatch(opened);
    return () => opened.close();
  }, [gameId]);
  return match;
}

interface HeadOf {
  readonly gameId: string;
  readonly match: Watch;
  readonly isOver: boolean;
  readonly leave: () => void;
}

/** Of a game that is over nothing more comes: it needs no connection. */
export function WatchedHead({ gameId, match, isOver, leave }: HeadOf) {
  return (
    <header class="row spread top">
      <h1>
        Watching <span class="code">{gameId}</span>
      </h1>
      <span class="row">
        {!isOver && <WatchBadge match={match} />}
        <button type="button" class="small" onClick={leave}>
          To the door
        </button>
      </span>
    </header>
  );
}
