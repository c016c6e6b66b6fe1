/**
 * A seat at the crawl: the map and my plan on it, what I can do, who is waited for, what happened; at the end, who won.
 */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Match, Player, Update } from '../../client/index.ts';
import { atlasOf, isWall, nameOf } from '../../games/minotaur/atlas.ts';
import type { Hex } from '../../games/minotaur/hexes.ts';
import { useAttention } from '../kit/attention.ts';
import { ConnectionBadge } from '../kit/connection-badge.tsx';
import { CopyLink } from '../kit/copy-link.tsx';
import { Countdown } from '../kit/countdown.tsx';
import { GivingUp } from '../kit/giving-up.tsx';
import { announce } from '../kit/live-region.tsx';
import { Lobby } from '../kit/lobby.tsx';
import { Problem } from '../kit/problem.tsx';
import { inviteLink } from '../kit/seats.ts';
import { namesOf, type Shown, shownOf } from '../kit/shown.ts';
import { Board } from './board.tsx';
import { choicesOf } from './choices.ts';
import { Health, PlanList, Points, StepPad, Strikes, WhereTo } from './controls.tsx';
import { Ending } from './ending.tsx';
import { meaningOf } from './keys.ts';
import { Log } from './log.tsx';
import type { Order } from './orders.ts';
import { attack, here, move, movesTo, openDirections, reachable, reckon, targets } from './plan.ts';
import { Replay } from './replay.tsx';
import { isCrawl, type Seen } from './seen.ts';
import { Since } from './since.tsx';
import { eventsBefore } from './story.ts';
import { type Crawl, useCrawl } from './use-crawl.ts';
import { actionInWords, endingInWords, eventInWords, placeInWords, type Telling, wallsInWords } from './words.ts';

interface At {
  readonly match: Match;
  readonly enter: (match: Match) => void;
  readonly leave: () => void;
}

export function Table({ match, enter, leave }: At) {
  const crawl = useCrawl(match);
  const { update, seen, ended } = crawl;
  const shown = update === null ? null : shownOf(update, match.seat.playerId);
  useAttention(shown?.headline ?? 'Labyrinth', shown?.isMyTurn ?? false);
  return (
    <>
      <header class="row spread top">
        <h1>
          Minotaur <span class="code">{match.seat.gameId}</span>
        </h1>
        <span class="row">
          {shown?.outcome === undefined && <ConnectionBadge match={match} />}
          <button type="button" class="small" onClick={leave}>
            To the door
          </button>
        </span>
      </header>
      {ended !== null && shown?.outcome === undefined && (
        <p class="problem" role="alert">
          This seat is closed: {ended.message}
        </p>
      )}
      {update === null || shown === null ? (
        ended === null && <p>Finding your seat …</p>
      ) : update.game.status === 'lobby' ? (
        <>
          <Lobby match={match} update={update} shown={shown} />
          <WatchLink update={update} />
        </>
      ) : seen === null ? (
        <Elsewhere update={update} />
      ) : (
        <Play match={match} crawl={crawl} update={update} seen={seen} shown={shown} enter={enter} leave={leave} />
      )}
    </>
  );
}

function WatchLink({ update: { game } }: { readonly update: Update }) {
  if ((game.settings as { readonly spectators?: boolean } | undefined)?.spectators !== true) return null;
  return <CopyLink label="Link for those who watch" href={inviteLink(`watch=${game.id}`)} />;
}

/** Members may play another game than the crawl. */
function Elsewhere({ update }: { readonly update: Update }) {
  if (isCrawl(update.game.module)) return <p>The labyrinth cannot be shown just now.</p>;
  return (
    <p>
      This is another game. <a href={inviteLink(update.game.id, '/play')}>To its table</a>
    </p>
  );
}

interface Playing {
  readonly match: Match;
  readonly crawl: Crawl;
  readonly update: Update;
  readonly seen: Seen;
  readonly shown: Shown;
}

