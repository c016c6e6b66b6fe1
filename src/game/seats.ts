/**
 * Seats: who belongs to a game, and which token speaks for whom.
 *
 * Role: a seat is a player's, or that of a host who does not play. A token names its seat, the game's nonce and the
 * generation that gave it; the state says which generation holds.
 * Invariants:
 *  - One token holds per seat, the newest; giving up the seat ends it.
 *  - A repetition of what once granted a token (creation, joining) grants that very one again, for a time (seat-keys.ts), and never a newer
 *    one: else renewing a token would not shut out who knows an old idempotency key.
 */
import type { Bearer, Grant, RuleContext, RuleOutcome, Standing } from '../session/rules.ts';
import { noSuchPlayer, refuseConcluded } from './admission.ts';
import type { GameCommand } from './commands.ts';
import { append, type Happening, type HostReason } from './events.ts';
import { type ById, entryOf } from './ids.ts';
import { wasKicked } from './kicks.ts';
import { applied, rejected } from './outcome.ts';
import { playerOf } from './players.ts';
import type { GameState, Player } from './state.ts';

/** Changes of seats that are told in one round, a lobby being part of the first: so no round's events grow without end. */
const MOST_TOLD = 100;

type RenewToken = Extract<GameCommand, { type: 'renew_token' }>;

export function hasSeat(state: GameState, playerId: string): boolean {
  return playerId === state.host || playerOf(state, playerId) !== undefined;
}

/** What the bearer of a token is to this game now. */
export function standing(state: GameState, { playerId, nonce, generation }: Bearer): Standing {
  if (nonce !== state.nonce) return 'foreign';
  const holds = entryOf(state.generations, playerId);
  if (holds !== generation) return holds === undefined && wasKicked(state, playerId) ? 'kicked' : 'ended';
  return playerId === state.host ? 'host' : 'player';
}

/**
 * A new token for a seat: the one before holds no more. Rejects with `game_concluded`, `player_not_found` or (too many)
 * `game_too_large`.
 */
export function renewToken(state: GameState, command: RenewToken, context: RuleContext): RuleOutcome<GameState> {
  const refusal = refuseConcluded(state);
  if (refusal !== null) return refusal;
  const { playerId, by } = command;
  if (!hasSeat(state, playerId)) return noSuchPlayer();
  const renewed = withGeneration(state, playerId, context.version);
  if (by === undefined) return applied(renewed);
  // What a host does to the seats of others is told, or not done.
  if (!hasRoomToTell(state))
    return rejected('game_too_large', `At most ${MOST_TOLD} changes of seats are told a round.`);
  return applied(told(renewed, { type: 'token_given', playerId, by }, context.now));
}

/** With that seat as the host, as everybody is told. (If too much was told in this round, the state alone tells.) */
export function withHost(state: GameState, playerId: string, reason: HostReason, now: number): GameState {
  const hosted = { ...state, host: playerId, hostSince: now };
  return hasRoomToTell(state) ? told(hosted, { type: 'host_changed', playerId, reason }, now) : hosted;
}

function hasRoomToTell({ events }: GameState): boolean {
  return events.filter(({ type }) => type === 'host_changed' || type === 'token_given').length < MOST_TOLD;
}

function told(state: GameState, happening: Happening, now: number): GameState {
  return { ...state, events: append(state.events, happening, state.round, now) };
}

export function withGeneration(state: GameState, playerId: string, generation: number): GameState {
  return { ...state, generations: { ...state.generations, [playerId]: generation } };
}

export function grant(state: GameState, role: Grant['role'], playerId: string, generation: number): Grant {
  return { role, playerId, nonce: state.nonce, generation };
}

/** The grant of the game's creation; it may have ended meanwhile. */
export function hostGrant(state: GameState): Grant | null {
  const { creator } = state;
  return creator && grant(state, 'host', creator.playerId, creator.generation);
}

/** The game without that seat. If it was the host's, the player who came in first hosts from now on, if there is one. */
export function vacate(state: GameState, playerId: string, now: number): GameState {
  const players = state.players && without(state.players, playerId);
  const generations = without(state.generations, playerId);
  const keys = without(state.keys, playerId);
  const addresses = without(state.addresses, playerId);
  const left = { ...state, players, generations, keys, addresses };
  if (state.host !== playerId) return left;
  const next = firstOf(players ?? {});
  return next === null ? { ...left, host: null, hostSince: 0 } : withHost(left, next, 'left', now);
}

/** Who came in first. Players who came in together go by the order of the document that brought them. */
function firstOf(players: ById<Player>): string | null {
  const [first] = Object.values(players).sort((one, other) => one.joinedAtVersion - other.joinedAtVersion);
  return first?.id ?? null;
}

function without<Value>(map: ById<Value>, id: string): ById<Value> {
  const { [id]: _, ...others } = map;
  return others;
}
