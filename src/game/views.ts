/**
 * What each viewer may see of a game.
 *
 * Role: the shapes of the wire contract. Made for every read and push, so they share what they can with the state.
 * Invariant: the public view tells nothing about players but their number.
 */
import type { Viewer } from '../session/rules.ts';
import type { ById } from './ids.ts';
import type { GameState, Player } from './state.ts';
import { formatTime } from './time.ts';

/** `stateVersion` is the version that the state is of; only the admin sees it. */
export function viewGame(state: GameState, viewer: Viewer, stateVersion: number): unknown {
  return viewer === 'admin' ? adminView(state, stateVersion) : publicView(state);
}

function adminView(state: GameState, stateVersion: number) {
  const { id, status, round, world, players, registeredActions, settings } = state;
  return {
    id,
    status,
    round,
    roundEndTime: timeOrNull(state.roundEndTime),
    world,
    players: players && withDone(players, state.committed),
    registeredActions,
    settings,
    stateVersion,
  };
}

function publicView(state: GameState) {
  const { id, status, round, players, settings } = state;
  return {
    id,
    status,
    round,
    roundEndTime: timeOrNull(state.roundEndTime),
    playerCount: players === null ? 0 : Object.keys(players).length,
    maxPlayers: settings.maxPlayers,
    listed: settings.listed,
  };
}

/** Each player with whether it committed the running round. */
function withDone(players: ById<Player>, committed: readonly string[]) {
  return Object.fromEntries(
    Object.values(players).map((player) => [player.id, { ...player, done: committed.includes(player.id) }]),
  );
}

function timeOrNull(ms: number | null): string | null {
  return ms === null ? null : formatTime(ms);
}
