/**
 * The labyrinth from a seat: the map and my plan on it, what I can do, who is waited for, what happened; at the end, who won.
 */
import { useState } from 'preact/hooks';
import type { Match, Update } from '../../client/index.ts';
import { Countdown } from '../kit/countdown.tsx';
import { GivingUp } from '../kit/giving-up.tsx';
import { useInView } from '../kit/in-view.ts';
import { Problem } from '../kit/problem.tsx';
import { namesOf, type Shown } from '../kit/shown.ts';
import { Health } from './controls.tsx';
import { Doing } from './doing.tsx';
import { Ending } from './ending.tsx';
import { Log } from './log.tsx';
import { LabyrinthMap } from './map.tsx';
import { Players } from './players.tsx';
import { Replay } from './replay.tsx';
import type { Seen } from './seen.ts';
import { Since } from './since.tsx';
import type { Crawl } from './use-crawl.ts';
import { useNews, usePlanInWords } from './use-news.ts';
import { usePlan } from './use-plan.ts';
import { aroundInWords, endingInWords } from './words.ts';
import './controls.css';

interface Playing {
  readonly match: Match;
  readonly crawl: Crawl;
  readonly update: Update;
  readonly seen: Seen;
  readonly shown: Shown;
  readonly enter: (match: Match) => void;
  readonly leave: () => void;
}

export function Play({ match, crawl: given, update, seen, shown, enter, leave }: Playing) {
  const [saidDone, sayDone] = useState(0);
  const crawl: Crawl = {
    ...given,
    done() {
      given.done();
      sayDone(seen.round);
    },
  };
  const { me, view } = seen;
  const { events } = crawl.story;
  const names = namesOf(update);
  const telling = { me, names, damage: seen.damage };
  const plan = usePlan(crawl, seen, shown);
  useNews(crawl, shown, telling);
  usePlanInWords(crawl.orders, plan.reckoning.left, names);
  const isDead = view.you !== null && view.you.health === 0;
  const isOver = shown.outcome !== undefined;
  const moment = isOver ? 'over' : isDead ? 'dead' : `done ${saidDone}`;
  const ending = useInView<HTMLElement>(moment);
  const banner = useInView<HTMLParagraphElement>(moment);
  const isNew = seen.round === 1 && shown.isMyTurn;
  return (
    <>
      {isOver ? (
        <Ending
          match={match}
          update={update}
          ending={endingInWords(shown.outcome ?? null, me, names, events)}
          top={ending}
          enter={enter}
        />
      ) : (
        <>
          <p ref={banner} class={`banner ${shown.isMyTurn ? 'mine' : ''}`}>
            <strong>{isDead ? `You died. ${shown.headline}` : shown.headline}</strong>
            <Countdown clock={update.clock} />
          </p>
          {isNew && (
            <p class={`first ${crawl.orders.length === 0 ? '' : 'known'}`}>
              Choose a blue place to walk there, then Done.
            </p>
          )}
          <Since gameId={update.game.id} events={events} telling={telling} />
        </>
      )}
      <div class="crawl">
        {isOver ? (
          <Replay story={crawl.story} telling={telling} sight={plan.sight} />
        ) : (
          <LabyrinthMap crawl={crawl} seen={seen} plan={plan} isMyTurn={shown.isMyTurn} isDead={isDead} names={names} />
        )}
        <div class="stack side">
          <section class="card stack" aria-labelledby="you">
            <h2 id="you" class="unseen">
              You
            </h2>
            <Health now={view.you?.health ?? 0} most={seen.health} />
            {!isOver && !isDead && <Doing plan={plan} crawl={crawl} seen={seen} shown={shown} names={names} />}
            <p id="around" class="quiet around">
              {isOver ? '' : aroundInWords(seen, names)}
            </p>
            <Problem text={crawl.problem} />
            {!isOver && !isDead && (
              <GivingUp match={match} leave={leave} price="Your character dies, and you cannot come back." />
            )}
          </section>
          <Players update={update} shown={shown} seen={seen} />
        </div>
        <Log events={events} telling={telling} />
      </div>
    </>
  );
}
