/**
 * Hexes in axial coordinates, and the hexagonal world of a given radius as one line of them.
 *
 * Role: the geometry of the crawl: directions, distances, and a number for each hex of a world, row by row.
 * Why our own: these few lines are all that is needed. The formulas: https://www.redblobgames.com/grids/hexagons/
 * Invariant: numbers of hexes are dense: 0 to `hexCount(radius) - 1`, each hex of the world exactly once.
 */

/** A place, or the way from one to another. */
export interface Hex {
  readonly q: number;
  readonly r: number;
}

/** The six neighbours, clockwise from the east: direction `d` is the opposite of `(d + 3) % 6`. */
export const directions: readonly Hex[] = [
  { q: 1, r: 0 },
  { q: 0, r: 1 },
  { q: -1, r: 1 },
  { q: -1, r: 0 },
  { q: 0, r: -1 },
  { q: 1, r: -1 },
];

/** The direction of a vector of exactly one hex; -1 for every other. */
export function directionOf({ q, r }: Hex): number {
  return directions.findIndex((each) => each.q === q && each.r === r);
}

export function opposite(direction: number): number {
  return (direction + 3) % 6;
}

export function stepFrom({ q, r }: Hex, direction: number): Hex {
  const step = directions[direction] as Hex;
  return { q: q + step.q, r: r + step.r };
}

/** In steps, as if there were no walls. */
export function distance(from: Hex, to: Hex): number {
  const q = from.q - to.q;
  const r = from.r - to.r;
  return Math.max(Math.abs(q), Math.abs(r), Math.abs(q + r));
}

export function isWithin(radius: number, hex: Hex): boolean {
  return distance(hex, { q: 0, r: 0 }) <= radius;
}

export function hexCount(radius: number): number {
  return 3 * radius * (radius + 1) + 1;
}

/** The first `q` of row `r`. */
export function rowStart(radius: number, r: number): number {
  return Math.max(-radius, -radius - r);
}

/** How many hexes the row `r` has. */
export function rowLength(radius: number, r: number): number {
  return 2 * radius + 1 - Math.abs(r);
}

/** The number of a hex of the world. */
export function indexOf(radius: number, { q, r }: Hex): number {
  return rowOffset(radius, r) + q - rowStart(radius, r);
}

/** How many hexes stand in the rows above row `r`: rows grow by one down to the middle, then shrink by one. */
function rowOffset(radius: number, r: number): number {
  const above = r + radius;
  if (r <= 0) return above * (radius + 1) + (above * (above - 1)) / 2;
  return hexCount(radius) - rowOffset(radius, -r) - rowLength(radius, r);
}

/** The hex of the world with this number. */
export function hexOf(radius: number, number: number): Hex {
  let column = number;
  for (let r = -radius; ; r += 1) {
    const length = rowLength(radius, r);
    if (column < length) return { q: rowStart(radius, r) + column, r };
    column -= length;
  }
}

/** Every hex of the world, in the order of their numbers. */
export function hexesOf(radius: number): Hex[] {
  const hexes: Hex[] = [];
  for (let r = -radius; r <= radius; r += 1) {
    const start = rowStart(radius, r);
    for (let q = start; q < start + rowLength(radius, r); q += 1) hexes.push({ q, r });
  }
  return hexes;
}
