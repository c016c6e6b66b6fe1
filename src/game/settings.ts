/**
 * Settings of one game: bounds, defaults.
 *
 * Role: the only place that knows them. They are fixed when the game is created.
 * Invariant: complete settings are always consistent: nobody sees further than the world is wide.
 */
import { z } from 'zod';
import { exactly } from './complaints.ts';

const bounds = {
  /** How long a round lasts, up to a week. */
  roundSeconds: z.int().min(1).max(604_800),
  /** Actions that a player may register in one round. */
  actionPoints: z.int().min(1).max(1_000),
  /** Of the hexagonal world, in hexes. */
  worldRadius: z.int().min(1).max(100),
  /** How far a character sees, in hexes. */
  visionRadius: z.int().min(0).max(100),
  maxPlayers: z.int().min(1).max(64),
  /** What a character starts with. */
  health: z.int().min(1).max(10_000),
  /** Everything random in the game follows from it. */
  seed: z.int().min(0).max(0xffff_ffff),
  /** Whether the public list of games shows this one. */
  listed: z.boolean(),
  /** After so many rounds in a row without a player's command the clock is suspended; 0: never. */
  idleRounds: z.int().min(0).max(100),
};

export const settingsSchema = z.object(bounds);
export type Settings = Readonly<z.output<typeof settingsSchema>>;

/** Settings as a client may give them: any of them. */
export const givenSettingsSchema = exactly({
  roundSeconds: bounds.roundSeconds.default(60),
  actionPoints: bounds.actionPoints.default(3),
  worldRadius: bounds.worldRadius.default(10),
  visionRadius: bounds.visionRadius.optional(),
  maxPlayers: bounds.maxPlayers.default(8),
  health: bounds.health.default(100),
  seed: bounds.seed.optional(),
  listed: bounds.listed.default(false),
  idleRounds: bounds.idleRounds.optional(),
}).refine((given) => given.visionRadius === undefined || given.visionRadius <= given.worldRadius, {
  path: ['visionRadius'],
  message: 'must not be above worldRadius',
});

/** Only a game that somebody opened for players comes to rest by itself: what a document brought runs as the document says. */
export function defaultIdleRounds(isHosted: boolean): number {
  return isHosted ? 5 : 0;
}

/** Fills in the defaults that depend on something else. `isHosted`: somebody opened the game as its host. */
export function completeSettings(
  given: z.output<typeof givenSettingsSchema>,
  gameId: string,
  isHosted: boolean,
): Settings {
  return {
    ...given,
    idleRounds: given.idleRounds ?? defaultIdleRounds(isHosted),
    visionRadius: given.visionRadius ?? Math.min(3, given.worldRadius),
    seed: given.seed ?? fnv1a(gameId),
  };
}

/** FNV-1a, 32 bits, over the UTF-16 units (ids are ASCII): http://www.isthe.com/chongo/tech/comp/fnv/ */
function fnv1a(text: string): number {
  let hash = 0x811c_9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x0100_0193);
  }
  return hash >>> 0;
}
