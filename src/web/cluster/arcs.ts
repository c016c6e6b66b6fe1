/**
 * The ring as shapes: slots side by side on a circle, beginning at the top, clockwise. Pure.
 *
 * Invariant: arcs cover every slot once, in order; neighbours that look alike are one arc.
 */
import type { SlotMap } from './report.ts';

export interface Arc {
  readonly from: number;
  /** Not of it any more. */
  readonly to: number;
  readonly owner: string | null;
  /** Who should own it; null: who does. */
  readonly goesTo: string | null;
  /** It has a new owner since a moment ago. */
  readonly isFresh: boolean;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Between two arcs, radians; never more than a tenth of a slot. */
const mostGap = 0.006;

export function arcsOf({ owners, desiredOwners }: SlotMap, fresh: ReadonlySet<number>): readonly Arc[] {
  const arcs: Arc[] = [];
  for (const [slot, owner] of owners.entries()) {
    const desired = desiredOwners[slot] ?? null;
    const arc = { owner, goesTo: desired === owner ? null : desired, isFresh: fresh.has(slot) };
    const last = arcs.at(-1);
    if (last !== undefined && last.owner === arc.owner && last.goesTo === arc.goesTo && last.isFresh === arc.isFresh) {
      arcs[arcs.length - 1] = { ...last, to: slot + 1 };
    } else {
      arcs.push({ ...arc, from: slot, to: slot + 1 });
    }
  }
  return arcs;
}

/** On a circle around the middle; `turn` from 0, at the top, to 1. */
function pointAt(turn: number, radius: number): Point {
  const angle = (turn - 0.25) * 2 * Math.PI;
  return { x: rounded(Math.cos(angle) * radius), y: rounded(Math.sin(angle) * radius) };
}

/** The arc as a band between two radii, as the `d` of a path. */
export function band({ from, to }: Pick<Arc, 'from' | 'to'>, slots: number, inner: number, outer: number): string {
  const gap = Math.min(mostGap / (2 * Math.PI), 0.1 / slots) / 2;
  const [begin, end] = [from / slots + gap, to / slots - gap];
  const isLong = end - begin > 0.5 ? 1 : 0;
  const corner = (turn: number, radius: number) => {
    const { x, y } = pointAt(turn, radius);
    return `${x} ${y}`;
  };
  return [
    `M${corner(begin, outer)}`,
    `A${outer} ${outer} 0 ${isLong} 1 ${corner(end, outer)}`,
    `L${corner(end, inner)}`,
    `A${inner} ${inner} 0 ${isLong} 0 ${corner(begin, inner)}Z`,
  ].join('');
}

/** From the middle of an arc, inwards to a member's place. */
export function thread({ from, to }: Pick<Arc, 'from' | 'to'>, slots: number, radius: number, place: Point): string {
  const turn = (from + to) / 2 / slots;
  const start = pointAt(turn, radius);
  const bend = pointAt(turn, radius * 0.55);
  return `M${start.x} ${start.y}Q${bend.x} ${bend.y} ${place.x} ${place.y}`;
}

/** Where members stand within the ring: one in the middle, more of them on a circle. */
export function placesOf(ids: readonly string[], radius: number): ReadonlyMap<string, Point> {
  return new Map(ids.map((id, index) => [id, pointAt(index / ids.length, ids.length === 1 ? 0 : radius)]));
}

/** Numbers in words: `0–3, 7`. */
export function ranges(numbers: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const number of numbers) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else runs.push([number, number]);
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}–${last}`)).join(', ');
}

function rounded(value: number): number {
  // Never -0.
  return Math.round(value * 100) / 100 + 0;
}
