/**
 * What stands around a table: its name and code, how the connection is, the way back to the door, and why the seat is closed if it is.
 *
 * Invariants: of a game that is over nothing more comes: its seat is not called closed, and needs no connection. Where a seat is closed there is
 * nothing to do, and no connection is waited for.
 */
import type { ComponentChildren } from 'preact';
import type { Match } from '../../client/index.ts';
import { ConnectionBadge } from './connection-badge.tsx';

interface FrameOf {
  readonly match: Match;
  readonly name: string;
  readonly isOver: boolean;
  /** Why nothing more will come; null: more will. */
  readonly ended: unknown;
  readonly leave: () => void;
  /** Null: nothing was seen yet. */
  readonly children: ComponentChildren;
}

export function TableFrame({ match, name, isOver, ended, leave, children }: FrameOf) {
  const isClosed = ended !== null && !isOver;
  return (
    <>
      <header class="row spread top">
        <h1>
          {name} <span class="code">{match.seat.gameId}</span>
        </h1>
        <span class="row">
          {ended === null && !isOver && <ConnectionBadge match={match} />}
          <button type="button" class="small" onClick={leave}>
            To the door
          </button>
        </span>
      </header>
      {isClosed ? (
        <p class="problem" role="alert">
          This seat is closed: {(ended as Error).message}
        </p>
      ) : (
        (children ?? <p>Finding your seat …</p>)
      )}
    </>
  );
}
