/**
 * What a viewer sees of the crawl.
 *
 * Role: the shape of `world` on the wire.
 * Invariants:
 *  - A player is told places from its own hex, and only of hexes that it sees or has seen. An admin is told them from the
 *    middle of the world.
 *  - Nobody sees another's health. Who is not a player sees who is alive, and nothing else.
 */
import type { Deep, PlayerId, Seat, Viewer } from 'minotaur/game';
import { isInSet, toCharacter } from './bits.ts';
import { type Hex, hexOf, rowLength, rowStart } from './hexes.ts';
import { type Ways, wallsOf, waysOf } from './labyrinth.ts';
import { sightFrom } from './walking.ts';
import type { Settings, World } from './world.ts';

/** Neighbours to the east of each other; a character for each: the six bits of its walls (bits.ts), from the east on. */
export interface Run extends Hex {
  readonly walls: string;
}

export interface Seen extends Hex {
  readonly id: PlayerId;
  /** An attack of this round hits it. */
  readonly inReach: boolean;
}

export interface CrawlView {
  /** Null for those who do not play. A health of 0: dead. */
  readonly you: { readonly health: number } | null;
  readonly alive: readonly PlayerId[];
  /** Others in sight. */
  readonly characters: readonly Seen[];
  readonly minotaur: Hex | null;
  /** The hexes in sight. */
  readonly visible: readonly Run[];
  /** Those that were, and are no more. */
  readonly remembered: readonly Run[];
}

interface Looking {
  readonly settings: Pick<Settings, 'visionRadius' | 'attackRange'>;
  readonly players: readonly Pick<Seat, 'id' | 'left'>[];
}

export type Frozen = Deep<World>;

export function viewOf(world: Frozen, viewer: Viewer, of: Looking): CrawlView {
  const alive = livingOf(world, of.players);
  if (viewer.kind === 'admin') return adminView(world, alive);
  const own = viewer.kind === 'player' ? world.characters[viewer.id] : undefined;
  const nothing = { characters: [], minotaur: null, visible: [], remembered: [] };
  if (viewer.kind !== 'player' || own === undefined) return { you: null, alive, ...nothing };
  const { radius } = world.labyrinth;
  const ways = waysOf(world.labyrinth);
  const origin = hexOf(radius, own.at);
  const hasSeen = (hex: number) => isInSet(own.known, hex);
  const you = { health: own.health };
  if (own.health === 0) return { you, alive, ...nothing, remembered: runsOf(radius, ways, origin, hasSeen) };
  const sight = sightFrom(ways, own.at, of.settings.visionRadius);
  const placed = (id: PlayerId) => world.characters[id]?.at as number;
  return {
    you,
    alive,
    characters: alive
      .filter((id) => id !== viewer.id && sight.sees(placed(id)))
      .map((id) => ({
        id,
        ...from(origin, hexOf(radius, placed(id))),
        inReach: sight.steps(placed(id)) <= of.settings.attackRange,
      })),
    minotaur:
      world.minotaur !== null && sight.sees(world.minotaur) ? from(origin, hexOf(radius, world.minotaur)) : null,
    visible: runsOf(radius, ways, origin, sight.sees),
    remembered: runsOf(radius, ways, origin, (hex) => hasSeen(hex) && !sight.sees(hex)),
  };
}

/** In the order of the seats. */
export function livingOf({ characters }: Frozen, players: Looking['players']): readonly PlayerId[] {
  return players.filter(({ id, left }) => !left && (characters[id]?.health ?? 0) > 0).map(({ id }) => id);
}

function adminView(world: Frozen, alive: readonly PlayerId[]): CrawlView {
  const { radius } = world.labyrinth;
  const placed = (id: PlayerId) => hexOf(radius, world.characters[id]?.at as number);
  return {
    you: null,
    alive,
    characters: alive.map((id) => ({ id, ...placed(id), inReach: false })),
    minotaur: world.minotaur === null ? null : hexOf(radius, world.minotaur),
    visible: runsOf(radius, waysOf(world.labyrinth), { q: 0, r: 0 }, () => true),
    remembered: [],
  };
}

function from(origin: Hex, place: Hex): Hex {
  return { q: place.q - origin.q, r: place.r - origin.r };
}

/** The hexes that are wanted, as few runs as can be. */
function runsOf(radius: number, ways: Ways, origin: Hex, isWanted: (hex: number) => boolean): readonly Run[] {
  const runs: Run[] = [];
  let hex = 0;
  for (let r = -radius; r <= radius; r += 1) {
    const start = rowStart(radius, r);
    const end = hex + rowLength(radius, r);
    for (let first = hex; hex < end; first = hex) {
      let walls = '';
      while (hex < end && isWanted(hex)) walls += toCharacter(wallsOf(ways, hex++));
      if (walls !== '') runs.push({ ...from(origin, { q: start + rowLength(radius, r) - (end - first), r }), walls });
      else hex += 1;
    }
  }
  return runs;
}
