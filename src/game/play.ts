/**
 * What a state carries of a game that is played on it, and its form as a table.
 *
 * Role: the bridge between the platform's state and table.ts, which alone calls the module. A state without a `play` (a lobby, a bare session, a
 * game of a version before there were worlds) has nothing to do with any module.
 * Invariants:
 *  - `seats` are those who began, in that order, for ever; who left them is in `left`, who still sits there in `players`.
 *  - The turn is the one that was settled when the round began.
 */
import { z } from 'zod';
import type { ModuleId, RuleContext } from '../session/rules.ts';
import { type ById, byIdSchema, entryOf, idSchema } from './ids.ts';
import type { GivenAction, LoadedGame, World } from './loaded-game.ts';
import type { Outcome, RunningTurn, Seat } from './module.ts';
import { type Numbering, numberingSchema } from './numbering.ts';
import { playerSchema } from './players.ts';
import { bytesOfSeed } from './random-stream.ts';
import type { Settings } from './settings.ts';
import type { GameState, Player } from './state.ts';
import type { Table, TurnDefaults } from './table.ts';

export interface Play {
  /** Which module made the world; with the hash of the code that did, if it is as that would read it (stored-world.ts). */
  readonly module: ModuleId;
  readonly world: World;
  readonly turn: RunningTurn;
  readonly outcome: Outcome | null;
  readonly seats: readonly string[];
  readonly bots: readonly string[];
  readonly left: ById<Player>;
  /** Of seats that people play. */
  readonly presence: ById<Presence>;
  /** When the running round began, ms since the epoch. */
  readonly startedAt: number;
  /** Ends of rounds in a row that the module failed on. */
  readonly failures: number;
  /** Rounds in a row, up to the running one, that end at once because only bots are awaited. */
  readonly hurried: number;
  /** Of the first event that the state holds. */
  readonly numbering: Numbering;
}

/** Whether somebody is there. */
export interface Presence {
  /** The round of its last command. */
  readonly heard: number;
  /** How many rounds of its own it let pass since. */
  readonly missed: number;
}

const count = z.int().min(0);

export const playSchema: z.ZodType<Play> = z.object({
  module: z.object({ name: z.string(), version: z.int().min(1), hash: z.string().optional() }),
  world: z.looseObject({}),
  turn: z.object({
    players: z.array(idSchema),
    actions: byIdSchema(count),
    ends: z.enum(['done', 'all', 'first']),
    seconds: z.number(),
  }),
  outcome: z
    .object({
      winners: z.array(idSchema),
      scores: byIdSchema(z.number()).exactOptional(),
      reason: z.string().exactOptional(),
    })
    .nullable(),
  seats: z.array(idSchema),
  bots: z.array(idSchema),
  left: byIdSchema(playerSchema),
  presence: byIdSchema(z.object({ heard: count, missed: count })),
  startedAt: z.int(),
  failures: count,
  hurried: count,
  numbering: numberingSchema,
});

/** As which a world of this game is kept. */
export function moduleOf({ name, version, hash }: LoadedGame): ModuleId {
  return hash === null ? { name, version } : { name, version, hash };
}

/** The module's settings as the module sees them. */
export function settingsFor(game: LoadedGame, settings: Settings): Readonly<Record<string, unknown>> {
  const shared = Object.entries(settings).filter(
    ([name]) => isShared(game, name) && Object.hasOwn(game.settings.shape, name),
  );
  return { ...Object.fromEntries(shared), ...settings.table };
}

/** Those that stand under `settings.table`. */
export function ownSettings(
  game: LoadedGame,
  settings: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !isShared(game, name)));
}

/** Whether the setting stands beside the platform's: a module takes it for its own by naming it. */
export function isShared({ flat }: LoadedGame, name: string): boolean {
  return name === 'actionPoints' || Object.hasOwn(flat.settings, name);
}

/** What the module is shown of the state. */
export function tableOf(game: LoadedGame, state: GameState, play: Play): Table {
  return {
    round: state.round,
    startedAt: play.startedAt,
    settings: settingsFor(game, state.settings),
    seats: seatsOf(state, play),
    world: play.world,
    turn: play.turn,
    actions: Object.fromEntries(Object.entries(state.registeredActions).map(([id, list]) => [id, list.map(withoutId)])),
    done: state.committed,
  };
}

function withoutId({ id: _, ...action }: { readonly id: string } & GivenAction): GivenAction {
  return action;
}

export function seatsOf(state: GameState, play: Play): readonly Seat[] {
  const { awayRounds } = state.settings;
  return play.seats.map((id) => ({
    id,
    bot: play.bots.includes(id),
    away: (entryOf(play.presence, id)?.missed ?? 0) >= awayRounds,
    left: entryOf(play.left, id) !== undefined,
  }));
}

/** Whether a person sits there who has not gone away: a round that waits for nobody need not last then. */
export function isAttended(seats: readonly Seat[]): boolean {
  return seats.some(({ bot, away, left }) => !bot && !away && !left);
}

export function defaultsOf({ settings }: GameState): TurnDefaults {
  return { actions: settings.actionPoints, seconds: settings.roundSeconds };
}

/** The bytes of this attempt: drawn, unless an administrator gave the game a seed. */
export function bytesFor(state: GameState, { bytes }: RuleContext): Uint8Array {
  if (state.seeded) return bytesOfSeed(state.settings.seed, state.round);
  const drawn = bytes?.() ?? null;
  if (drawn === null) throw new Error('no random bytes were drawn for this attempt');
  return drawn;
}

/** The player has done something: it is not away. */
export function heard(state: GameState, playerId: string): GameState {
  const { play } = state;
  if (play === null || entryOf(play.presence, playerId) === undefined) return state;
  const presence = { ...play.presence, [playerId]: { heard: state.round, missed: 0 } };
  return { ...state, play: { ...play, presence } };
}

/** After the round: who was in turn and sent nothing let it pass. */
export function presenceAfter(play: Play, round: number): ById<Presence> {
  const after = Object.entries(play.presence).map(([id, { heard: last, missed }]) => {
    const isPassed = play.turn.players.includes(id) && last !== round;
    return [id, { heard: last, missed: isPassed ? missed + 1 : missed }];
  });
  return Object.fromEntries(after);
}
