/**
 * What I can do next, in words: as much as can be done on the map. Pure.
 */
import { type Atlas, nameOf, stopsFrom, wayTo } from '../../games/minotaur/atlas.ts';
import type { CrawlView } from '../../games/minotaur/view.ts';
import { listed } from '../kit/shown.ts';
import { attack, move, type Reckoning, targets } from './plan.ts';
import type { Action } from './seen.ts';
import { wayInWords } from './words.ts';

export interface Choice {
  readonly key: string;
  readonly label: string;
  readonly actions: readonly Action[];
}

export interface Choices {
  readonly strikes: readonly Choice[];
  /** To others, and to where the unknown begins, nearest first; as far on the way as the points lead. */
  readonly goals: readonly Choice[];
  /** Every other place in reach. */
  readonly places: readonly Choice[];
}

/** Of goals beyond reach only so many are offered. */
const mostFar = 3;

export function choicesOf(
  view: CrawlView,
  reckoning: Reckoning,
  atlas: Atlas,
  names: ReadonlyMap<string, string>,
): Choices {
  const called = (id: string) => names.get(id) ?? 'somebody';
  const strikes = targets(view, reckoning).map(({ id }): Choice => {
    return { key: `strike ${id}`, label: `Strike ${called(id)}`, actions: [attack(id)] };
  });
  if (!reckoning.walks || reckoning.left === 0) return { strikes, goals: [], places: [] };
  const others = Map.groupBy(view.characters, nameOf);
  const goals: Choice[] = [];
  const far: Choice[] = [];
  const places: Choice[] = [];
  for (const stop of stopsFrom(atlas, reckoning.place)) {
    if (stop.steps === 0) continue;
    const key = nameOf(stop.place);
    const there = (others.get(key) ?? []).map(({ id }) => called(id));
    const aim = there.length > 0 ? `To ${listed(there)}` : stop.known ? '' : 'Explore';
    const way = wayTo(stop).slice(0, reckoning.left);
    const isNear = stop.steps <= reckoning.left;
    const goes = `${aim === '' ? 'Go ' : `${aim}: `}${wayInWords(way)}${isNear ? '' : ` (${way.length} of ${stop.steps} steps)`}`;
    const choice = { key, label: goes, actions: way.map(move) };
    if (isNear) (aim === '' ? places : goals).push(choice);
    else if (aim !== '' && far.length < mostFar && far.every(({ label }) => label !== goes)) far.push(choice);
  }
  return { strikes, goals: [...goals, ...far], places };
}
