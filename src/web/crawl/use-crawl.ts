/**
 * A seat at a crawl: everything that was seen, and my plan as it is on its way.
 *
 * Why it reads the match itself: a component that draws too late would miss the events between.
 * Why a command is given before its order is drawn: the request is on its way while the page draws, which takes about as long.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Command, Game, Match, Registered, Update } from '../../client/index.ts';
import { lastState } from '../kit/last-state.ts';
import { complaint } from '../kit/server.ts';
import { keepFrames, keptFrames } from './kept-frames.ts';
import { answered, caughtUp, give, gone, kept, noOrders, type Order, ordersOf, refused, takeBack } from './orders.ts';
import { type Action, type Seen, seenOf } from './seen.ts';
import { follow, recall, type Story, untold, untoldRounds } from './story.ts';

/** Of so many rounds that are over, those that nobody told are read from their records. */
const recalledRounds = 12;

export interface Crawl {
  readonly update: Update | null;
  /** Null: no world is seen. */
  readonly seen: Seen | null;
  readonly story: Story;
  readonly orders: readonly Order[];
  /** Why nothing more will come. */
  readonly ended: Error | null;
  readonly problem: string;
  act(actions: readonly Action[]): void;
  /** By the ids of their orders. */
  takeBack(ids: readonly string[]): void;
  done(): void;
}

interface Heard {
  readonly update: Update;
  readonly seen: Seen | null;
}

export function useCrawl(match: Match): Crawl {
  const [heard, hear] = useState<Heard | null>(null);
  const [story, tell] = useState<Story>(() => ({ ...untold, frames: keptFrames(match.seat) }));
  const [orders, order] = useState(noOrders);
  const [ended, end] = useState<Error | null>(null);
  const [problem, setProblem] = useState('');
  const keys = useRef(0);
  useEffect(() => {
    let left = false;
    let heardAny = false;
    const take = (update: Update) => {
      heardAny = true;
      const seen = seenOf(update, match.seat.playerId);
      hear({ update, seen });
      tell((before) => follow(before, { seen, events: update.events, resumed: update.resumed }));
      if (seen !== null) order((before) => caughtUp(before, seen));
    };
    const read = async () => {
      for await (const update of match) {
        if (left) return;
        take(update);
      }
      throw new Error('the game is over');
    };
    read().catch(async (error: Error) => {
      const last = heardAny ? null : await lastState(match.seat);
      if (left) return;
      if (last !== null) take(last);
      end(error);
    });
    return () => {
      left = true;
    };
  }, [match]);
  useEffect(() => {
    if (story.frames.length > 0) keepFrames(match.seat, story.frames);
  }, [match, story.frames]);
  useRecords(match, roundsOver(heard?.update.game), story, tell);

  /** Null: it was refused, and the problem says why. */
  const watch = <Answer>(command: PromiseLike<Answer>): PromiseLike<Answer | null> =>
    command.then(undefined, (error: unknown) => {
      setProblem(complaint(error));
      return null;
    });
  const send = async (action: Action) => {
    keys.current += 1;
    const key = keys.current;
    const { type, ...fields } = action;
    const register = match.act[type] as (fields: object) => Command<Registered>;
    const answer = watch(register(fields));
    order((before) => give(before, key, action));
    const stored = await answer;
    order((before) =>
      stored === null ? refused(before, key) : answered(before, key, stored.actionId, stored.version),
    );
  };
  const retract = async (id: string) => {
    const answer = watch(match.retract(id).then(() => true));
    order((before) => takeBack(before, id));
    const isGone = await answer;
    order((before) => (isGone === null ? kept(before, id) : gone(before, id)));
  };
  return {
    update: heard?.update ?? null,
    seen: heard?.seen ?? null,
    story,
    orders: ordersOf(orders, heard?.seen?.own ?? []),
    ended,
    problem,
    act(actions) {
      setProblem('');
      for (const action of actions) void send(action);
    },
    takeBack(ids) {
      setProblem('');
      for (const id of ids) void retract(id);
    },
    done() {
      setProblem('');
      void watch(match.done());
    },
  };
}

function roundsOver(game: Game | undefined): number {
  if (game === undefined) return 0;
  return game.status === 'concluded' ? game.round : game.round - 1;
}

/** What happened while nobody told this page, each round once. */
function useRecords(match: Match, over: number, story: Story, tell: (change: (story: Story) => Story) => void): void {
  const asked = useRef(new Set<number>());
  useEffect(() => {
    for (const round of untoldRounds(story, over, recalledRounds)) {
      if (asked.current.has(round)) continue;
      asked.current.add(round);
      match.record(round).then(
        ({ events }) => tell((before) => recall(before, events)),
        // It may be on its way to the archive, or gone from it.
        () => undefined,
      );
    }
  }, [match, over]);
}
