/**
 * A seat at a table: the lobby before the game, then whose turn it is, what is seen, what can be done, what happened.
 */
import { useEffect, useState } from 'preact/hooks';
import type { GameEvent, Match, Update } from '../../client/index.ts';
import { Again } from '../kit/again.tsx';
import { Countdown } from '../kit/countdown.tsx';
import { GivingUp } from '../kit/giving-up.tsx';
import { lastState } from '../kit/last-state.ts';
import { announce } from '../kit/live-region.tsx';
import { Lobby } from '../kit/lobby.tsx';
import { useMatch } from '../kit/server.ts';
import { namesOf, type Shown, shownOf } from '../kit/shown.ts';
import { TableFrame } from '../kit/table-frame.tsx';
import { Actions } from './actions.tsx';
import { Debug } from './debug.tsx';
import { Events } from './events.tsx';
import { followingOf } from './following.ts';
import { comeAlong } from './own-seats.ts';
import { Tree } from './tree.tsx';
import { useEvents } from './use-events.ts';

interface At {
  readonly match: Match;
  readonly enter: (match: Match) => void;
  readonly leave: () => void;
}

export function Table({ match, enter, leave }: At) {
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
  const isOver = shown?.outcome !== undefined;
  return (
    <>
      <TableFrame match={match} name={shown?.module ?? 'Game'} isOver={isOver} ended={ended} leave={leave}>
        {seen === null || shown === null ? null : seen.game.status === 'lobby' ? (
          <Lobby match={match} update={seen} shown={shown} />
        ) : (
          <Game match={match} update={seen} shown={shown} events={events} enter={enter} leave={leave} />
        )}
      </TableFrame>
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
  readonly enter: (match: Match) => void;
  readonly leave: () => void;
}

function Game({ match, update, shown, events, enter, leave }: Going) {
  const names = namesOf(update);
  const again = async (next: Match) => {
    await comeAlong(match.seat.gameId, next);
    enter(next);
  };
  return (
    <>
      <p class={`banner ${shown.isMyTurn ? 'mine' : ''}`}>
        <strong>{shown.headline}</strong>
        {shown.outcome === undefined && <Countdown clock={update.clock} />}
      </p>
      {shown.outcome !== undefined && <Again match={match} update={update} enter={again} />}
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

/** Whose turn it is, for those who listen and those who look elsewhere. */
function useNews(shown: Shown | null): void {
  const headline = shown?.headline ?? '';
  const isMyTurn = shown?.isMyTurn ?? false;
  useEffect(() => {
    if (headline !== '') announce(headline);
    document.title = `${isMyTurn ? '● Your turn' : headline || 'A table'} · Minotaur`;
  }, [headline, isMyTurn]);
}
