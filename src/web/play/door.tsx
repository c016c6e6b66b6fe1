/**
 * The door: a new game, a game by its code, or back to one that this browser has a seat at.
 */
import type { Match } from '../../client/index.ts';
import { Join, NameField, useSending, WatchDoor } from '../kit/entering.tsx';
import { KeptSeats } from '../kit/kept-seats.tsx';
import { Problem } from '../kit/problem.tsx';
import { server } from '../kit/server.ts';
import { openWithSeats } from './own-seats.ts';

interface Entering {
  readonly enter: (match: Match) => void;
}

export function Door({ code, enter }: Entering & { readonly code: string }) {
  return (
    <>
      <h1>A table for any game</h1>
      {code !== '' && <p>You were invited to game {code}. Say your name to take a seat.</p>}
      <div class="doors">
        <Join code={code} enter={enter} />
        <Open enter={enter} />
        <Alone enter={enter} />
        <WatchDoor />
        <KeptSeats enter={enter} />
      </div>
    </>
  );
}

function Open({ enter }: Entering) {
  const { send, problem, busy } = useSending(enter, (fields) =>
    server.create({ displayName: String(fields.get('name')), settings: settingsOf(fields) }),
  );
  return (
    <form class="card stack" onSubmit={send} aria-labelledby="open">
      <h2 id="open">Open a new game</h2>
      <NameField />
      <div class="row">
        <label>
          Seconds a round
          <input name="roundSeconds" type="number" min={1} max={604_800} defaultValue="60" required />
        </label>
        <label>
          Bots
          <input name="bots" type="number" min={0} max={63} defaultValue="0" required />
        </label>
      </div>
      <label class="tick">
        <input name="spectators" type="checkbox" /> Anybody with the code may watch
      </label>
      <details>
        <summary>More settings</summary>
        <label>
          As JSON
          <textarea name="more" rows={3} spellcheck={false} placeholder='{"maxPlayers": 4}' />
        </label>
      </details>
      <Problem text={problem} />
      <button type="submit" disabled={busy}>
        Open
      </button>
    </form>
  );
}

/** For who builds a game: all seats are one's own. */
function Alone({ enter }: Entering) {
  const { send, problem, busy } = useSending(enter, (fields) =>
    openWithSeats(Number(fields.get('seats')), { roundSeconds: aloneSeconds, spectators: true }),
  );
  return (
    <form class="card stack" onSubmit={send} aria-labelledby="alone">
      <h2 id="alone">Every seat yourself</h2>
      <p class="quiet">To try a game: you take all seats, and choose which of them acts.</p>
      <label>
        Seats
        <input name="seats" type="number" min={2} max={8} defaultValue="2" required />
      </label>
      <Problem text={problem} />
      <button type="submit" disabled={busy}>
        Take them
      </button>
    </form>
  );
}

/** Who plays alone is not hurried. */
const aloneSeconds = 3_600;

/** Throws where the JSON is none. */
function settingsOf(fields: FormData): Record<string, unknown> {
  const more = String(fields.get('more')).trim();
  const given: unknown = more === '' ? {} : JSON.parse(more);
  return {
    roundSeconds: Number(fields.get('roundSeconds')),
    bots: Number(fields.get('bots')),
    spectators: fields.has('spectators'),
    ...(given as object),
  };
}
