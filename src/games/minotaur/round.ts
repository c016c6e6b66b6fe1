/**
 * The end of a round of the crawl.
 *
 * Role: everybody strikes, then everybody walks, all at once; and who is told what of it.
 * Why in this order: what a player sees when a round begins is where its attacks of that round hit. Nobody escapes one by
 * walking, and nobody's connection is fast enough to be first.
 * Invariants:
 *  - An attack goes by where everybody stood when the round began, and by who was alive then: a circle of attackers all
 *    hit, the dying too.
 *  - The order of `actions` decides nothing but the order in which events of one kind are told.
 *  - Attacks are told first, then deaths, then walls that stopped somebody, then all departures, then all arrivals.
 */
import type { PlayerId, Random, Seat } from 'minotaur/game';
import { withNumbers } from './bits.ts';
import { type Ways, waysOf } from './labyrinth.ts';
import { nextStride, nextVictim } from './minotaur.ts';
import { type Plan, plansOf, reachOf } from './plans.ts';
import { type Sight, sightFrom } from './walking.ts';
import type { Character, Played, Settings, Tell, World } from './world.ts';

export interface RoundEnd {
  readonly settings: Settings;
  readonly players: readonly Pick<Seat, 'id' | 'left'>[];
  readonly random: Random;
  readonly tell: Tell;
}

/** Of the living. */
type Sights = ReadonlyMap<PlayerId, Sight>;

/** From a hex to another one; `who` is null for the minotaur. */
interface Walk {
  readonly who: PlayerId | null;
  readonly from: number;
  readonly to: number;
  /** Of the first step. */
  readonly direction: number;
}

/** What an attack of the minotaur takes, in attacks of a character. */
const minotaurStrength = 2;

/** Changes the world. */
export function endRound(world: World, actions: readonly Played[], of: RoundEnd): void {
  removeLeavers(world, of.players);
  const ways = waysOf(world.labyrinth);
  const before = sightsOf(world, ways, of.settings);
  const plans = plansOf(actions, (id) => reachOf(world, before.get(id), id, of.settings));
  strike(world, plans, before, of);
  const walks = walksOf(world, ways, plans, of);
  for (const { who, to } of walks) {
    if (who === null) world.minotaur = to;
    else characterOf(world, who).at = to;
  }
  const after = sightsOf(world, ways, of.settings);
  for (const [id, { hexes }] of after) {
    const character = characterOf(world, id);
    character.known = withNumbers(character.known, hexes);
  }
  tellDepartures(walks, before, after, of.tell);
  tellArrivals(walks, after, of.tell);
}

function removeLeavers(world: World, players: RoundEnd['players']): void {
  for (const { id, left } of players) if (left) characterOf(world, id).health = 0;
}

function sightsOf(world: World, ways: Ways, { visionRadius }: Settings): Sights {
  const living = Object.entries(world.characters).filter(([, { health }]) => health > 0);
  return new Map(living.map(([id, { at }]) => [id, sightFrom(ways, at, visionRadius)]));
}

function strike(world: World, plans: ReadonlyMap<PlayerId, Plan>, before: Sights, of: RoundEnd): void {
  const { damage } = of.settings;
  const wounds = new Map<PlayerId, number>();
  const wound = (id: PlayerId, points: number) => wounds.set(id, (wounds.get(id) ?? 0) + points);
  for (const [character, { attacks }] of plans) {
    for (const [target, hits] of attacks) {
      wound(target, hits * damage);
      of.tell('attacked', { character, target, hits }, whoSees(before, characterOf(world, target).at));
    }
  }
  const victim = nextVictim(world, of.random);
  if (victim !== null) {
    wound(victim, minotaurStrength * damage);
    of.tell('minotaur_attacked', { target: victim }, whoSees(before, characterOf(world, victim).at));
  }
  for (const [id, points] of wounds) {
    const character = characterOf(world, id);
    character.health = Math.max(0, character.health - points);
    if (character.health === 0) of.tell('died', { character: id }, 'everybody');
  }
}

function walksOf(world: World, ways: Ways, plans: ReadonlyMap<PlayerId, Plan>, of: RoundEnd): readonly Walk[] {
  const walks: Walk[] = [];
  for (const [who, { moves }] of plans) {
    const { at: from, health } = characterOf(world, who);
    if (health === 0) continue;
    const { to, wall } = walk(ways, from, moves);
    if (wall !== null) of.tell('stopped', { direction: wall }, [who]);
    if (to !== from) walks.push({ who, from, to, direction: moves[0] as number });
  }
  const stride = nextStride(world, ways, of);
  return stride === null ? walks : [...walks, { who: null, ...stride }];
}

/** Where these moves lead, and the side on which a wall ended them. */
function walk(ways: Ways, from: number, moves: readonly number[]): { to: number; wall: number | null } {
  let to = from;
  for (const direction of moves) {
    const next = ways[6 * to + direction] as number;
    if (next < 0) return { to, wall: direction };
    to = next;
  }
  return { to, wall: null };
}

/** Who saw the place before is told of a departure, unless it sees the arrival. The dead see nothing any more. */
function tellDepartures(walks: readonly Walk[], before: Sights, after: Sights, tell: Tell): void {
  for (const { who, from, to, direction } of walks) {
    const arrivals = whoSees(after, to);
    const audience = whoSees(before, from).filter((id) => after.has(id) && !arrivals.includes(id));
    if (who === null) tell('minotaur_left', { direction }, audience);
    else tell('left', { character: who, direction }, audience);
  }
}

function tellArrivals(walks: readonly Walk[], after: Sights, tell: Tell): void {
  for (const { who, to } of walks) {
    const audience = whoSees(after, to);
    if (who === null) tell('minotaur_entered', {}, audience);
    else tell('entered', { character: who }, audience);
  }
}

function whoSees(sights: Sights, hex: number): PlayerId[] {
  return [...sights].filter(([, sight]) => sight.sees(hex)).map(([id]) => id);
}

function characterOf({ characters }: World, id: PlayerId): Character {
  return characters[id] as Character;
}
