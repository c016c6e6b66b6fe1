/**
 * The interface by which a team brings its own game: `import { defineGame, player, z } from 'minotaur/game'`.
 *
 * Role: the types of a game module, and `defineGame`, which infers them from its schemas. How a module is called is for table.ts to say, and what
 * is wrong with one for module-check.ts. Experimental until 1.0.
 * Invariants:
 *  - Nothing here runs a game or knows the machine: a browser may import it as well.
 *  - The world is readonly everywhere but in `resolve`.
 *  - In the object of a game `view` stands before `allows`, `legal` and `bot`: what they are given is inferred from it.
 */
import { z } from 'zod';
import type { Reserved, ReservedOfEvents, ReservedType } from './reserved.ts';

export { player } from './player-field.ts';
export { z };

export type PlayerId = string;

/** Whose eyes. `public`: somebody without a token; it must not learn what any player may not. */
export type Viewer =
  | { readonly kind: 'player'; readonly id: PlayerId }
  | { readonly kind: 'public' }
  | { readonly kind: 'admin' };

/** Draws from a cryptographic stream that nobody can predict or repeat. */
export interface Random {
  /** A whole number from 0 to `below` - 1; `below` is at most 2^32. */
  int(below: number): number;
  /** A new list in an order drawn anew. */
  shuffle<Item>(of: readonly Item[]): Item[];
  /** One of a list that is not empty. */
  pick<Item>(of: readonly Item[]): Item;
}

/** A player of a game that runs. Who left stays in the list. */
export interface Seat {
  readonly id: PlayerId;
  /** The server plays it. */
  readonly bot: boolean;
  /** Let `settings.awayRounds` of its rounds pass without a command. */
  readonly away: boolean;
  readonly left: boolean;
}

/** Whose turn a round is, and what ends it before its time. */
export interface Turn {
  /** At least one, all of them players. (A name that is `undefined` counts as a mistake when it comes to that.) */
  readonly players: readonly (PlayerId | undefined)[];
  /** How many each may take, or by player. Absent: `settings.actionPoints`. */
  readonly actions?: number | Readonly<Record<PlayerId, number>>;
  /** `done` (the default): all in turn committed; `all`: all have acted, and actions are final; `first`: the first action. */
  readonly ends?: 'done' | 'all' | 'first';
  /** Absent: `settings.roundSeconds`. */
  readonly seconds?: number;
}

/** The turn of the running round, as it was settled when the round began: everything is there. */
export interface RunningTurn {
  readonly players: readonly PlayerId[];
  /** By player in turn. */
  readonly actions: Readonly<Record<PlayerId, number>>;
  readonly ends: 'done' | 'all' | 'first';
  readonly seconds: number;
}

/** The end of a game. No winners: nobody won. */
export interface Outcome {
  readonly winners: readonly PlayerId[];
  readonly scores?: Readonly<Record<PlayerId, number>>;
  readonly reason?: string;
}

/** Schemas of actions or events by their type. */
export type Shapes = Readonly<Record<string, z.ZodObject>>;

/** Readonly, however deep. */
export type Deep<T> = T extends readonly (infer Item)[]
  ? readonly Deep<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Deep<T[Key]> }
    : T;

/** An action as somebody gives it: its type and its fields. */
export type Given<Actions extends Shapes> = {
  [Type in keyof Actions & string]: Deep<{ type: Type } & Fields<z.output<Actions[Type]>>>;
}[keyof Actions & string];

/** The same, and who took it. */
export type Played<Actions extends Shapes> = Given<Actions> & { readonly player: PlayerId };

/** What every function after `setup` is told. */
export interface At<Settings extends z.ZodObject> {
  /** From 1. */
  readonly round: number;
  readonly settings: Deep<z.output<Settings>>;
  readonly players: readonly Seat[];
}

/** What `setup` is told. */
export interface Starting<Settings extends z.ZodObject> {
  readonly players: readonly PlayerId[];
  readonly settings: Deep<z.output<Settings>>;
  readonly random: Random;
  /** Ms since the epoch. */
  readonly now: number;
}

/** What `resolve` is told. */
export interface Resolving<Events extends Shapes, Settings extends z.ZodObject> extends At<Settings> {
  /** Ms since the epoch. */
  readonly now: number;
  readonly startedAt: number;
  readonly turn: RunningTurn;
  /** Players in turn who said that they are done. */
  readonly done: readonly PlayerId[];
  readonly random: Random;
  /** An event. `to`: these players alone; absent: whoever has a token; `everybody`: those who watch from outside as well. */
  readonly tell: <Type extends keyof Events & string>(
    type: Type,
    fields: z.input<Events[Type]>,
    to?: readonly PlayerId[] | 'everybody',
  ) => void;
}

