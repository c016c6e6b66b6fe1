/**
 * The state of a match's connection, honest and small: whether news come, who has the game, and that it moved.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Match, Via, Watch } from '../../client/index.ts';
import { useTime } from './countdown.tsx';
import { type Ownership, useOwner } from './owner.ts';

/** How long it is mentioned that the connection is back. */
const mentionMs = 6_000;

export function ConnectionBadge({ match }: { readonly match: Match }) {
  return <Badge match={match} ownership={useOwner(match.seat.gameId)} />;
}

/** For a game that somebody watches: without asking for its owner. */
export function WatchBadge({ match }: { readonly match: Watch }) {
  return <Badge match={match} ownership={{ owner: null, movedLately: false }} />;
}

function Badge({ match, ownership }: { readonly match: Watch; readonly ownership: Ownership }) {
  const via = useTime(() => match.connection?.via ?? null);
  const wasConnected = useRef(false);
  const [backAt, setBackAt] = useState(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    if (via === null) return;
    if (wasConnected.current) setBackAt(performance.now());
    wasConnected.current = true;
  }, [via]);
  return (
    <span class={`badge ${via === null ? 'waiting' : 'live'}`}>
      <i aria-hidden="true" />
      {inWords(via, performance.now() - backAt < mentionMs, ownership)}
    </span>
  );
}

function inWords(via: Via | null, isJustBack: boolean, { owner, movedLately }: Ownership): string {
  if (via === null) return 'Connecting. Nothing is lost.';
  if (movedLately) return `Moved to ${owner}, nothing lost`;
  if (isJustBack) return 'Connected again, nothing lost';
  return `${via === 'socket' ? 'Live' : 'Live, by a stream'}${owner === null ? '' : ` · ${owner}`}`;
}
