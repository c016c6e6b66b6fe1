/**
 * What a player knows of the labyrinth, read from its view.
 *
 * Role: looks up walls by place and finds ways through what is known; places are told from the player's hex.
 * Why from the view: what is allowed, what is legal and what a bot does may go by nothing else.
 */
import { bitsAt } from './bits.ts';
import { directions, type Hex, stepFrom } from './hexes.ts';
import type { CrawlView } from './view.ts';

/** The six bits of the walls of each hex that is known, by its name. */
export type Atlas = ReadonlyMap<string, number>;

export function nameOf({ q, r }: Hex): string {
  return `${q},${r}`;
}

export function atlasOf({ visible, remembered }: Pick<CrawlView, 'visible' | 'remembered'>): Atlas {
  const atlas = new Map<string, number>();
  for (const { q, r, walls } of [...visible, ...remembered]) {
    for (let index = 0; index < walls.length; index += 1) atlas.set(nameOf({ q: q + index, r }), bitsAt(walls, index));
  }
  return atlas;
}

/** Whether a wall is known there. What is not known may be open. */
export function isWall(atlas: Atlas, place: Hex, direction: number): boolean {
  return (((atlas.get(nameOf(place)) ?? 0) >> direction) & 1) === 1;
}

/** A place that can be reached. */
export interface Stop {
  readonly place: Hex;
  readonly steps: number;
  /** Whether its own walls are known: nobody knows what is behind it if not. */
  readonly known: boolean;
  /** The stop before, and the direction from there. */
  readonly last: { readonly stop: Stop; readonly direction: number } | null;
}

/** Every place that a way through known hexes leads to, nearest first; the first unknown ones are the last of their ways. */
export function stopsFrom(atlas: Atlas, from: Hex): readonly Stop[] {
  const seen = new Set([nameOf(from)]);
  const stops: Stop[] = [{ place: from, steps: 0, known: atlas.has(nameOf(from)), last: null }];
  for (const stop of stops) {
    if (!stop.known) continue;
    for (let direction = 0; direction < directions.length; direction += 1) {
      if (isWall(atlas, stop.place, direction)) continue;
      const place = stepFrom(stop.place, direction);
      const name = nameOf(place);
      if (seen.has(name)) continue;
      seen.add(name);
      stops.push({ place, steps: stop.steps + 1, known: atlas.has(name), last: { stop, direction } });
    }
  }
  return stops;
}

/** The directions of the steps that lead to a stop. */
export function wayTo(stop: Stop): readonly number[] {
  const way: number[] = [];
  for (let { last } = stop; last !== null; { last } = last.stop) way.unshift(last.direction);
  return way;
}
