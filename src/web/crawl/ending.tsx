/**
 * The end of a crawl: who won, and once more.
 */
import type { RefObject } from 'preact';
import type { Match, Update } from '../../client/index.ts';
import { Again } from '../kit/again.tsx';
import type { Ending as Told } from './words.ts';
import './ending.css';

interface EndingOf {
  readonly match: Match;
  readonly update: Update;
  readonly ending: Told;
  readonly top: RefObject<HTMLElement | null>;
  readonly enter: (match: Match) => void;
}

export function Ending({ match, update, ending, top, enter }: EndingOf) {
  return (
    <section ref={top} class={`ending ${ending.tone}`} aria-labelledby="ending">
      <h2 id="ending">{ending.title}</h2>
      <p>
        {ending.text} The game took {update.game.round} {update.game.round === 1 ? 'round' : 'rounds'}.
      </p>
      <Again match={match} update={update} enter={enter} />
    </section>
  );
}
