/**
 * What each viewer may see of a game: its state, its events, the records of its rounds.
 *
 * Role: the shapes of the wire contract. Made for every read and push, so they share what they can with the state.
 * Invariants:
 *  - Each view names what it shows: a field that is added to the state is seen by nobody until it is named here.
 *  - Nobody sees what makes a token (nonce, generations, keys), nor where anybody came from. A player sees no other's actions or
 *    what it has flat (flat-fields.ts), and no seed.
 *  - The public view tells nothing about players but their number, and no events.
 */
import type { RecentEvents, Told, Viewer } from '../session/rules.ts';
import { botsToSeat } from './bots.ts';
import type { GameHost } from './context.ts';
import { audiencesOf, publishEvents } from './events.ts';
import { GameFault } from './faults.ts';
import { type FlatFields, flatOf } from './flat-fields.ts';
import { entryOf } from './ids.ts';
import type { World } from './loaded-game.ts';
import type { Viewer as ModuleViewer } from './module.ts';
import { heardBy, nothingBefore } from './numbering.ts';
import { type Play, seatsOf, tableOf } from './play.ts';
import { eventsOf, type RoundContent } from './round-record.ts';
import type { GameState, Player } from './state.ts';
import { look } from './table.ts';
import { formatTime } from './time.ts';

/** `stateVersion` is the version that the state is of; only the admin sees it. */
export function viewGame(state: GameState, viewer: Viewer, stateVersion: number, host: GameHost): unknown {
  const world = state.play === null ? null : viewWorld(state, state.play, viewer, host);
  const { flat } = host.game;
  const seen =
    viewer === 'admin' ? adminView(state, stateVersion, flat, world) : viewWithoutAdmin(state, viewer, flat, world);
  return state.status === 'lobby' ? { ...seen, bots: botsToSeat(state, host) } : seen;
}

function viewWithoutAdmin(state: GameState, viewer: Exclude<Viewer, 'admin'>, flat: FlatFields, world: WorldView) {
  return viewer === 'public' ? { ...publicView(state), ...world } : playerView(state, playerIdOf(viewer), flat, world);
}

/**
 * Each viewer has numbers of its own (numbering.ts). `round` is above every round that is over: of a concluded game that is all of them, so it is
 * one that never runs.
 */
export function viewEvents(state: GameState, viewer: Viewer): RecentEvents {
  const round = state.status === 'concluded' ? state.round + 1 : state.round;
  const { events, play } = state;
  return { round, ...heardBy(viewer, publishEvents(events), audiencesOf(events), play?.numbering ?? nothingBefore) };
}

/** `content` is that of a record which these rules made. */
export function viewRecord(
  content: unknown,
  viewer: Viewer,
): Told & Omit<RoundContent, 'events' | 'fieldsTo' | 'numbering'> {
  const { numbering = nothingBefore, events: kept, fieldsTo, ...record } = content as RoundContent;
  const { events, audiences } = eventsOf({ events: kept, ...(fieldsTo && { fieldsTo }) });
  const told = heardBy(viewer, events, audiences, numbering);
  if (viewer === 'admin') return { ...record, ...told };
  if (viewer === 'public') return { ...record, actions: [], ...told };
  const you = playerIdOf(viewer);
  return { ...record, actions: record.actions.filter(({ playerId }) => playerId === you), ...told };
}

/** Worlds of which a view ran out of time: it is not tried again for every other viewer. */
const tooSlow = new WeakSet<World>();

/** What goes with a world. The module says what the viewer sees of it; whose turn it is, and how it ended, everybody may know. */
function viewWorld(state: GameState, play: Play, viewer: Viewer, host: GameHost) {
  const { turn, outcome } = play;
  // Not its hash: a game would change in everybody's eyes with every deploy.
  const module = { name: play.module.name, version: play.module.version };
  return { ...lookAt(state, play, viewer, host), turn, outcome, module };
}

/** A view that fails is nobody's but the viewer's: the game goes on. */
function lookAt(state: GameState, play: Play, viewer: Viewer, host: GameHost) {
  const failed = { world: null, worldError: 'view_failed' } as const;
  if (tooSlow.has(play.world)) return failed;
  try {
    return { world: host.guard(() => look(host.game, tableOf(host.game, state, play), asModuleViewer(viewer))) };
  } catch (error) {
    if (!(error instanceof GameFault)) tooSlow.add(play.world);
    host.faulty(state.id, error);
    return failed;
  }
}

function asModuleViewer(viewer: Viewer): ModuleViewer {
  return viewer === 'admin' || viewer === 'public' ? { kind: viewer } : { kind: 'player', id: playerIdOf(viewer) };
}

type WorldView = ReturnType<typeof viewWorld> | null;

function adminView(state: GameState, stateVersion: number, flat: FlatFields, world: WorldView) {
  const { id, status, round, locked, host, registeredActions, settings } = state;
  return {
    id,
    status,
    round,
    roundEndTime: timeOrNull(state.roundEndTime),
    ...(world ?? { world: null }),
    locked,
    host,
    players: playersAs(state, flat, () => true),
    registeredActions,
    settings,
    stateVersion,
  };
}

function playerView(state: GameState, you: string, flat: FlatFields, world: WorldView) {
  const { id, status, round, locked, host } = state;
  const { seed: _, ...settings } = state.settings;
  const own = entryOf(state.registeredActions, you);
  return {
    id,
    status,
    round,
    roundEndTime: timeOrNull(state.roundEndTime),
    ...(world ?? { world: null }),
    you,
    locked,
    host,
    players: playersAs(state, flat, (player) => player.id === you),
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
    spectators: settings.spectators ?? false,
  };
}

/** Each player with whether it committed the running round, and with what it has flat where `seesFlat` says so. In a world those who left are there, too. */
function playersAs(state: GameState, flat: FlatFields, seesFlat: (player: Player) => boolean) {
  const { players, committed, play } = state;
  if (players === null) return null;
  const seats = new Map(play === null ? [] : seatsOf(state, play).map((seat) => [seat.id, seat]));
  const seen = [...Object.values(players), ...Object.values(play?.left ?? {})].map((player) => {
    const { id, displayName, ready } = player;
    const { bot, away, left } = seats.get(id) ?? {};
    const fields = seesFlat(player) ? flatOf(flat.players, player) : {};
    const shown = { id, displayName, ...fields, ready, done: committed.includes(id) };
    return play === null ? shown : { ...shown, bot, away, left };
  });
  return Object.fromEntries(seen.map((player) => [player.id, player]));
}

function playerIdOf(viewer: `player:${string}`): string {
  return viewer.slice('player:'.length);
}

function timeOrNull(ms: number | null): string | null {
  return ms === null ? null : formatTime(ms);
}
