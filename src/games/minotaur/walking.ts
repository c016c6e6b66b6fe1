/**
 * Distances on foot: how far it is through passages only. Hexes are numbers here.
 *
 * Role: sight, reach, fair starts and the hunt go by it. Whoever sees another is seen, and a wall hides both.
 */
import type { Ways } from './labyrinth.ts';

/** Further than anything is. */
const unreached = 0xffff_ffff;

/** A distance for each hex, before anything was measured. */
export function unmeasured(ways: Ways): Uint32Array {
  return new Uint32Array(ways.length / 6).fill(unreached);
}

/**
 * Lowers `distances` to those from the hex `from`, where these are shorter: after several calls each hex has the distance
 * to the nearest. It goes no further than it has anything to lower, so many calls cost little more than one.
 * Answers the hexes that it reached, nearest first.
 */
export function lowerDistances(ways: Ways, distances: Uint32Array, from: number, most = unreached): number[] {
  const reached = [from];
  distances[from] = 0;
  for (const hex of reached) {
    const steps = (distances[hex] as number) + 1;
    if (steps > most) break;
    for (let way = 6 * hex; way < 6 * hex + 6; way += 1) {
      const next = ways[way] as number;
      if (next < 0 || (distances[next] as number) <= steps) continue;
      distances[next] = steps;
      reached.push(next);
    }
  }
  return reached;
}

/** The hexes that are exactly so far. */
export function atDistance(distances: Uint32Array, steps: number): number[] {
  const hexes: number[] = [];
  for (let hex = 0; hex < distances.length; hex += 1) {
    if (distances[hex] === steps) hexes.push(hex);
  }
  return hexes;
}

/** What can be seen from a hex. */
export interface Sight {
  readonly hexes: readonly number[];
  readonly sees: (hex: number) => boolean;
  /** More than anything reaches, to a hex that is not seen. */
  readonly steps: (hex: number) => number;
}

export function sightFrom(ways: Ways, from: number, visionRadius: number): Sight {
  const distances = unmeasured(ways);
  const hexes = lowerDistances(ways, distances, from, visionRadius);
  return {
    hexes,
    sees: (hex) => distances[hex] !== unreached,
    steps: (hex) => distances[hex] as number,
  };
}

/** A shortest way from a hex to another: the hexes after the first. */
export function wayTo(ways: Ways, from: number, to: number): number[] {
  const distances = unmeasured(ways);
  lowerDistances(ways, distances, to);
  const path: number[] = [];
  for (let hex = from; hex !== to; ) {
    const nearer = (distances[hex] as number) - 1;
    hex = ways.subarray(6 * hex, 6 * hex + 6).find((next) => next >= 0 && distances[next] === nearer) as number;
    path.push(hex);
  }
  return path;
}
