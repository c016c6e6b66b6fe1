/**
 * The minotaur: what hunts everybody, and cannot be hurt.
 *
 * Role: whom it strikes and where it goes in a round; the server plays it.
 * Invariant: among those who are equally near it has no favourite: it draws.
 */
import type { PlayerId, Random } from 'minotaur/game';
import type { Ways } from './labyrinth.ts';
import { lowerDistances, unmeasured, wayTo } from './walking.ts';
import type { Settings, World } from './world.ts';

interface Stride {
  readonly from: number;
  readonly to: number;
  readonly direction: number;
}

/** Somebody in its hex. */
export function nextVictim(world: World, random: Random): PlayerId | null {
  const here = living(world).filter(({ at }) => at === world.minotaur);
  return here.length === 0 ? null : random.pick(here).id;
}

/**
 * Towards the nearest character, by where all stood when the round began. It is one step slower than who spends all action
 * points on walking.
 */
export function nextStride(
  world: World,
  ways: Ways,
  { settings, random }: { readonly settings: Settings; readonly random: Random },
): Stride | null {
  const from = world.minotaur;
  const hunted = living(world);
  if (from === null || hunted.length === 0) return null;
  const distances = unmeasured(ways);
  lowerDistances(ways, distances, from);
  const steps = hunted.map(({ at }) => distances[at] as number);
  const least = steps.reduce((a, b) => Math.min(a, b));
  if (least === 0) return null;
  const prey = random.pick(hunted.filter((_, index) => steps[index] === least));
  const way = wayTo(ways, from, prey.at).slice(0, Math.max(1, settings.actionPoints - 1));
  const to = way[way.length - 1] as number;
  return { from, to, direction: ways.subarray(6 * from, 6 * from + 6).indexOf(way[0] as number) };
}

function living({ characters }: World): { readonly id: PlayerId; readonly at: number }[] {
  const all = Object.entries(characters).filter(([, { health }]) => health > 0);
  return all.map(([id, { at }]) => ({ id, at }));
}
