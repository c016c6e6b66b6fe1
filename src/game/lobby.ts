/**
 * The lobby: players come in and say that they are ready, until the host starts the game.
 *
 * Role: what happens before the first round. Leaving is the same in a lobby and a game: departure.ts.
 * Invariants:
 *  - Nothing here makes an event, and changes of seats make so many at most (seats.ts): a lobby that is left open does not grow.
 *  - Whoever comes in gets a seat that nobody has, and the token of that very moment.
 */
import type { Rejected, RuleContext, RuleOutcome } from '../session/rules.ts';
import { noSuchPlayer, refuseConcluded, refuseOutsideLobby } from './admission.ts';
import { withBots } from './bots.ts';
import type { GameCommand } from './commands.ts';
import type { GameContext } from './context.ts';
import { initialOf } from './flat-fields.ts';
import { withHostAgain } from './hosting.ts';
import { isId } from './ids.ts';
import { refuseKicked } from './kicks.ts';
import { looksLike, nameOf, readName } from './names.ts';
import { applied, failed, rejected } from './outcome.ts';
import { newPlayer, playerOf, withPlayer } from './players.ts';
import { begin } from './rounds.ts';
import { refuseLateKey, seatKey, seatOfKey } from './seat-keys.ts';
import { hasSeat, withGeneration } from './seats.ts';
import type { GameState } from './state.ts';
import { lengthOf, openPlay } from './world-rounds.ts';

type Join = Extract<GameCommand, { type: 'join' }>;
type Lock = Extract<GameCommand, { type: 'lock' }>;
type SetReady = Extract<GameCommand, { type: 'set_ready' }>;

/**
 * A new player. Repeated with the key that made the seat, it changes nothing, even when the game has started meanwhile. Rejects with
 * `bad_request`, `game_concluded`, `key_reused` (the seat is somebody else's), `key_expired`, `game_started`, `kept_out`, `lobby_locked`,
 * `game_full` or `name_taken`.
 */
export function join(state: GameState, command: Join, context: GameContext): RuleOutcome<GameState> {
  const { playerId, displayName } = command;
  const refusal = refuseJoin(command) ?? refuseConcluded(state);
  if (refusal !== null) return refusal;
  const seat = seatOfKey(state, command);
  if (seat !== undefined) return joinAgain(state, seat, command, context);
  if (hasSeat(state, playerId)) return rejected('key_reused', 'playerId: is the seat of somebody else.');
  const forsaken = refuseForsaken(state, command);
  if (forsaken !== null) return forsaken;
  const read = readName(displayName);
  if ('complaint' in read) return rejected('bad_request', `displayName: ${read.complaint}.`);
  const { name } = read;
  const closed = refuseOutsideLobby(state) ?? refuseKicked(state, command, context.now) ?? refuseLocked(state, command);
  const refused = closed ?? refuseFull(state, context) ?? refuseName(state, name);
  if (refused !== null) return refused;
  const player = newPlayer(playerId, name, initialOf(context.host.game.flat, state.settings), context.version);
  const seated = withGeneration(withPlayer(state, player), playerId, context.version);
  const hosted = command.returns === 'host' ? withHostAgain(seated, playerId, context.now) : seated;
  return applied(withOrigin(hosted, command, context));
}

/** What is kept of whoever came in: of its key, and of where it came from. */
function withOrigin(state: GameState, { playerId, keys, addresses }: Join, { now }: RuleContext): GameState {
  const key = seatKey(keys, now);
  const address = addresses?.[0];
  return {
    ...state,
    ...(key !== null && { keys: { ...state.keys, [playerId]: key } }),
    ...(address !== undefined && { addresses: { ...state.addresses, [playerId]: address } }),
  };
}

function joinAgain(state: GameState, seat: string, command: Join, { now }: RuleContext): RuleOutcome<GameState> {
  const isSame = playerOf(state, seat)?.displayName === nameOf(command.displayName);
  if (!isSame) return rejected('key_reused', 'This key joined by another name.');
  return refuseLateKey(state, seat, now) ?? applied(state);
}

/** Rejects with `game_started`, `game_concluded` or `player_not_found`. In a world it says that the player is there again. */
export function setReady(state: GameState, { playerId, ready }: SetReady): RuleOutcome<GameState> {
  if (state.play !== null && state.status === 'active') {
    return playerOf(state, playerId) === undefined ? noSuchPlayer() : applied(state);
  }
  const refusal = refuseOutsideLobby(state);
  if (refusal !== null) return refusal;
  const player = playerOf(state, playerId);
  if (player === undefined) return noSuchPlayer();
  return applied(player.ready === ready ? state : withPlayer(state, { ...player, ready }));
}

/** The host lets nobody in, or everybody again. Rejects with `game_started` or `game_concluded`. */
export function lock(state: GameState, { locked }: Lock): RuleOutcome<GameState> {
  return refuseOutsideLobby(state) ?? applied(state.locked === locked ? state : { ...state, locked });
}

/**
 * The first round begins, whoever is ready, in a new world, if worlds can be kept. Rejects with `game_started`, `game_concluded`,
 * `not_enough_players`, `game_full` or `rule_failed`.
 */
export function start(state: GameState, context: GameContext): RuleOutcome<GameState> {
  const refusal = refuseOutsideLobby(state);
  if (refusal !== null) return refusal;
  if (playerCount(state) === 0) return rejected('not_enough_players', 'A game needs a player to start.');
  return (context.bytes?.() ?? null) === null ? applied(begin(state, context)) : startWorld(state, context);
}

function startWorld(lobby: GameState, context: GameContext): RuleOutcome<GameState> {
  const { state, bots } = withBots(lobby, context);
  const { min, max } = context.host.game.players;
  const count = playerCount(state);
  if (count < min) return rejected('not_enough_players', `This game needs ${min} players; ${count} are there.`);
  if (count > max) return rejected('game_full', `At most ${max} may play this game; ${count} are there.`);
  try {
    const play = openPlay(state, bots, context);
    return applied(begin({ ...state, play }, context, context.now + lengthOf(play)));
  } catch (error) {
    context.host.faulty(state.id, error);
    return failed();
  }
}

function refuseJoin({ playerId }: Join): Rejected | null {
  return isId(playerId) ? null : rejected('bad_request', 'playerId: is not an id.');
}

/** Names tell players apart, so nobody takes one that looks like another's. */
function refuseName({ players }: GameState, name: string): Rejected | null {
  const other = Object.values(players ?? {}).find((player) => looksLike(player.displayName, name));
  if (other === undefined) return null;
  return rejected('name_taken', 'displayName: a player of this game has that name, or one that looks like it.');
}

/** A lock is for strangers: those who come back were in before. */
function refuseLocked({ locked }: GameState, { returns }: Join): Rejected | null {
  return locked && returns === undefined ? rejected('lobby_locked', 'The host lets nobody in.') : null;
}

/** The rematch that all who played have left is over for them, whoever else is there: they may have opened the next one meanwhile. */
function refuseForsaken(state: GameState, { beside }: Join): Rejected | null {
  const isForsaken = beside !== undefined && !beside.some((id) => hasSeat(state, id));
  return isForsaken ? rejected('game_concluded', 'All who played the game before have left its rematch.') : null;
}

function refuseFull(state: GameState, { host }: GameContext): Rejected | null {
  const maxPlayers = Math.min(state.settings.maxPlayers, host.game.players.max);
  return playerCount(state) < maxPlayers ? null : rejected('game_full', `At most ${maxPlayers} may play this game.`);
}

function playerCount(state: GameState): number {
  return Object.keys(state.players ?? {}).length;
}
