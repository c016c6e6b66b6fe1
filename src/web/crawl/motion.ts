/**
 * What happened between two frames, as movements: who struck whom, who died, who walked where, who left and who came. Pure.
 *
 * Invariant: nothing is made up that was not seen. The way of another one is the shortest that I know of: its real one may differ.
 */
import type { GameEvent } from '../../client/index.ts';
import { type Atlas, nameOf, stopsFrom } from '../../games/minotaur/atlas.ts';
import { directionOf, distance, type Hex, isWithin, stepFrom } from '../../games/minotaur/hexes.ts';
import { chartOf, type Frame, plus } from './story.ts';

/** The minotaur among the ids of players, which never look like this. */
export const beast = '*';

export interface Actor {
  readonly id: string;
  readonly at: Hex;
  /** Me, after my death. */
  readonly dead: boolean;
}

export interface Walk {
  readonly id: string;
  /** From where it was to where it is; both alone, if it stood still. */
  readonly way: readonly Hex[];
  /** Seen all the way, seen to leave, or seen to come. */
  readonly sight: 'all' | 'leaves' | 'comes';
}

export interface Strike {
  readonly by: string;
  readonly target: string;
  readonly hits: number;
  /** Null: not in my sight. */
  readonly from: Hex | null;
  readonly at: Hex;
}

export interface Motion {
  readonly strikes: readonly Strike[];
  readonly deaths: readonly string[];
  readonly walks: readonly Walk[];
}

/** Who is seen, me first. */
export function actorsOf({ view, at }: Frame, me: string): readonly Actor[] {
  const { you, characters, minotaur } = view;
  const own = you === null ? [] : [{ id: me, at, dead: you.health === 0 }];
  const others = characters.map(({ id, q, r }) => ({ id, at: plus({ q, r }, at), dead: false }));
  return [...own, ...others, ...(minotaur === null ? [] : [{ id: beast, at: plus(minotaur, at), dead: false }])];
}

export function motionBetween(before: Frame, after: Frame, events: readonly GameEvent[], me: string): Motion {
  const then = new Map(actorsOf(before, me).map((actor) => [actor.id, actor.at]));
  const now = new Map(actorsOf(after, me).map((actor) => [actor.id, actor.at]));
  const chart = chartOf(after);
  const walks: Walk[] = [];
  for (const [id, to] of now) {
    const from = then.get(id);
    if (from === undefined) walks.push({ id, way: [to], sight: 'comes' });
    else walks.push({ id, way: id === me ? ownWay(before, after) : wayBetween(chart, from, to), sight: 'all' });
  }
  const directions = new Map(events.filter(isLeaving).map((event) => [whoOf(event), Number(event.direction)]));
  for (const [id, from] of then) {
    if (now.has(id)) continue;
    const direction = directions.get(id);
    walks.push({ id, way: direction === undefined ? [from] : [from, stepFrom(from, direction)], sight: 'leaves' });
  }
  return { strikes: strikesOf(events, then), walks, deaths: events.filter(({ type }) => type === 'died').map(whoOf) };
}

function strikesOf(events: readonly GameEvent[], places: ReadonlyMap<string, Hex>): readonly Strike[] {
  return events.flatMap((event) => {
    const target = String(event.target);
    const at = places.get(target);
    if ((event.type !== 'attacked' && event.type !== 'minotaur_attacked') || at === undefined) return [];
    const by = whoOf(event);
    const hits = event.type === 'attacked' ? Number(event.hits) : 2;
    return [{ by, target, hits, from: places.get(by) ?? null, at }];
  });
}

function isLeaving({ type }: GameEvent): boolean {
  return type === 'left' || type === 'minotaur_left';
}

function whoOf({ type, character }: GameEvent): string {
  return type.startsWith('minotaur_') ? beast : String(character);
}

/** Along my plan, as far as I came. */
function ownWay(before: Frame, after: Frame): readonly Hex[] {
  const way = [before.at];
  for (const action of before.own) {
    if (nameOf(way.at(-1) as Hex) === nameOf(after.at)) break;
    const direction = action.type === 'move' ? directionOf(action.vector) : -1;
    if (direction >= 0) way.push(stepFrom(way.at(-1) as Hex, direction));
  }
  return nameOf(way.at(-1) as Hex) === nameOf(after.at) ? way : wayBetween(chartOf(after), before.at, after.at);
}

/** Nobody is shown to walk further than so around what I know. */
const longest = 12;

function wayBetween(chart: Atlas, from: Hex, to: Hex): readonly Hex[] {
  if (distance(from, to) === 0) return [from];
  const near = new Map([...chart].filter(([name]) => isNear(name, from)));
  const stop = stopsFrom(near, from).find(({ place }) => nameOf(place) === nameOf(to));
  if (stop === undefined || stop.steps > longest) return [from, to];
  const way: Hex[] = [];
  for (let at: typeof stop | undefined = stop; at !== undefined; at = at.last?.stop) way.unshift(at.place);
  return way;
}

function isNear(name: string, { q, r }: Hex): boolean {
  const [otherQ = 0, otherR = 0] = name.split(',').map(Number);
  return isWithin(longest, { q: otherQ - q, r: otherR - r });
}
