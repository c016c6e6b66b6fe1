/**
 * The door of the labyrinth: alone among bots, with friends, by a code, or back to a seat that this browser keeps.
 */
import type { Match } from '../../client/index.ts';
import { Join, NameField, useSending, WatchDoor } from '../kit/entering.tsx';
import { KeptSeats } from '../kit/kept-seats.tsx';
import { Problem } from '../kit/problem.tsx';
import { server } from '../kit/server.ts';
import { Emblem } from './emblem.tsx';
import { Rules } from './rules.tsx';

interface Entering {
  readonly enter: (match: Match) => void;
}

export function Door({ code, enter }: Entering & { readonly code: string }) {
  const isInvited = code !== '';
  return (
    <>
      <header class="hero">
        <Emblem />
        <div>
          <h1>Minotaur</h1>
          <p>
            You wake in a labyrinth. So do the others, somewhere. Plan in secret, act all at once; the last one standing
            wins, and something hunts you all.
          </p>
        </div>
      </header>
      {isInvited && (
        <p class="banner mine">
          <span>
            You are invited to game <strong class="code">{code}</strong>. Say your name, and join.
          </span>
        </p>
      )}
      <div class="doors">
        {isInvited && <Join code={code} enter={enter} />}
        <Begin enter={enter} isMain={!isInvited} />
        {!isInvited && <Join code={code} enter={enter} />}
        <WatchDoor />
        <KeptSeats enter={enter} />
      </div>
      <Rules />
      <p class="quiet">
        Your own game is played at the <a href="/play">table for any game</a>; what every client can ask for stands in{' '}
        <a href="/docs">the API</a>.
      </p>
    </>
  );
}

function Begin({ enter, isMain }: Entering & { readonly isMain: boolean }) {
  const { send, problem, busy } = useSending(enter, begin);
  return (
    <form class="card stack" onSubmit={send} aria-labelledby="begin">
      <h2 id="begin">A new game</h2>
      <NameField />
      <div class="row fields">
        <label>
          Labyrinth
          <select name="worldRadius">
            <option value="3">Small</option>
            <option value="5" selected>
              Medium
            </option>
            <option value="8">Large</option>
            <option value="14">Vast</option>
          </select>
        </label>
        <label>
          Bots
          <input name="bots" type="number" min={0} max={7} defaultValue="3" required />
        </label>
        <label>
          Time a round, with friends
          <select name="roundSeconds">
            <option value="30">30 seconds</option>
            <option value="60" selected>
              1 minute
            </option>
            <option value="300">5 minutes</option>
            <option value="86400">A day</option>
          </select>
        </label>
      </div>
      <label class="tick">
        <input name="minotaur" type="checkbox" defaultChecked /> The minotaur hunts
      </label>
      <label class="tick">
        <input name="spectators" type="checkbox" /> Anybody with the code may watch
      </label>
      <Problem text={problem} />
      <div class="row">
        <button type="submit" name="with" value="bots" class={isMain ? 'main' : ''} disabled={busy}>
          Play alone
        </button>
        <button type="submit" name="with" value="friends" disabled={busy}>
          Play with friends
        </button>
      </div>
      <p class="quiet">
        Alone, bots take the other seats, it begins at once, and you have an hour for each round. With friends you wait
        for them in a lobby.
      </p>
    </form>
  );
}

/** Who plays alone is not hurried. */
const aloneSeconds = 3_600;

async function begin(fields: FormData): Promise<Match> {
  const isAlone = fields.get('with') === 'bots';
  const number = (name: string) => Number(fields.get(name));
  const bots = isAlone ? Math.max(1, number('bots')) : number('bots');
  const match = await server.create({
    displayName: String(fields.get('name')),
    settings: {
      bots,
      worldRadius: number('worldRadius'),
      spectators: fields.has('spectators'),
      roundSeconds: isAlone ? aloneSeconds : number('roundSeconds'),
      table: { minotaur: fields.has('minotaur') },
    },
  });
  if (isAlone) await match.start();
  return match;
}
