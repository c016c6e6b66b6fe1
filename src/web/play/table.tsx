/**
 * A seat at a table: the lobby before the game, then whose turn it is, what is seen, what can be done, what happened.
 */
import { useEffect, useState } from 'preact/hooks';
import type { GameEvent, Match, Update } from '../../client/index.ts';
import { ConnectionBadge } from '../kit/connection-badge.tsx';
import { Countdown } from '../kit/countdown.tsx';
import { GivingUp } from '../kit/giving-up.tsx';
import { lastState } from '../kit/last-state.ts';
import { announce } from '../kit/live-region.tsx';
import { Lobby } from '../kit/lobby.tsx';
import { useMatch } from '../kit/server.ts';
import { namesOf, type Shown, shownOf } from '../kit/shown.ts';
import { Actions } from './actions.tsx';
import { Debug } from './debug.tsx';
import { Events } from './events.tsx';
import { followingOf } from './following.ts';
import { Tree } from './tree.tsx';
import { useEvents } from './use-events.ts';

export function Table({ match, leave }: { readonly match: Match; readonly leave: () => void }) {
  const { update, ended } = useMatch(match);
  const events = useEvents(update);
  const [last, keep] = useState<Update | null>(null);
  useEffect(() => {
    if (update !== null) keep(update);
  }, [update]);
  useEffect(() => {
    if (ended !== null && update === null) void lastState(match.seat).then(keep);
  }, [ended, update]);
  const seen = update ?? last;
  const shown = seen === null ? null : shownOf(seen, match.seat.playerId);
  useNews(shown);
  return (
    <>
      <header class="row spread">
        <h1>
          {shown?.module ?? 'Game'} <span class="code">{match.seat.gameId}</span>
        </h1>
        <span class="row">
          {shown?.outcome === undefined && <ConnectionBadge match={match} />}
          <button type="button" class="small" onClick={leave}>
            To the door
          </button>
        </span>
      </header>
      {ended !== null && shown?.outcome === undefined && <Ending error={ended} />}
      {seen === null || shown === null ? (
        ended === null && <p>Finding your seat …</p>
      ) : seen.game.status === 'lobby' ? (
        <Lobby match={match} update={seen} shown={shown} />
      ) : (
        <Game match={match} update={seen} shown={shown} events={events} leave={leave} />
      )}
      {seen !== null && <Debug match={match} update={seen} />}
    </>
  );
}

interface Seen {
  readonly match: Match;
  readonly update: Update;
  readonly shown: Shown;
}

interface Going extends Seen {
  readonly events: readonly GameEvent[];
  readonly leave: () => void;
}

function Game({ match, update, shown, events, leave }: Going) {
  const names = namesOf(update);
  return (
    <>
      <p class={`banner ${shown.isMyTurn ? 'mine' : ''}`}>
        <strong>{shown.headline}</strong>
        {shown.outcome === undefined && <Countdown clock={update.clock} />}
      </p>
      <div class="table">
        <section class="card" aria-labelledby="seen">
          <h2 id="seen">What you see</h2>
          <Tree value={update.view} names={names} />
        </section>
        <div class="stack">
          {shown.outcome === undefined && <Actions match={match} update={update} shown={shown} />}
          <section class="card" aria-labelledby="seats">
            <h2 id="seats">Players</h2>
            <ul class="plain">
              {update.players.map((player) => (
                <li key={player.id} class="row">
                  <span>{player.displayName}</span>
                  <span class="quiet">{shown.stateOf(player)}</span>
                  <span class="quiet">{followingOf(update.presence, player.id)}</span>
                </li>
              ))}
            </ul>
            {shown.outcome === undefined && (
              <GivingUp match={match} leave={leave} price="You lose your seat, and cannot come back to it." />
            )}
          </section>
        </div>
        <Events events={events} names={names} />
      </div>
    </>
  );
}

function Ending({ error }: { readonly error: unknown }) {
  return (
    <p class="problem" role="alert">
      This seat is closed: {(error as Error).message}
    </p>
  );
}

/** Whose turn it is, for those who listen and those who look elsewhere. */
function useNews(shown: Shown | null): void {
  const headline = shown?.headline ?? '';
  const isMyTurn = shown?.isMyTurn ?? false;
  useEffect(() => {
    if (headline !== '') announce(headline);
    document.title = `${isMyTurn ? '● Your turn' : headline || 'A table'} · Minotaur`;
  }, [headline, isMyTurn]);
}
