/**
 * Settings of one game: bounds, defaults.
 *
 * Role: the only place that knows the platform's; a game may have others beside them (flat-fields.ts). The host may change them until the first
 * round begins (settings-change.ts).
 */
import { z } from 'zod';
import { exactly } from './complaints.ts';
import { allOptional, perFlatFields, unnamed } from './flat-fields.ts';
import type { LoadedGame } from './loaded-game.ts';

const bounds = {
  /** How long a round lasts, up to a week. */
  roundSeconds: z.int().min(1).max(604_800),
  /** Actions that a player may register in one round. */
  actionPoints: z.int().min(1).max(1_000),
  maxPlayers: z.int().min(1).max(64),
  /** Everything random in the game follows from it. */
  seed: z.int().min(0).max(0xffff_ffff),
  /** Whether the public list of games shows this one. */
  listed: z.boolean(),
  /** Whether anybody may follow the game, and see what the public may. */
  spectators: z.boolean(),
  /** After so many rounds in a row without a player's command the clock is suspended; 0: never. */
  idleRounds: z.int().min(0).max(100),
  /** Seats that the server plays, if there is room for them when the game starts. */
  bots: z.int().min(0).max(63),
  /** A player who lets so many of its rounds pass without a command is not waited for. */
  awayRounds: z.int().min(1).max(100),
  /** Those of the game that is played, which alone knows them. */
  table: z.record(z.string(), z.unknown()).meta({ id: 'TableSettings' }),
};

const DEFAULT_PLAYERS = 8;

/** States of before there were spectators say nothing of them, and admit none. */
export const settingsSchema = z.object({ ...bounds, spectators: bounds.spectators.optional() });
export type Settings = Readonly<z.output<typeof settingsSchema>>;

/** Settings as a client may give them: any of them. */
export const givenSettings = {
  roundSeconds: bounds.roundSeconds.default(60),
  actionPoints: bounds.actionPoints.default(3),
  maxPlayers: bounds.maxPlayers.optional(),
  seed: bounds.seed.optional(),
  listed: bounds.listed.default(false),
  spectators: bounds.spectators.optional(),
  idleRounds: bounds.idleRounds.optional(),
  bots: bounds.bots.default(0),
  awayRounds: bounds.awayRounds.default(3),
  table: bounds.table.default({}),
};
/** In the order in which states were always stored. */
export const givenSettingsSchema = perFlatFields(({ given }) => {
  const { roundSeconds, actionPoints, ...others } = givenSettings;
  return exactly({ roundSeconds, actionPoints, ...unnamed(given), ...others });
});
export type GivenSettings = z.output<ReturnType<typeof givenSettingsSchema>>;

/** Settings of a lobby that are to change: any of them, and no defaults. */
export const changedSettings = {
  roundSeconds: bounds.roundSeconds.exactOptional(),
  actionPoints: bounds.actionPoints.exactOptional(),
  maxPlayers: bounds.maxPlayers.exactOptional(),
  seed: bounds.seed.exactOptional(),
  listed: bounds.listed.exactOptional(),
  spectators: bounds.spectators.exactOptional(),
  idleRounds: bounds.idleRounds.exactOptional(),
  bots: bounds.bots.exactOptional(),
  awayRounds: bounds.awayRounds.exactOptional(),
  table: bounds.table.exactOptional(),
};
export const changedSettingsSchema = perFlatFields(({ settings }) =>
  exactly({ ...changedSettings, ...unnamed(allOptional(settings)) }),
);

/** Only a game that somebody opened for players comes to rest by itself: what a document brought runs as the document says. */
export function defaultIdleRounds(isHosted: boolean): number {
  return isHosted ? 5 : 0;
}

/** Fills in the defaults that depend on something else. `isHosted`: somebody opened the game as its host. */
export function completeSettings(
  given: GivenSettings,
  gameId: string,
  isHosted: boolean,
  { players, flat }: LoadedGame,
): Settings {
  return {
    ...given,
    maxPlayers: given.maxPlayers ?? Math.min(DEFAULT_PLAYERS, players.max),
    idleRounds: given.idleRounds ?? defaultIdleRounds(isHosted),
    ...flat.complete(given),
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
