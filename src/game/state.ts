/**
 * The state of one game, as it is kept in memory and stored.
 *
 * Role: the types, and the check of what comes back from the store.
 * Invariants:
 *  - A JSON value, never mutated: a change makes a new state that shares what did not change.
 *  - Bounded: nothing in it grows with the number of rounds played.
 *  - In an active game either `roundEndTime` or `suspendedAt` is a number, in any other neither is.
 *  - A seat is a player's, or that of a host who does not play; `host` and the keys of `generations`, `keys` and `addresses` are seats.
 *  - Only an active game can be a bare session. A world has players, and a game that runs or is over.
 * A change of these shapes needs a new state version and migrations both ways (rules.ts).
 */
import { z } from 'zod';
import type { Action } from './commands.ts';
import type { GameEvent } from './events.ts';
import { perFlatFields } from './flat-fields.ts';
import { type ById, byIdSchema, idSchema } from './ids.ts';
import type { LoadedGame } from './loaded-game.ts';
import { type Play, playSchema } from './play.ts';
import { playerSchema } from './players.ts';
import type { Played } from './rest.ts';
import { type Settings, settingsSchema } from './settings.ts';
import { withStoredWorld } from './stored-world.ts';

export interface GameState {
  readonly id: string;
  readonly status: 'lobby' | 'active' | 'concluded';
  /** Unguessable; tells the tokens of this game from those of an earlier one with the same id. Nobody ever sees it. */
  readonly nonce: string;
  /** Whose seat hosts the game; null if nobody's does. */
  readonly host: string | null;
  /** Since when that seat does, ms since the epoch; 0: not known, or nobody's does. */
  readonly hostSince: number;
  /** The seat and the generation that the creation of the game granted; kept when that seat is given up. */
  readonly creator: { readonly playerId: string; readonly generation: number; readonly key: SeatKey | null } | null;
  /** Per seat, the session's version that gave the one token that holds. A seat without one never got a token. */
  readonly generations: ById<number>;
  /** Per seat that somebody joined with a key, what knows that key again. Nobody ever sees it. */
  readonly keys: ById<SeatKey>;
  /** Per seat a digest of the address that it was taken from, if that is known. Nobody ever sees it. */
  readonly addresses: ById<string>;
  /** Who was sent away, the last of them; the oldest first (kicks.ts). */
  readonly kicked: readonly Kicked[];
  /** The lobby takes nobody in. */
  readonly locked: boolean;
  /** From 1. In a lobby, the round that will be the first: always 1. In a concluded game, the last one. */
  readonly round: number;
  /** Ms since the epoch; null if no clock runs. */
  readonly roundEndTime: number | null;
  /** Since when (ms since the epoch) the clock stands still because nobody plays; null if it does not. */
  readonly suspendedAt: number | null;
  readonly played: Played;
  /** The session's version when the running round began: tells its actions' ids from older ones. */
  readonly roundStartedAtVersion: number;
  /** What goes with the world that is played on; null: there is none, and no module is called. */
  readonly play: Play | null;
  /** Null in a bare session: anybody may act, and only the clock or an admin ends a round. */
  readonly players: ById<Player> | null;
  /** The running round's actions, per player in the order of registration. No empty lists. */
  readonly registeredActions: ById<readonly RegisteredAction[]>;
  /** Players who are done with the running round. */
  readonly committed: readonly string[];
  readonly settings: Settings;
  /** An administrator gave `settings.seed`: what is random in the world follows from it. */
  readonly seeded: boolean;
  /** Its settings are such as only an administrator may start, and none has vouched for them (costs.ts). */
  readonly reserved: boolean;
  readonly events: readonly GameEvent[];
}

/** Somebody who may not come straight back. */
export interface Kicked {
  /** The seat that it had. */
  readonly playerId: string;
  /** A digest of the address that the seat was taken from; null: not known. */
  readonly address: string | null;
  /** Ms since the epoch. */
  readonly until: number;
}

/** The idempotency key that made a seat. */
export interface SeatKey {
  /** 128 bits, made with a secret of the gateways. */
  readonly digest: string;
  /** When the seat was made, ms since the epoch. */
  readonly at: number;
}

export interface Player {
  readonly id: string;
  readonly displayName: string;
  /** What the player said in the lobby. */
  readonly ready: boolean;
  /** The session's version by which the player came in. */
  readonly joinedAtVersion: number;
}

