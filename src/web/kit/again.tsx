/**
 * Once more: the rematch that the server keeps for all who played. Who of them is in it already is asked now and then, while the end is shown.
 *
 * Why asked: of a game that is over nothing is told any more.
 * Invariant: a page that nobody looks at asks nothing.
 */
import { useEffect, useState } from 'preact/hooks';
import { type Match, Refused, type Rematch, type Update } from '../../client/index.ts';
import { announce } from './live-region.tsx';
import { page } from './page.ts';
import { poll } from './polling.ts';
import { Problem } from './problem.tsx';
import { complaint } from './server.ts';
import { listed, namesOf } from './shown.ts';

interface AgainOf {
  readonly match: Match;
  readonly update: Update;
  /** What is to be done before that may take a while. */
  readonly enter: (match: Match) => void | Promise<void>;
}

export function Again({ match, update, enter }: AgainOf) {
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const rematch = useRematch(match);
  const told = inWords(rematch, update, match.seat.playerId);
  useEffect(() => {
    if (told !== '') announce(told);
  }, [told]);
  const again = async () => {
    setBusy(true);
    setProblem('');
    try {
      const next = await match.rematch();
      if (isAlone(match, update)) await begin(next);
      await enter(next);
    } catch (error) {
      setProblem(complaint(error));
      setBusy(false);
    }
  };
  return (
    <div class="stack again">
      <div class="row">
        <button type="button" class="main" disabled={busy} onClick={() => void again()}>
          Play again
        </button>
        {told !== '' && <span>{told}</span>}
      </div>
      <Problem text={problem} />
    </div>
  );
}

/** Null: nobody has asked for it, as far as is known. */
function useRematch(match: Match): Rematch | null {
  const [rematch, found] = useState<Rematch | null>(null);
  useEffect(() => {
    let left = false;
    const end = poll(async () => {
      const next = await match.findRematch();
      if (!left) found(next);
    }, page);
    return () => {
      left = true;
      end();
    };
  }, [match]);
  return rematch;
}

function inWords(rematch: Rematch | null, update: Update, me: string): string {
  if (rematch === null) return '';
  if (rematch.joined.includes(me)) return 'Your seat in the next game waits for you.';
  if (rematch.status === 'active') return 'The next game has begun without you.';
  const names = rematch.joined.map((id) => namesOf(update).get(id) ?? 'somebody');
  return `${listed(names)} ${names.length === 1 ? 'waits' : 'wait'} for you in the next game.`;
}

/** All others are the server's, or gone. */
function isAlone({ seat }: Match, { players }: Update): boolean {
  return players.every(({ id, bot, left }) => bot || left || id === seat.playerId);
}

/** Among bots it begins at once; on another page it may have begun already. */
async function begin(next: Match): Promise<void> {
  try {
    await next.start();
  } catch (error) {
    if (!(error instanceof Refused) || error.problem.code !== 'game_started') throw error;
  }
}
