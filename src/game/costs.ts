/**
 * What a game costs while its clock runs, and who may begin that.
 *
 * Role: a lobby costs nothing, whatever it asks for. Rounds that end in quick succession or for ever do, so where somebody without an administrator's token asked for
 * them, an administrator has to start the game.
 */
import type { Settings } from './settings.ts';
import type { GameState } from './state.ts';

/** Of rounds that anybody may begin. */
const SHORTEST_ROUND_SECONDS = 5;

/** Why only an administrator may let the clock of such a game run; null if anybody may. */
export function costOf({ roundSeconds, idleRounds }: Settings): string | null {
  const who = 'only an administrator may start this game';
  if (roundSeconds < SHORTEST_ROUND_SECONDS) {
    return `settings.roundSeconds: is below ${SHORTEST_ROUND_SECONDS}, so ${who}.`;
  }
  return idleRounds === 0 ? `settings.idleRounds: is 0, so its rounds would end for ever: ${who}.` : null;
}

/**
 * Whether a lobby with these settings is an administrator's to start: if they cost, and others than an administrator asked for them, before or now.
 */
export function isReserved({ reserved, settings }: GameState, changed: Settings, byAdmin: boolean): boolean {
  const isSame = settings.roundSeconds === changed.roundSeconds && settings.idleRounds === changed.idleRounds;
  return costOf(changed) !== null && (reserved || (!byAdmin && !isSame));
}
