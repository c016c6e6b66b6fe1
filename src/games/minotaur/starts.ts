/**
 * Where everybody starts.
 *
 * Role: fair places in a labyrinth for any number of characters, and one for the minotaur.
 * Invariants:
 *  - Everybody's nearest rival is equally far, to the step: the first start is anywhere, each further one is at exactly
 *    that distance from the nearest of those before it.
 *  - That distance is the largest that was found, at most `furthest`. In a world that is too small for so many it is 0:
 *    all start in one hex.
 */
import type { Random } from 'minotaur/game';
import type { Ways } from './labyrinth.ts';
import { atDistance, lowerDistances, unmeasured } from './walking.ts';

/** Hexes are numbers here. */
export interface Starts {
  readonly places: readonly number[];
  /** From each to its nearest rival, on foot. */
  readonly apart: number;
  readonly lair: number;
}

/**
 * Rivals start no further apart than this. In a wide world for a few it is as far as they should have to walk; for many it
 * is more than fits as a rule, found by trying.
 */
function furthest(hexes: number, count: number): number {
  return Math.ceil(Math.min(Math.sqrt(hexes / 3) + 2, 2 * Math.sqrt(hexes / count)));
}

/** Of each distance: a first start may stand badly. */
const tries = 2;

export function chooseStarts(ways: Ways, count: number, random: Pick<Random, 'int'>): Starts {
  const { places, apart } = choosePlaces(ways, count, random);
  return { places, apart, lair: chooseLair(ways, places, apart, random) };
}

function choosePlaces(ways: Ways, count: number, random: Pick<Random, 'int'>): Omit<Starts, 'lair'> {
  const hexes = ways.length / 6;
  for (let apart = furthest(hexes, count); apart > 0; apart = nextShorter(apart)) {
    for (let attempt = 0; attempt < tries; attempt += 1) {
      const places = placesApart(ways, count, apart, random);
      if (places !== null) return { places, apart };
    }
  }
  return { places: Array(count).fill(random.int(hexes)), apart: 0 };
}

/** Down by a fifth, so that the widest world takes a few attempts. */
function nextShorter(apart: number): number {
  return apart - Math.ceil(apart / 5);
}

/** `count` places whose nearest others are exactly `apart`; null if they do not fit. */
function placesApart(ways: Ways, count: number, apart: number, random: Pick<Random, 'int'>): number[] | null {
  const nearest = unmeasured(ways);
  const places: number[] = [];
  let place = random.int(nearest.length);
  while (places.push(place) < count) {
    lowerDistances(ways, nearest, place);
    const candidates = atDistance(nearest, apart);
    if (candidates.length === 0) return null;
    place = candidates[random.int(candidates.length)] as number;
  }
  return places;
}

/** From so many starts a lair can be about equally far; from more, it is only far. */
const weighed = 8;

/**
 * Where the minotaur starts: at least as far from everybody as rivals are from each other, and as equally far as can be.
 * Where no hex is that far: furthest from everybody.
 */
function chooseLair(ways: Ways, places: readonly number[], apart: number, random: Pick<Random, 'int'>): number {
  const near = unmeasured(ways);
  for (const place of places) lowerDistances(ways, near, place);
  const far = near.slice();
  for (const place of places.slice(0, weighed)) {
    const distances = unmeasured(ways);
    lowerDistances(ways, distances, place);
    for (let number = 0; number < far.length; number += 1) {
      far[number] = Math.max(far[number] as number, distances[number] as number);
    }
  }
  const unfairness = near.map((nearest, number) =>
    nearest >= Math.max(apart, 1) ? (far[number] as number) - nearest : 2 * near.length - nearest,
  );
  const least = unfairness.reduce((best, each) => Math.min(best, each));
  const best = atDistance(unfairness, least);
  return best[random.int(best.length)] as number;
}