function Play({ match, crawl, update, seen, shown, enter, leave }: Playing & At) {
  const names = namesOf(update);
  const telling = { me: seen.me, names, damage: seen.damage };
  const play = usePlan(crawl, seen, shown);
  const [whole, setWhole] = useState(false);
  const map = useRef<HTMLElement>(null);
  const { frames } = crawl.story;
  const frame = frames.at(-1);
  useNews(crawl, shown, telling);
  usePlanInWords(crawl.orders, play.reckoning.left, names);
  // What had the focus may be gone: a strike that is planned, a round that is over.
  useEffect(() => {
    if (document.activeElement === document.body) map.current?.focus({ preventScroll: true });
  }, [seen.step, crawl.orders.length, shown.isMyTurn]);
  const { view } = seen;
  const isDead = view.you !== null && view.you.health === 0;
  const isOver = shown.outcome !== undefined;
  return (
    <>
      {isOver ? (
        <Ending
          match={match}
          update={update}
          ending={endingInWords(shown.outcome ?? null, seen.me, names)}
          enter={enter}
        />
      ) : (
        <p class={`banner ${shown.isMyTurn ? 'mine' : ''}`}>
          <strong>{isDead ? `You died. ${shown.headline}` : shown.headline}</strong>
          <Countdown clock={update.clock} />
        </p>
      )}
      {!isOver && <Since gameId={update.game.id} events={crawl.story.events} telling={telling} />}
      <div class="crawl">
        {isOver ? (
          <Replay story={crawl.story} telling={telling} sight={play.sight} />
        ) : (
          <section
            ref={map}
            class="map"
            // biome-ignore lint/a11y/noNoninteractiveTabindex: it takes keys.
            tabIndex={0}
            role="application"
            aria-label="Map of the labyrinth"
            aria-describedby="around keys"
            onKeyDown={play.keyDown}
          >
            {frame !== undefined && (
              <Board
                frame={frame}
                before={frames.at(-2) ?? null}
                events={eventsBefore(crawl.story, frame)}
                me={seen.me}
                names={names}
                damage={seen.damage}
                sight={play.sight}
                plan={isDead ? null : play.planned}
                whole={whole || isDead}
                bright={isDead}
                pick={play.pick}
              />
            )}
            {!isDead && (
              <button type="button" class="small zoom" aria-pressed={whole} onClick={() => setWhole(!whole)}>
                Whole map
              </button>
            )}
            <p id="keys" class="unseen">
              Keys: W, E, A, D, Z and X, the six around S, or the arrows, plan a step. Numbers strike. Backspace takes
              the last back. Enter: done.
            </p>
          </section>
        )}
        <div class="stack side">
          <section class="card stack" aria-labelledby="you">
            <h2 id="you" class="unseen">
              You
            </h2>
            <Health now={view.you?.health ?? 0} most={seen.health} />
            {!isOver && !isDead && <Doing play={play} crawl={crawl} seen={seen} shown={shown} names={names} />}
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
        <Log events={crawl.story.events} telling={telling} />
      </div>
    </>
  );
}

type Plan = ReturnType<typeof usePlan>;

