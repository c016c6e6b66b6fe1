/**
 * What everybody means to do in a round.
 *
 * Role: sorts the actions of a round by player, and leaves out what cannot be.
 * Invariant: an attack in a plan hits: its target is alive, somebody else, and in reach.
 */
import type { PlayerId } from 'minotaur/game';
import { directionOf } from './hexes.ts';
import type { Sight } from './walking.ts';
import { mostTargets, type Played, type Settings, type World } from './world.ts';

export interface Plan {
  /** How often whom. */
  readonly attacks: ReadonlyMap<PlayerId, number>;
  /** Directions. */
  readonly moves: readonly number[];
}

/** Whom a character can attack; null: it is dead. */
type Reach = ReadonlySet<PlayerId> | null;

export function plansOf(actions: readonly Played[], reach: (id: PlayerId) => Reach): ReadonlyMap<PlayerId, Plan> {
  const plans = new Map<PlayerId, Plan>();
  for (const [id, own] of Map.groupBy(actions, ({ player }) => player)) {
    const inReach = reach(id);
    if (inReach !== null) plans.set(id, { attacks: attacksOf(own, inReach), moves: movesOf(own) });
  }
  return plans;
}

function attacksOf(own: readonly Played[], inReach: ReadonlySet<PlayerId>): Plan['attacks'] {
  const attacks = new Map<PlayerId, number>();
  for (const action of own) {
    if (action.type !== 'attack' || !inReach.has(action.targetPlayerId)) continue;
    const hits = attacks.get(action.targetPlayerId) ?? 0;
    if (hits > 0 || attacks.size < mostTargets) attacks.set(action.targetPlayerId, hits + 1);
  }
  return attacks;
}

function movesOf(own: readonly Played[]): Plan['moves'] {
  const moves = own.flatMap((action) => (action.type === 'move' ? [directionOf(action.vector)] : []));
  return moves.filter((direction) => direction >= 0);
}

/** Whom a character that sees so far can attack. Nobody attacks what it does not see. */
export function reachOf(world: World, sight: Sight | undefined, id: PlayerId, { attackRange }: Settings): Reach {
  if (sight === undefined) return null;
  const others = Object.entries(world.characters).filter(([other, { health }]) => other !== id && health > 0);
  return new Set(others.filter(([, { at }]) => sight.steps(at) <= attackRange).map(([other]) => other));
}