export type RegisteredAction = Action & { readonly id: string };

const count = z.int().min(0);
const seatKey = z.object({ digest: z.string().min(1), at: z.int() });
const eventBase = { seq: z.int().min(1), round: z.int().min(1), at: z.int() };

const stateSchema: z.ZodType<GameState> = z
  .object({
    id: idSchema,
    status: z.enum(['lobby', 'active', 'concluded']),
    nonce: z.string().min(1),
    host: idSchema.nullable(),
    hostSince: count,
    creator: z.object({ playerId: idSchema, generation: count, key: seatKey.nullable() }).nullable(),
    generations: byIdSchema(count),
    keys: byIdSchema(seatKey),
    addresses: byIdSchema(z.string().min(1)),
    kicked: z.array(z.object({ playerId: idSchema, address: z.string().min(1).nullable(), until: z.int() })),
    locked: z.boolean(),
    round: z.int().min(1),
    roundEndTime: z.int().nullable(),
    suspendedAt: z.int().nullable(),
    played: z.object({ round: count, at: z.int().nullable() }),
    roundStartedAtVersion: count,
    play: playSchema.nullable(),
    players: byIdSchema(playerSchema).nullable(),
    registeredActions: byIdSchema(z.array(z.looseObject({ id: idSchema, type: z.string() }))),
    committed: z.array(idSchema),
    settings: settingsSchema,
    seeded: z.boolean(),
    reserved: z.boolean(),
    events: z.array(
      z.discriminatedUnion('type', [
        z.object({ ...eventBase, type: z.literal('game_started') }),
        z.object({ ...eventBase, type: z.literal('round_started') }),
        z.object({ ...eventBase, type: z.literal('clock_suspended') }),
        z.object({ ...eventBase, type: z.literal('clock_resumed') }),
        z.object({
          ...eventBase,
          type: z.literal('round_ended'),
          reason: z.enum(['time', 'command', 'committed', 'abandoned', 'deserted']),
        }),
        z.object({
          ...eventBase,
          type: z.literal('player_left'),
          playerId: idSchema,
          reason: z.enum(['left', 'kicked']),
        }),
        z.object({
          ...eventBase,
          type: z.literal('host_changed'),
          playerId: idSchema,
          reason: z.enum(['left', 'silent', 'appointed']),
        }),
        z.object({ ...eventBase, type: z.literal('token_given'), playerId: idSchema, by: z.enum(['host', 'admin']) }),
        z.object({ ...eventBase, type: z.literal('game_concluded'), reason: z.enum(['abandoned', 'finished']) }),
        z.object({
          ...eventBase,
          type: z.literal('told'),
          told: z.object({ type: z.string(), fields: z.record(z.string(), z.unknown()) }),
          to: z.union([z.enum(['players', 'everybody']), z.array(idSchema)]),
        }),
      ]),
    ),
  })
  .refine(({ status, suspendedAt }) => status === 'active' || suspendedAt === null, {
    path: ['suspendedAt'],
    message: 'is there in an active game only',
  })
  .refine((state) => (state.status === 'active' && state.suspendedAt === null) === (state.roundEndTime !== null), {
    path: ['roundEndTime'],
    message: 'is there if and only if the clock of an active game runs',
  })
  .refine(({ play, players, status }) => play === null || (players !== null && status !== 'lobby'), {
    path: ['play'],
    message: 'is there in a game with players that has started only',
  })
  .refine((state) => state.players !== null || state.status === 'active', {
    path: ['players'],
    message: 'is null in an active game only',
  });

/** What the game has beside the platform's fields. */
const flatSchema = perFlatFields(({ settings, players }) => {
  const each = byIdSchema(z.object(players));
  return z.object({
    settings: z.object(settings),
    players: each.nullable(),
    play: z.object({ left: each }).nullable(),
  });
});

/**
 * Checks a stored state; throws a ZodError if it is not one. Answers the very value: a field that this code does not
 * know is kept, not dropped at the next write. The world in it is as the module reads it now.
 */
export function parseState(stored: unknown, game: LoadedGame): GameState {
  stateSchema.parse(stored);
  flatSchema(game.flat).parse(stored);
  const state = stored as GameState;
  return state.play === null ? state : { ...state, play: withStoredWorld(state.play, game) };
}
