/**
 * The end of a crawl: who won, and once more: in a game that one opens by the same rules, or in one that another opened.
 */
import { useState } from 'preact/hooks';
import type { Match, Update } from '../../client/index.ts';
import { CodeField, useSending } from '../kit/entering.tsx';
import { Problem } from '../kit/problem.tsx';
import { complaint, server } from '../kit/server.ts';
import type { Ending as Told } from './words.ts';

interface EndingOf {
  readonly match: Match;
  readonly update: Update;
  readonly ending: Told;
  readonly enter: (match: Match) => void;
}

export function Ending({ match, update, ending, enter }: EndingOf) {
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const again = async () => {
    setBusy(true);
    try {
      enter(await rematch(match, update));
    } catch (error) {
      setProblem(complaint(error));
      setBusy(false);
    }
  };
  return (
    <section class={`ending ${ending.tone}`} aria-labelledby="ending">
      <h2 id="ending">{ending.title}</h2>
      <p>
        {ending.text} It took {update.game.round} {update.game.round === 1 ? 'round' : 'rounds'}.
      </p>
      <div class="row again">
        <button type="button" class="main" disabled={busy} onClick={() => void again()}>
          Play again
        </button>
        {!areBots(match, update) && <Next name={nameOf(match, update)} enter={enter} />}
      </div>
      <Problem text={problem} />
    </section>
  );
}

/** Where somebody else was quicker. */
function Next({ name, enter }: { readonly name: string; readonly enter: (match: Match) => void }) {
  const { send, problem, busy } = useSending(enter, (fields) => server.join(codeIn(String(fields.get('code'))), name));
  return (
    <form class="row" onSubmit={send} aria-label="Join the next game">
      <CodeField code="" label="Or the code of one that is open" />
      <button type="submit" disabled={busy}>
        Join it
      </button>
      <Problem text={problem} />
    </form>
  );
}

/** Whoever was sent a link may give that. */
function codeIn(said: string): string {
  return said.slice(said.lastIndexOf('#') + 1);
}

function nameOf({ seat }: Match, { players }: Update): string {
  return players.find(({ id }) => id === seat.playerId)?.displayName ?? 'Somebody';
}

/** All but me. */
function areBots({ seat }: Match, { players }: Update): boolean {
  return players.every(({ id, bot }) => bot || id === seat.playerId);
}

/** By the same rules; among bots it begins at once. */
async function rematch(before: Match, update: Update): Promise<Match> {
  const match = await server.create({
    displayName: nameOf(before, update),
    settings: update.game.settings as Readonly<Record<string, unknown>>,
  });
  if (areBots(before, update)) await match.start();
  return match;
}
