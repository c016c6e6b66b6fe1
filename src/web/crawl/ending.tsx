/**
 * The end of a crawl: who won, and once more.
 */
import { useState } from 'preact/hooks';
import type { Match, Update } from '../../client/index.ts';
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
      <button type="button" class="main" disabled={busy} onClick={() => void again()}>
        Play again
      </button>
      <Problem text={problem} />
    </section>
  );
}

/** By the same rules; among bots it begins at once. */
async function rematch({ seat }: Match, { game, players }: Update): Promise<Match> {
  const me = players.find(({ id }) => id === seat.playerId);
  const match = await server.create({
    displayName: me?.displayName ?? 'Somebody',
    settings: game.settings as Readonly<Record<string, unknown>>,
  });
  if (players.every(({ id, bot }) => bot || id === seat.playerId)) await match.start();
  return match;
}
