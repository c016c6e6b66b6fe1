/**
 * How a game ended, for whoever comes back to their seat after that: nobody follows a game that is over, but it can be read.
 */
import type { Game, Seat, Update } from '../../client/index.ts';

/** Null: there is none, or it goes on. */
export async function lastState({ gameId, token }: Seat): Promise<Update | null> {
  try {
    const response = await fetch(`/v1/games/${gameId}`, { headers: { authorization: `Bearer ${token}` } });
    const { game, version } = (await response.json()) as { readonly game?: Game; readonly version: number };
    if (game?.status !== 'concluded') return null;
    return {
      view: game.world,
      game,
      version,
      events: [],
      players: Object.values(game.players ?? {}),
      presence: null,
      clock: { now: Date.now(), roundEndsAt: null, leftMs: null },
      resumed: 'snapshot',
    };
  } catch {
    return null;
  }
}
