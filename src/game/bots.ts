/**
 * Seats that the server plays.
 *
 * Role: who sits in seats that nobody took when a game starts: as many as `settings.bots` says, if there is room.
 * Invariant: a bot is a player like any other, but nobody has its token.
 */
import type { GameContext, GameHost } from './context.ts';
import { initialOf } from './flat-fields.ts';
import { looksLike } from './names.ts';
import { newPlayer, withPlayer } from './players.ts';
import { hasSeat } from './seats.ts';
import type { GameState } from './state.ts';

/** How many seats the server would take if the game started now. */
export function botsToSeat({ settings, players }: GameState, { game }: GameHost): number {
  const room = Math.min(settings.maxPlayers, game.players.max) - Object.keys(players ?? {}).length;
  return Math.max(0, Math.min(settings.bots, room));
}

/** The state with its bots seated, and which those are. */
export function withBots(
  state: GameState,
  { host, version }: GameContext,
): { state: GameState; bots: readonly string[] } {
  const flat = initialOf(host.game.flat, state.settings);
  const wanted = botsToSeat(state, host);
  const bots: string[] = [];
  let seated = state;
  for (let number = 1; bots.length < wanted; number += 1) {
    const id = `bot${number}`;
    const name = `Bot ${number}`;
    const isTaken = Object.values(seated.players ?? {}).some(({ displayName }) => looksLike(displayName, name));
    if (isTaken || hasSeat(seated, id)) continue;
    seated = withPlayer(seated, { ...newPlayer(id, name, flat, version), ready: true });
    bots.push(id);
  }
  return { state: seated, bots };
}
