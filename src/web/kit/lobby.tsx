/**
 * Before the game: who is there, a link for others, whether they may come in, ready, start.
 */
import { useState } from 'preact/hooks';
import type { Match, Update } from '../../client/index.ts';
import { CopyLink } from './copy-link.tsx';
import { Problem } from './problem.tsx';
import { inviteLink, seatLink } from './seats.ts';
import { complaint } from './server.ts';
import type { Shown } from './shown.ts';

interface Seen {
  readonly match: Match;
  readonly update: Update;
  readonly shown: Shown;
}

export function Lobby({ match, update, shown }: Seen) {
  const [problem, setProblem] = useState('');
  const me = match.seat.playerId;
  const ask = (command: PromiseLike<unknown>) => {
    setProblem('');
    command.then(undefined, (error: unknown) => setProblem(complaint(error)));
  };
  const locked = update.game.locked === true;
  const isReady = update.players.find(({ id }) => id === me)?.ready ?? false;
  return (
    <div class="doors">
      <section class="card stack" aria-labelledby="who">
        <h2 id="who">Who is here</h2>
        <ul class="plain">
          {update.players.map((player) => (
            <li key={player.id} class="row">
              <span>
                {player.displayName}
                {player.id === me && ' (you)'}
              </span>
              <span class="quiet">{shown.stateOf(player)}</span>
              {shown.isHost && player.id !== me && (
                <button type="button" class="small" onClick={() => ask(match.leave(player.id))}>
                  Kick {player.displayName}
                </button>
              )}
            </li>
          ))}
        </ul>
        {shown.isHost && <Bots match={match} update={update} ask={ask} />}
        <div class="row">
          <button type="button" aria-pressed={isReady} onClick={() => ask(match.ready(!isReady))}>
            {isReady ? 'Not ready after all' : 'I am ready'}
          </button>
          {shown.isHost && (
            <button type="button" class="main" onClick={() => ask(match.start())}>
              Start
            </button>
          )}
          <button type="button" onClick={() => ask(match.leave())}>
            Leave
          </button>
        </div>
        <Problem text={problem} />
      </section>
      <section class="card stack" aria-labelledby="invite">
        <h2 id="invite">Invite others</h2>
        <p>
          The code is <strong class="code">{match.seat.gameId}</strong>
          {locked && <span>. It is of no use now: the lobby is locked.</span>}
        </p>
        {shown.isHost && (
          <label class="tick">
            <input type="checkbox" checked={locked} onChange={() => ask(match.lock(!locked))} />
            Locked: nobody else comes in
          </label>
        )}
        <CopyLink label="Link for others" href={inviteLink(match.seat.gameId)} />
        <CopyLink label="Link to your own seat, for your other devices alone" href={seatLink(match.seat)} />
      </section>
    </div>
  );
}

interface BotsOf extends Pick<Seen, 'match' | 'update'> {
  readonly ask: (command: PromiseLike<unknown>) => void;
}

/** Seats that nobody takes may be the server's. */
function Bots({ match, update, ask }: BotsOf) {
  const { settings, bots } = update.game;
  const wanted = (settings as { readonly bots?: number } | undefined)?.bots ?? 0;
  return (
    <label>
      Bots in empty seats
      <input
        type="number"
        min={0}
        max={63}
        value={wanted}
        onChange={(event) => ask(match.changeSettings({ bots: event.currentTarget.valueAsNumber || 0 }))}
      />
      {typeof bots === 'number' && bots < wanted && <span class="quiet">There is room for {bots}.</span>}
    </label>
  );
}
