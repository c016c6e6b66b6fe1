/**
 * Players: what they bring, and what the game gives them.
 *
 * Role: shared by the two ways into a game, its document and joining.
 */
import { z } from 'zod';
import { entryOf, idSchema } from './ids.ts';
import type { GameState, Player } from './state.ts';

/** What every name keeps to, however old. A new one keeps to the rules of names.ts too. */
export const displayNameSchema = z
  .string()
  .regex(/^[^\p{Cc}\p{Cs}]{1,64}$/u, 'must be 1 to 64 characters, none a control character');

/** As it is stored. */
export const playerSchema = z.object({
  id: idSchema,
  displayName: z.string(),
  ready: z.boolean(),
  joinedAtVersion: z.int().min(0),
});

/** A player who has just come in, by the session's version `joinedAtVersion`. `flat`: what it has beside the platform's fields. */
export function newPlayer(id: string, displayName: string, flat: object, joinedAtVersion: number): Player {
  return { id, displayName, ...flat, ready: false, joinedAtVersion };
}

export function playerOf(state: GameState, playerId: string): Player | undefined {
  return state.players === null ? undefined : entryOf(state.players, playerId);
}

export function withPlayer(state: GameState, player: Player): GameState {
  return { ...state, players: { ...state.players, [player.id]: player } };
}