function Doing({
  play,
  crawl,
  seen,
  shown,
  names,
}: Omit<Playing, 'match' | 'update'> & { readonly play: Plan; readonly names: ReadonlyMap<string, string> }) {
  const { reckoning, atlas } = play;
  if (!shown.isMyTurn) {
    return <PlanList orders={crawl.orders} reckoning={reckoning} names={names} fixed takeBack={crawl.takeBack} />;
  }
  const { strikes, goals, places } = choicesOf(seen.view, reckoning, atlas, names);
  return (
    <>
      <Points left={reckoning.left} all={seen.points} />
      <StepPad
        open={openDirections(reckoning, atlas)}
        step={play.step}
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

/** My plan, and what clicks and keys make of it. */
function usePlan(crawl: Crawl, seen: Seen, shown: Shown) {
  const { view, points } = seen;
  const { orders } = crawl;
  const atlas = useMemo(() => atlasOf(view), [view]);
  const staying = orders.filter(({ state }) => state !== 'leaving');
  const reckoning = reckon(
    staying.map(({ action }) => action),
    atlas,
    points,
  );
  const reach = shown.isMyTurn ? reachable(reckoning, atlas).map(({ place }) => place) : [];
  const takeBackFrom = (index: number) => {
    const ids = staying
      .slice(index)
      .filter(({ action }) => action.type === 'move')
      .flatMap(({ id }) => id ?? []);
    // The last first: the way that is left leads somewhere at every moment.
    crawl.takeBack(ids.reverse());
  };
  const step = (direction: number) => {
    if (openDirections(reckoning, atlas).includes(direction)) crawl.act([move(direction)]);
    else announce(reckoning.left === 0 ? 'No action points left' : 'A wall');
  };
  const strike = (id: string | undefined) => {
    if (id !== undefined && targets(view, reckoning).some((target) => target.id === id)) crawl.act([attack(id)]);
    else announce('Nobody to strike');
  };
  const pick = (place: Hex) => {
    if (!shown.isMyTurn) return;
    const passed = reckoning.steps.find(({ to, comes }) => comes === 'there' && nameOf(to) === nameOf(place));
    const target = targets(view, reckoning).find((each) => nameOf(each) === nameOf(place));
    if (target !== undefined) strike(target.id);
    else if (passed !== undefined) takeBackFrom(passed.index + (nameOf(place) === nameOf(reckoning.place) ? 0 : 1));
    else if (nameOf(place) === nameOf(here)) takeBackFrom(0);
    else {
      const moves = movesTo(place, reckoning, atlas);
      if (moves === null) announce(`${placeInWords(place)} is out of reach`);
      else crawl.act(moves);
    }
  };
  const keyDown = (event: KeyboardEvent) => {
    const meaning = meaningOf(event);
    const onButton = event.target !== event.currentTarget && event.code === 'Enter';
    if (meaning === null || onButton || !shown.isMyTurn) return;
    event.preventDefault();
    if (meaning.is === 'step') step(meaning.direction);
    else if (meaning.is === 'strike') strike(targets(view, reckoning)[meaning.index]?.id);
    else if (meaning.is === 'done') crawl.done();
    else crawl.takeBack(staying.slice(-1).flatMap(({ id }) => id ?? []));
  };
  const sight = view.visible.reduce(
    (most, { q, r, walls }) => Math.max(most, Math.abs(r), Math.abs(q), Math.abs(q + walls.length - 1)),
    1,
  );
  return { atlas, reckoning, planned: { orders: staying, reckoning, reach }, step, pick, keyDown, sight };
}

function aroundInWords({ view }: Seen, names: ReadonlyMap<string, string>): string {
  if (view.you === null || view.you.health === 0) return '';
  const others = view.characters.map(({ id, q, r }) => `${names.get(id) ?? 'Somebody'}: ${placeInWords({ q, r })}.`);
  const hunter = view.minotaur === null ? [] : [`The minotaur: ${placeInWords(view.minotaur)}.`];
  return [wallsInWords(atlasOf(view), here), ...others, ...hunter].join(' ');
}

function Players({ update, shown, seen }: Omit<Playing, 'match' | 'crawl'>) {
  const alive = new Set(seen.view.alive);
  const { outcome } = shown;
  const standing = (player: Player) => {
    if (outcome === undefined) return shown.stateOf(player);
    return outcome?.winners.includes(player.id) ? 'won' : '';
  };
  return (
    <section class="card" aria-labelledby="seats">
      <h2 id="seats">Players</h2>
      <ul class="plain">
        {update.players.map((player, index) => {
          const presence = update.presence?.players[player.id];
          const said = [
            player.id === seen.me && 'you',
            alive.has(player.id) ? standing(player) : 'dead',
            shown.outcome === undefined && presence !== undefined && !presence.connected && 'not connected',
          ];
          return (
            <li key={player.id} class={`row player ${alive.has(player.id) ? '' : 'dead'}`}>
              <i aria-hidden="true" class={`dot seat-${index % 8}`} />
              <span>{player.displayName}</span>
              <span class="quiet">{said.filter(Boolean).join(', ')}</span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** What a round brought, and whose turn it is, for those who listen. */
function useNews({ story }: Crawl, { headline }: Shown, telling: Telling): void {
  const frame = story.frames.at(-1);
  const told = useRef(frame?.step);
  // Once, when the round or the headline changes.
  useEffect(() => {
    if (frame === undefined || told.current === frame.step) return announce(headline);
    told.current = frame.step;
    const lines = eventsBefore(story, frame).flatMap((event) => eventInWords(event, telling) ?? []);
    announce([...lines, headline].join(' '));
  }, [frame?.step, headline]);
}

/** The plan, each time that all of it is stored and it is another than before. */
function usePlanInWords(orders: readonly Order[], left: number, names: ReadonlyMap<string, string>): void {
  const settled = orders.every(({ state }) => state === 'stored');
  const plan = orders.map(({ action }) => actionInWords(action, names)).join(', ');
  const told = useRef('');
  useEffect(() => {
    if (!settled || told.current === plan) return;
    told.current = plan;
    if (plan !== '') announce(`Planned: ${plan}. ${left} left.`);
  }, [settled, plan, left]);
}
