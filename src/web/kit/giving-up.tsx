/**
 * Leaving a game that runs: it cannot be taken back, so it asks once.
 *
 * Invariant: the focus goes to the answer that changes nothing, and back to the question after that.
 */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Match } from '../../client/index.ts';
import { announce } from './live-region.tsx';
import { Problem } from './problem.tsx';
import { forgetSeat } from './seats.ts';
import { complaint } from './server.ts';

interface GivingUpOf {
  readonly match: Match;
  readonly leave: () => void;
  /** What it costs. */
  readonly price: string;
}

export function GivingUp({ match, leave, price }: GivingUpOf) {
  const [asked, ask] = useState(false);
  const [problem, setProblem] = useState('');
  const stay = useRef<HTMLButtonElement>(null);
  const begin = useRef<HTMLButtonElement>(null);
  const wasAsked = useRef(false);
  // With what is shown, not after it: keys pressed in between would go nowhere.
  useLayoutEffect(() => {
    if (asked) stay.current?.focus();
    else if (wasAsked.current) begin.current?.focus();
    wasAsked.current = asked;
  }, [asked]);
  const giveUp = async () => {
    try {
      await match.leave();
      forgetSeat(match.seat.gameId);
      announce('You gave up.');
      leave();
    } catch (error) {
      setProblem(complaint(error));
    }
  };
  if (!asked) {
    return (
      <button ref={begin} type="button" class="small quiet" onClick={() => ask(true)}>
        Give up …
      </button>
    );
  }
  return (
    <fieldset class="stack sure">
      <legend>Give up?</legend>
      <p>{price}</p>
      <div class="row">
        <button ref={stay} type="button" onClick={() => ask(false)}>
          Play on
        </button>
        <button type="button" onClick={() => void giveUp()}>
          Give up for good
        </button>
      </div>
      <Problem text={problem} />
    </fieldset>
  );
}
