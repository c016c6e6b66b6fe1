/**
 * What I can do in a round of the crawl: steps, strikes, ways to go, and what is planned so far. While others act, the plan alone.
 */
import { isWall } from '../../games/minotaur/atlas.ts';
import type { Shown } from '../kit/shown.ts';
import { choicesOf } from './choices.ts';
import { PlanList, Points, StepPad, Strikes, WhereTo } from './controls.tsx';
import { openDirections } from './plan.ts';
import type { Seen } from './seen.ts';
import type { Crawl } from './use-crawl.ts';
import type { Plan } from './use-plan.ts';

interface DoingOf {
  readonly plan: Plan;
  readonly crawl: Crawl;
  readonly seen: Seen;
  readonly shown: Shown;
  readonly names: ReadonlyMap<string, string>;
}

export function Doing({ plan, crawl, seen, shown, names }: DoingOf) {
  const { reckoning, atlas } = plan;
  if (!shown.isMyTurn) {
    return (
      <>
        <PlanList orders={crawl.orders} reckoning={reckoning} names={names} fixed takeBack={crawl.takeBack} />
        <p>
          <strong>Done.</strong> {shown.headline}
        </p>
      </>
    );
  }
  const { strikes, goals, places } = choicesOf(seen.view, reckoning, atlas, names);
  return (
    <>
      <Points left={reckoning.left} all={seen.points} />
      <StepPad
        open={openDirections(reckoning, atlas)}
        step={plan.step}
        wall={(direction) => isWall(atlas, reckoning.place, direction)}
      />
      <Strikes choices={strikes} act={crawl.act} />
      <h3>Your plan</h3>
      <PlanList orders={crawl.orders} reckoning={reckoning} names={names} fixed={false} takeBack={crawl.takeBack} />
      <button type="button" class="main done" onClick={crawl.done}>
        Done with round {seen.round}{' '}
        <span class="key" aria-hidden="true">
          Enter
        </span>
      </button>
      <WhereTo goals={goals} places={places} act={crawl.act} />
    </>
  );
}
