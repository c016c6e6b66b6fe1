/**
 * A game module as the host holds it: checked (module-check.ts), and without the types that only its author needs.
 *
 * Invariant: values that come out of its functions are nobody's word for anything: table.ts looks at each.
 */
import type { z } from 'zod';
import type { FlatFields } from './flat-fields.ts';
import type { Random, RunningTurn, Seat, Shapes, Viewer, WorldStep } from './module.ts';

/** A JSON object that the module alone understands. */
export type World = object;

/** An action: its type, and fields that its schema passed. */
export type GivenAction = { readonly type: string } & Readonly<Record<string, unknown>>;

export type PlayedAction = GivenAction & { readonly player: string };

/** What every call is told. */
export interface Now {
  readonly round: number;
  readonly settings: unknown;
  readonly players: readonly Seat[];
}

export interface LoadedGame {
  readonly name: string;
  readonly version: number;
  /** Of its code (game-hash.ts); null: not known, so every stored world is parsed. */
  readonly hash: string | null;
  readonly players: { readonly min: number; readonly max: number };
  /** Takes no field that it does not know; so do those of actions and events. */
  readonly settings: z.ZodObject;
  readonly world: z.ZodType;
  readonly actions: Shapes;
  readonly events: Shapes;
  readonly reasons: readonly string[];
  readonly migrations: Readonly<Record<number, WorldStep>>;
  /** What is on the wire of it beside the platform's fields. */
  readonly flat: FlatFields;

  setup(of: { players: readonly string[]; settings: unknown; random: Random; now: number }): unknown;
  turn(world: World, of: Now & { now: number }): unknown;
  resolve(
    world: World,
    actions: readonly PlayedAction[],
    of: Now & {
      now: number;
      startedAt: number;
      turn: RunningTurn;
      done: readonly string[];
      random: Random;
      tell(type: string, fields: object, to?: readonly string[] | 'everybody'): void;
    },
  ): unknown;
  outcome(world: World, of: Now): unknown;
  view(world: World, viewer: Viewer, of: Now): unknown;
  allows(view: unknown, player: string, action: GivenAction, of: Now & { own: readonly GivenAction[] }): unknown;
  /** Null: the module says nothing about what is legal. */
  readonly legal: ((view: unknown, player: string, of: Now & { own: readonly GivenAction[] }) => unknown) | null;
  /** Null: it knows no bots. */
  readonly bot:
    | ((view: unknown, player: string, of: Now & { legal: readonly GivenAction[]; random: Random }) => unknown)
    | null;
  readonly secrets: ((world: World, viewer: Viewer) => unknown) | null;
}
