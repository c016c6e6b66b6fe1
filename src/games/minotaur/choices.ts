/**
 * What a player may do, by what it sees.
 *
 * Role: `legal` and `bot` of the crawl. Anything else is taken as well, and comes to nothing when the round ends: the contract of the wire takes
 * every vector and every target.
 * Invariant: nothing here sees the world. A move into a wall that the player does not know is legal: it will be stopped.
 */
import type { Given, PlayerId, Random } from 'minotaur/game';
import { type Atlas, atlasOf, isWall, nameOf, type Stop, stopsFrom, wayTo } from './atlas.ts';
import { directions, type Hex } from './hexes.ts';
import type { CrawlView } from './view.ts';
import { type actions, mostTargets, type Settings } from './world.ts';

type Action = Given<typeof actions>;

function mayAttack(view: CrawlView, target: PlayerId, own: readonly Action[]): boolean {
  if (!view.characters.some(({ id, inReach }) => id === target && inReach)) return false;
  const targets = targetsOf(own);
  return targets.has(target) || targets.size < mostTargets;
}

/** Moves from where earlier ones of the round lead, and attacks. */
export function legal(view: CrawlView, own: readonly Action[]): readonly Action[] {
  if (!isAlive(view)) return [];
  const atlas = atlasOf(view);
  const place = plannedPlace(own);
  const moves = directions.filter((_, direction) => !isWall(atlas, place, direction)).map(move);
  const targets = view.characters.filter(({ id }) => mayAttack(view, id, own));
  return [...moves, ...targets.map(({ id }) => attack(id))];
}

export interface Playing {
  readonly settings: Pick<Settings, 'actionPoints' | 'damage' | 'health'>;
  readonly random: Random;
}

/** A bot takes no more actions in a round, however many points there are. */
const mostOfBot = 20;

/** Strikes whom it can, flees the minotaur, goes for whom it sees or waits for it to come, and explores otherwise. */
export function play(view: CrawlView, { settings, random }: Playing): readonly Action[] {
  if (!isAlive(view)) return [];
  const points = Math.min(settings.actionPoints, mostOfBot);
  const targets = view.characters.filter(({ inReach }) => inReach);
  if (targets.length > 0) {
    const target = random.pick(targets).id;
    const most = Math.min(points, Math.ceil(settings.health / settings.damage));
    // Were all as strong, two who meet would die together.
    const hits = 1 + random.int(most);
    return Array.from({ length: hits }, () => attack(target));
  }
  const atlas = atlasOf(view);
  const stops = stopsFrom(atlas, { q: 0, r: 0 });
  const refuge = refugeOf(view, atlas, stops, points);
  const prey = refuge === null ? preyOf(view, stops) : null;
  // Both going where the other is, two would pass each other for ever.
  if (prey !== null && prey.steps <= points && random.int(2) === 0) return [];
  return wayTo(refuge ?? prey ?? random.pick(unexplored(stops)))
    .slice(0, points)
    .map((direction) => move(directions[direction] as Hex));
}

/** The minotaur is near within so many steps. */
const nearness = 3;

/** If the minotaur is near: of the places in reach the one that is furthest from it. */
function refugeOf({ minotaur }: CrawlView, atlas: Atlas, stops: readonly Stop[], points: number): Stop | null {
  if (minotaur === null) return null;
  const danger = new Map(stopsFrom(atlas, minotaur).map(({ place, steps }) => [nameOf(place), steps]));
  const stepsAway = ({ place }: Stop) => danger.get(nameOf(place)) ?? 0;
  if (stops[0] === undefined || stepsAway(stops[0]) > nearness) return null;
  const choices = stops.filter(({ steps }) => steps <= points);
  return choices.reduce((best, stop) => (stepsAway(stop) > stepsAway(best) ? stop : best));
}

function preyOf({ characters }: CrawlView, stops: readonly Stop[]): Stop | null {
  const seen = new Set(characters.map(nameOf));
  return stops.find(({ place, steps }) => steps > 0 && seen.has(nameOf(place))) ?? null;
}

/** The nearest places whose surroundings are unknown; anywhere, if everything is known. */
function unexplored(stops: readonly Stop[]): readonly Stop[] {
  const first = stops.find(({ known }) => !known);
  return first === undefined ? stops : stops.filter(({ known, steps }) => !known && steps === first.steps);
}

function isAlive({ you }: CrawlView): boolean {
  return you !== null && you.health > 0;
}

/** Where the moves so far lead, if no wall stops them. */
function plannedPlace(own: readonly Action[]): Hex {
  const vectors = own.flatMap((action) => (action.type === 'move' ? [action.vector] : []));
  return vectors.reduce((at, { q, r }) => ({ q: at.q + q, r: at.r + r }), { q: 0, r: 0 });
}

function targetsOf(own: readonly Action[]): ReadonlySet<PlayerId> {
  return new Set(own.flatMap((action) => (action.type === 'attack' ? [action.targetPlayerId] : [])));
}

function move({ q, r }: Hex): Action {
  return { type: 'move', vector: { q, r } };
}

function attack(targetPlayerId: PlayerId): Action {
  return { type: 'attack', targetPlayerId };
}
