/**
 * What a dungeon crawl is: its settings, its world, its actions, its events.
 *
 * Role: the schemas, with every bound, and the types that follow from them.
 * Invariants:
 *  - Places are absolute in the world and nowhere else: no event tells one, and a view tells them from its viewer's hex.
 *  - The largest world (a radius of 100, 64 characters) takes 345 KB: passages and what each has seen are packed (bits.ts).
 */
import { player, type Resolving, type Played as Taken, z } from 'minotaur/game';
import { packedPattern } from './bits.ts';

export const settings = z.object({
  /** How many moves and attacks together a character has in one round. */
  actionPoints: z.int().min(1).max(1_000).default(3),
  /** Of the hexagonal world, in hexes. */
  worldRadius: z.int().min(1).max(100).default(10),
  /** How far a character sees, in steps on foot: walls hide. */
  visionRadius: z.int().min(0).max(100).default(3),
  /** What a character starts with. */
  health: z.int().min(1).max(10_000).default(100),
  /** What one attack takes. */
  damage: z.int().min(1).max(10_000).default(25),
  /** How far an attack reaches, in steps on foot, and never further than sight; 0: the same hex. */
  attackRange: z.int().min(0).max(100).default(0),
  /** Whether something hunts everybody. */
  minotaur: z.boolean().default(false),
  /** After so many rounds those with the most health win. */
  lastRound: z.int().min(1).max(10_000).default(1_000),
});
export type Settings = Readonly<z.output<typeof settings>>;

/** By its number: see hexes.ts. */
const hex = z.int().min(0).max(30_300);
const packed = z.string().regex(packedPattern);

const character = z.object({
  at: hex,
  /** 0: dead. */
  health: z.int().min(0),
  /** The hexes that it has seen, packed. */
  known: packed,
});
export type Character = z.output<typeof character>;

export const world = z.object({
  labyrinth: z.object({ radius: z.int().min(1).max(100), passages: packed }),
  /** In no order that means anything. */
  characters: z.record(player(), character),
  minotaur: hex.nullable(),
});
export type World = z.output<typeof world>;

export const actions = {
  /** One step; longer ones, and those into a wall, are refused or lead nowhere. */
  move: z.object({
    vector: z
      .object({ q: z.int().min(-1_000).max(1_000), r: z.int().min(-1_000).max(1_000) })
      .meta({ description: 'A difference of two places, in axial hex coordinates.', examples: [{ q: 1, r: 0 }] }),
  }),
  attack: z.object({ targetPlayerId: player() }),
};
export type Played = Taken<typeof actions>;

const direction = z.int().min(0).max(5);
export const events = {
  /** Seen by those who see where it stands after the moves. */
  entered: z.object({ character: player() }),
  /** Seen by those who saw where it stood before, unless they see it arrive. `direction`: of its first step. */
  left: z.object({ character: player(), direction }),
  /** Seen by those who saw the target when the round began, and by both. `hits`: how many attacks. */
  attacked: z.object({ character: player(), target: player(), hits: z.int().min(1) }),
  /** Told to everybody. */
  died: z.object({ character: player() }),
  /** Told to the one who walked into a wall: it stands there now, and further moves of the round are lost. */
  stopped: z.object({ direction }),
  minotaur_entered: z.object({}),
  minotaur_left: z.object({ direction }),
  minotaur_attacked: z.object({ target: player() }),
};
export type Tell = Resolving<typeof events, typeof settings>['tell'];

/** How many others one may attack in a round: what is told of a round has to end. */
export const mostTargets = 8;
