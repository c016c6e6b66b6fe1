/**
 * The labyrinth: which sides of which hexes are open.
 *
 * Role: builds one from the game's randomness, keeps it as text, and reads it back as ways.
 * Why text: a hex keeps its sides to the east, south-east and south-west (three bits, two hexes a character); the other
 * three are kept by its neighbours. The widest world takes 15 KB.
 * Invariants:
 *  - Every hex can be reached from every other.
 *  - A passage is open from both sides; the edge of the world is closed.
 */
import type { Random } from 'minotaur/game';
import { bitsAt, toCharacter } from './bits.ts';
import { hexCount, opposite, rowLength, rowStart } from './hexes.ts';

export interface Labyrinth {
  readonly radius: number;
  readonly passages: string;
}

/** Where each hex leads to in the six directions, by numbers: `ways[6 * hex + direction]`, -1 where there is a wall. */
export type Ways = Int32Array;

/** One passage beyond the tree for so many hexes: without any there is one way only, and every fight is in a corridor. */
const hexesPerLoop = 3;

export function passagesLength(radius: number): number {
  return Math.ceil(hexCount(radius) / 2);
}

/** A random tree over all hexes, depth first (long corridors), and some more passages (ways around). */
export function buildLabyrinth(radius: number, random: Pick<Random, 'int'>): Labyrinth {
  const plain = join(radius, () => true);
  const hexes = hexCount(radius);
  const open = new Uint8Array(hexes);
  const reached = new Uint8Array(hexes);
  const path = [random.int(hexes)];
  while (path.length > 0) {
    const at = path[path.length - 1] as number;
    reached[at] = 1;
    const sides = sidesWhere(plain, at, (next) => reached[next] === 0);
    if (sides.length === 0) path.pop();
    else path.push(openSide(plain, open, at, sides[random.int(sides.length)] as number));
  }
  for (let loop = 0; loop < hexes / hexesPerLoop; loop += 1) {
    const at = random.int(hexes);
    const sides = sidesWhere(plain, at, () => true);
    openSide(plain, open, at, sides[random.int(sides.length)] as number);
  }
  return { radius, passages: textOf(open) };
}

export function waysOf({ radius, passages }: Labyrinth): Ways {
  return join(radius, (hex, side) => ((bitsAt(passages, hex >> 1) >> ((hex & 1) * 3 + side)) & 1) === 1);
}

/** The six sides of a hex as six bits: set where there is a wall. */
export function wallsOf(ways: Ways, hex: number): number {
  let walls = 0;
  for (let direction = 0; direction < 6; direction += 1) {
    if ((ways[6 * hex + direction] as number) < 0) walls |= 1 << direction;
  }
  return walls;
}

/** Joins the hexes of a world to those of their neighbours to the east, south-east and south-west that are wanted. */
function join(radius: number, isWanted: (hex: number, side: number) => boolean): Ways {
  const ways = new Int32Array(hexCount(radius) * 6).fill(-1);
  const joinIf = (hex: number, side: number, next: number) => {
    if (!isWanted(hex, side)) return;
    ways[6 * hex + side] = next;
    ways[6 * next + opposite(side)] = hex;
  };
  let hex = 0;
  for (let r = -radius; r <= radius; r += 1) {
    const length = rowLength(radius, r);
    const below = r < radius ? rowLength(radius, r + 1) : 0;
    /** From a hex to the one south-east of it, in numbers. */
    const down = length + rowStart(radius, r) - rowStart(radius, r + 1);
    const firstBelow = hex + length;
    for (let column = 0; column < length; column += 1, hex += 1) {
      const southEast = hex + down;
      if (column + 1 < length) joinIf(hex, 0, hex + 1);
      if (southEast >= firstBelow && southEast < firstBelow + below) joinIf(hex, 1, southEast);
      if (southEast - 1 >= firstBelow && southEast - 1 < firstBelow + below) joinIf(hex, 2, southEast - 1);
    }
  }
  return ways;
}

function sidesWhere(ways: Ways, hex: number, isWanted: (next: number) => boolean): number[] {
  const sides: number[] = [];
  for (let side = 0; side < 6; side += 1) {
    const next = ways[6 * hex + side] as number;
    if (next >= 0 && isWanted(next)) sides.push(side);
  }
  return sides;
}

/** Opens a side of a hex, and answers the hex behind it. */
function openSide(plain: Ways, open: Uint8Array, hex: number, side: number): number {
  const next = plain[6 * hex + side] as number;
  const [keeper, kept] = side < 3 ? [hex, side] : [next, opposite(side)];
  open[keeper] = (open[keeper] as number) | (1 << kept);
  return next;
}

function textOf(open: Uint8Array): string {
  let text = '';
  for (let hex = 0; hex < open.length; hex += 2) {
    text += toCharacter((open[hex] as number) | ((open[hex + 1] ?? 0) << 3));
  }
  return text;
}
