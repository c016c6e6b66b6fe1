/**
 * My plan at the crawl, and what clicks and keys make of it.
 */
import { useMemo } from 'preact/hooks';
import { atlasOf, nameOf } from '../../games/minotaur/atlas.ts';
import type { Hex } from '../../games/minotaur/hexes.ts';
import { announce } from '../kit/live-region.tsx';
import type { Shown } from '../kit/shown.ts';
import { meaningOf } from './keys.ts';
import { attack, here, move, movesTo, openDirections, reachable, reckon, targets } from './plan.ts';
import type { Seen } from './seen.ts';
import type { Crawl } from './use-crawl.ts';
import { placeInWords } from './words.ts';

export type Plan = ReturnType<typeof usePlan>;

export function usePlan(crawl: Crawl, seen: Seen, shown: Shown) {
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