/** Steps from the version before and back to it; `down(up(world))` is the world. */
export interface WorldStep {
  up(before: unknown): unknown;
  down(now: unknown): unknown;
}

/** A game. What each member is for, and when it is called: docs/your-own-game.md. */
export interface GameModule<
  Settings extends z.ZodObject,
  World extends z.ZodType<object>,
  Actions extends Shapes,
  Events extends Shapes,
  Reason extends string,
  View,
> {
  readonly name: string;
  /** From 1; a change of the world's shape is a new one, with a step in `migrations`. */
  readonly version: number;
  readonly players: { readonly min: number; readonly max: number };
  readonly settings: Settings;
  readonly world: World;
  readonly actions: Actions & Free<Actions, Reserved, never>;
  readonly events?: Events & Free<Events, ReservedOfEvents, ReservedType>;
  /** The codes with which `allows` refuses. */
  readonly reasons?: readonly Reason[];

  setup(of: Starting<Settings>): z.output<World>;
  /** Called once, when a round begins. Who is in turn is public. */
  turn(world: Deep<z.output<World>>, of: At<Settings> & { readonly now: number }): Turn;
  /** Changes the world, which is a copy. Everybody's first action comes first, then everybody's second. */
  resolve(world: z.output<World>, actions: readonly Played<Actions>[], of: Resolving<Events, Settings>): void;
  /** Null: it goes on. */
  outcome(world: Deep<z.output<World>>, of: At<Settings>): Outcome | null;
  /** What this viewer may see: a JSON value. */
  view(world: Deep<z.output<World>>, viewer: Viewer, of: At<Settings>): View;
  /** By what the player sees: a refusal can tell nothing more. `own`: what it has registered in this round. */
  allows?(view: View, player: PlayerId, action: Given<Actions>, of: Own<Actions, Settings>): true | NoInfer<Reason>;
  /** Some of the actions that are allowed, at most 1,000. */
  legal?(view: View, player: PlayerId, of: Own<Actions, Settings>): readonly Given<Actions>[];
  /** What a seat that the server plays does in this round. */
  bot?(view: View, player: PlayerId, of: Choosing<Actions, Settings>): readonly Given<Actions>[];
  /** Strings of 8 or more characters that this viewer may never be sent: the check looks for them. */
  secrets?(world: Deep<z.output<World>>, viewer: Viewer): readonly string[];
  /** By the version that they lead up to, from 2. */
  readonly migrations?: Readonly<Record<number, WorldStep>>;
}

/** What `allows` and `legal` are told. */
export type Own<Actions extends Shapes, Settings extends z.ZodObject> = At<Settings> & {
  readonly own: readonly Given<Actions>[];
};

/** What `bot` is told. `legal`: what `legal` said, or nothing. */
export type Choosing<Actions extends Shapes, Settings extends z.ZodObject> = At<Settings> & {
  readonly legal: readonly Given<Actions>[];
  readonly random: Random;
};

/** The game as it is: this only says what it is. */
export function defineGame<
  Settings extends z.ZodObject,
  World extends z.ZodType<object>,
  Actions extends Shapes,
  View,
  Events extends Shapes = Record<never, never>,
  const Reason extends string = never,
>(
  game: GameModule<Settings, World, Actions, Events, Reason, View>,
): GameModule<Settings, World, Actions, Events, Reason, View> {
  return game;
}

/** For clients: a function for each action of a game. */
export type Acts<Game> =
  Game extends GameModule<infer _S, infer _W, infer Actions, infer _E, infer _R, infer _V>
    ? { [Type in keyof Actions]: (fields: z.input<Actions[Type]>) => Promise<{ actionId: string; version: number }> }
    : never;

/** For clients: what a game shows. */
export type ViewOf<Game> =
  Game extends GameModule<infer _S, infer _W, infer _A, infer _E, infer _R, infer View> ? View : never;

/** Without the names that are the platform's; an object that takes any field cannot be looked through here. */
type Free<Of extends Shapes, Names extends string, Types extends string> = {
  [Type in keyof Of]: Type extends Types
    ? never
    : string extends keyof z.output<Of[Type]>
      ? Of[Type]
      : keyof z.output<Of[Type]> & Names extends never
        ? Of[Type]
        : never;
};

/** The fields that are named; `z.object({})` has none. */
type Fields<T> = { [Field in keyof T as string extends Field ? never : Field]: T[Field] };
