/**
 * What a plan comes to: where it leads, whom it strikes, what is left to spend. Pure; places are told from my hex.
 *
 * Invariant: it knows what the player knows. A wall that nobody has seen yet is no wall here; the round will tell.
 */
import { type Atlas, isWall, nameOf, type Stop, stopsFrom, wayTo } from '../../games/minotaur/atlas.ts';
import { directionOf, directions, type Hex, stepFrom } from '../../games/minotaur/hexes.ts';
import type { CrawlView } from '../../games/minotaur/view.ts';
import type { Action } from './seen.ts';

/** As the rules have it (`mostTargets`): in one round a character may attack so many others. */
export const mostTargets = 8;

export interface Step {
  /** Of its action in the plan. */
  readonly index: number;
  readonly from: Hex;
  /** Where it ends: `from`, if it comes to nothing. */
  readonly to: Hex;
  readonly direction: number;
  /** `wall`: it runs into one that is known, which ends the walk; `lost`: it comes after that. */
  readonly comes: 'there' | 'wall' | 'lost';
}

export interface Reckoning {
  /** One for each move. */
  readonly steps: readonly Step[];
  readonly place: Hex;
  /** Whether more moves would still lead somewhere. */
  readonly walks: boolean;
  /** How often whom. */
  readonly strikes: ReadonlyMap<string, number>;
  /** Action points. */
  readonly left: number;
}

export const here: Hex = { q: 0, r: 0 };

export function reckon(plan: readonly Action[], atlas: Atlas, points: number): Reckoning {
  const steps: Step[] = [];
  const strikes = new Map<string, number>();
  let place = here;
  let walks = true;
  for (const [index, action] of plan.entries()) {
    if (action.type === 'attack') {
      strikes.set(action.targetPlayerId, (strikes.get(action.targetPlayerId) ?? 0) + 1);
      continue;
    }
    const direction = directionOf(action.vector);
    // Other clients may have sent what is no step.
    if (direction < 0) continue;
    const comes: Step['comes'] = !walks ? 'lost' : isWall(atlas, place, direction) ? 'wall' : 'there';
    const to = comes === 'there' ? stepFrom(place, direction) : place;
    steps.push({ index, from: place, to, direction, comes });
    place = to;
    walks = comes === 'there';
  }
  return { steps, place, walks, strikes, left: Math.max(0, points - plan.length) };
}

/** Where the points that are left lead to from the end of the plan; the end itself is not among them. */
export function reachable({ place, walks, left }: Reckoning, atlas: Atlas): readonly Stop[] {
  if (!walks || left === 0) return [];
  return stopsFrom(atlas, place).filter(({ steps }) => steps > 0 && steps <= left);
}

/** The moves that lead there; null: no way is known, or the points do not suffice. */
export function movesTo(target: Hex, reckoning: Reckoning, atlas: Atlas): readonly Action[] | null {
  const stop = reachable(reckoning, atlas).find(({ place }) => nameOf(place) === nameOf(target));
  return stop === undefined ? null : wayTo(stop).map(move);
}

/** The steps that can be taken next. */
export function openDirections({ place, walks, left }: Reckoning, atlas: Atlas): readonly number[] {
  if (!walks || left === 0) return [];
  return directions.map((_, direction) => direction).filter((direction) => !isWall(atlas, place, direction));
}

/** Whom one more strike can hit. */
export function targets(view: CrawlView, { strikes, left }: Reckoning): CrawlView['characters'] {
  if (left === 0) return [];
  return view.characters.filter(({ id, inReach }) => inReach && (strikes.has(id) || strikes.size < mostTargets));
}

export function move(direction: number): Action {
  const { q, r } = directions[direction] as Hex;
  return { type: 'move', vector: { q, r } };
}

export function attack(targetPlayerId: string): Action {
  return { type: 'attack', targetPlayerId };
}
