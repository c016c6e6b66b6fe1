/**
 * How far I walked in a round, though nobody tells me where I am: what I knew before lies in what I know now, moved by as much. Pure.
 *
 * Role: holds the map still on the screen while I walk over it.
 * Why not from my plan alone: a wall that I did not know ends my walk, and two of my steps may lead in its direction.
 */
import { type Atlas, nameOf } from '../../games/minotaur/atlas.ts';
import { directionOf, directions, type Hex, stepFrom } from '../../games/minotaur/hexes.ts';
import type { Action } from './seen.ts';

/** Beyond what the plan says, places so near are tried: another device may have sent the moves. */
const nearby = 4;

/** From where I was to where I am, by the first of the candidates that fits; null: none does. */
export function walked(before: Atlas, after: Atlas, plan: readonly Action[]): Hex | null {
  return candidates(plan).find((way) => fits(before, after, way)) ?? null;
}

/** What was known stays known, so all of it has to be there, with the same walls. */
function fits(before: Atlas, after: Atlas, way: Hex): boolean {
  for (const [name, walls] of before) {
    const [q = 0, r = 0] = name.split(',').map(Number);
    if (after.get(nameOf({ q: q - way.q, r: r - way.r })) !== walls) return false;
  }
  return before.size > 0;
}

/** Where the plan leads, then where a wall may have ended it, the furthest first; then whatever is near. */
function candidates(plan: readonly Action[]): readonly Hex[] {
  const stops: Hex[] = [{ q: 0, r: 0 }];
  for (const action of plan) {
    const direction = action.type === 'move' ? directionOf(action.vector) : -1;
    if (direction >= 0) stops.push(stepFrom(stops.at(-1) as Hex, direction));
  }
  return [...stops.reverse(), ...around(nearby)];
}

/** The nearest first. */
function around(steps: number): readonly Hex[] {
  const found = new Map([['0,0', { q: 0, r: 0 } as Hex]]);
  let edge = [...found.values()];
  for (let step = 0; step < steps; step += 1) {
    edge = edge.flatMap((hex) => directions.map((_, direction) => stepFrom(hex, direction)));
    edge = edge.filter((hex) => !found.has(nameOf(hex)));
    for (const hex of edge) found.set(nameOf(hex), hex);
  }
  return [...found.values()];
}
