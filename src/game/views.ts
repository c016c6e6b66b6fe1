/**
 * What each viewer may see of a game: its state, its events, the records of its rounds.
 *
 * Role: the shapes of the wire contract. Made for every read and push, so they share what they can with the state.
 * Invariants:
 *  - Each view names what it shows: a field that is added to the state is seen by nobody until it is named here.
 *  - Nobody sees what makes a token (nonce, generations, keys), nor where anybody came from. A player sees no other's actions or health, and no seed.
 *  - The public view tells nothing about players but their number, and no events.
 */
import type { RecentEvents, Viewer } from '../session/rules.ts';
import { type PublishedEvent, publishEvents } from './events.ts';
import { entryOf } from './ids.ts';
import type { RoundContent } from './rounds.ts';
import type { GameState, Player } from './state.ts';
import { formatTime } from './time.ts';

/** `stateVersion` is the version that the state is of; only the admin sees it. */
export function viewGame(state: GameState, viewer: Viewer, stateVersion: number): unknown {
  if (viewer === 'admin') return adminView(state, stateVersion);
  if (viewer === 'public') return publicView(state);
  return playerView(state, playerIdOf(viewer));
}

/**
 * All viewers who may know events may know all of them: events.ts. `round` is above every round that is over: of a
 * concluded game that is all of them, so it is one that never runs.
 */
export function viewEvents(state: GameState, viewer: Viewer): RecentEvents {
  const round = state.status === 'concluded' ? state.round + 1 : state.round;
  return { round, events: viewer === 'public' ? [] : publishEvents(state.events) };
}

/** `content` is that of a record which these rules made. */
export function viewRecord(content: unknown, viewer: Viewer): RoundContent {
  const record = content as RoundContent;
  if (viewer === 'admin') return record;
  if (viewer === 'public') return { ...record, actions: [], events: [] as PublishedEvent[] };
  const you = playerIdOf(viewer);
  return { ...record, actions: record.actions.filter(({ playerId }) => playerId === you) };
}

function adminView(state: GameState, stateVersion: number) {
  const { id, status, round, world, locked, host, registeredActions, settings } = state;
  return {
    id,
    status,
    round,
    roundEndTime: timeOrNull(state.roundEndTime),
    world,
    locked,
    host,
    players: playersAs(state, () => true),
    registeredActions,
    settings,
    stateVersion,
  };
}

function playerView(state: GameState, you: string) {
  const { id, status, round, locked, host } = state;
  const { seed: _, ...settings } = state.settings;
  const own = entryOf(state.registeredActions, you);
  return {
    id,
    status,
    round,
    roundEndTime: timeOrNull(state.roundEndTime),
    /** What a character sees of the world comes with worlds. */
    world: null,
    you,
    locked,
    host,
    players: playersAs(state, (player) => player.id === you),
    registeredActions: own === undefined ? {} : { [you]: own },
    settings,
  };
}

function publicView(state: GameState) {
  const { id, status, round, locked, players, settings } = state;
  return {
    id,
    status,
    round,
    roundEndTime: timeOrNull(state.roundEndTime),
    locked,
    playerCount: players === null ? 0 : Object.keys(players).length,
    maxPlayers: settings.maxPlayers,
    listed: settings.listed,
  };
}

/** Each player with whether it committed the running round, and with its health where `seesHealth` says so. */
function playersAs({ players, committed }: GameState, seesHealth: (player: Player) => boolean) {
  if (players === null) return null;
  const seen = Object.values(players).map((player) => {
    const { id, displayName, health, ready } = player;
    return { id, displayName, ...(seesHealth(player) && { health }), ready, done: committed.includes(id) };
  });
  return Object.fromEntries(seen.map((player) => [player.id, player]));
}

function playerIdOf(viewer: `player:${string}`): string {
  return viewer.slice('player:'.length);
}

function timeOrNull(ms: number | null): string | null {
  return ms === null ? null : formatTime(ms);
}
