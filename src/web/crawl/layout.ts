/**
 * Hexes on the screen, and back: pointed tops, rows from west to east. Pure.
 *
 * The formulas: https://www.redblobgames.com/grids/hexagons/
 */
import { type Atlas, nameOf } from '../../games/minotaur/atlas.ts';
import { directions, type Hex, stepFrom } from '../../games/minotaur/hexes.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** From the middle of a hex to a corner. */
export const size = 20;
const width = Math.sqrt(3) * size;

export function middleOf({ q, r }: Hex): Point {
  return { x: width * (q + r / 2), y: 1.5 * size * r };
}

/** The hex around a point. */
export function hexAt({ x, y }: Point): Hex {
  const r = y / (1.5 * size);
  const q = x / width - r / 2;
  const [roundQ, roundR] = [Math.round(q), Math.round(r)];
  const [offQ, offR] = [q - roundQ, r - roundR];
  // The axis that was rounded furthest follows from the others.
  if (Math.abs(offQ) >= Math.abs(offR)) return { q: roundQ + Math.round(offQ + offR / 2) || 0, r: roundR || 0 };
  return { q: roundQ || 0, r: roundR + Math.round(offR + offQ / 2) || 0 };
}

/** The corner clockwise before the side in this direction. */
function cornerOf({ x, y }: Point, direction: number, scale = 1): string {
  const angle = (Math.PI / 180) * (60 * direction - 30);
  return `${rounded(x + scale * size * Math.cos(angle))} ${rounded(y + scale * size * Math.sin(angle))}`;
}

/** An outline for each. `scale` 1: they touch. */
export function floorPath(hexes: readonly Hex[], scale = 1): string {
  return hexes
    .map((hex) => {
      const corners = directions.map((_, direction) => cornerOf(middleOf(hex), direction, scale));
      return `M${corners.join('L')}Z`;
    })
    .join('');
}

/** Their walls, each once, though both sides have it. */
export function wallsPath(hexes: readonly Hex[], atlas: Atlas): string {
  const drawn = new Set<string>();
  let path = '';
  for (const hex of hexes) {
    const walls = atlas.get(nameOf(hex)) ?? 0;
    for (let direction = 0; direction < 6; direction += 1) {
      if (((walls >> direction) & 1) === 0 || drawn.has(`${nameOf(hex)} ${direction}`)) continue;
      drawn.add(`${nameOf(stepFrom(hex, direction))} ${(direction + 3) % 6}`);
      path += `M${cornerOf(middleOf(hex), direction)}L${cornerOf(middleOf(hex), (direction + 1) % 6)}`;
    }
  }
  return path;
}

export function linePath(places: readonly Hex[]): string {
  const points = places.map(middleOf).map(({ x, y }) => `${rounded(x)} ${rounded(y)}`);
  return points.length < 2 ? '' : `M${points.join('L')}`;
}

/** So that several in one hex are seen: a ring around its middle. */
export function placeInHex(index: number, count: number): Point {
  if (count < 2) return { x: 0, y: 0 };
  const angle = (2 * Math.PI * index) / count - Math.PI / 2;
  const away = size * (count < 4 ? 0.42 : 0.55);
  return { x: rounded(away * Math.cos(angle)), y: rounded(away * Math.sin(angle)) };
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** No map is drawn larger than one so wide would be. */
const narrowest = 8 * width;

/** Around all of these, with some margin. */
export function boxAround(hexes: readonly Hex[]): Box {
  const points = hexes.map(middleOf);
  const [x, w] = spanOf(points.map((point) => point.x));
  const [y, h] = spanOf(points.map((point) => point.y));
  return { x, y, w, h };
}

/** From where, and how far. */
function spanOf(numbers: readonly number[]): readonly [number, number] {
  const [from, to] = [least(numbers), -least(numbers.map((each) => -each))];
  const span = Math.max(to - from + 4 * size, narrowest);
  return [(from + to - span) / 2, span];
}

function least(numbers: readonly number[]): number {
  return numbers.reduce((least, each) => Math.min(least, each), Number.POSITIVE_INFINITY);
}

function rounded(number: number): number {
  return Math.round(number * 100) / 100 || 0;
}
