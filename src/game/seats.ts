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
import { type ById, entryOf } from './ids.ts';
import { wasKicked } from './kicks.ts';
import { applied } from './outcome.ts';
import { playerOf } from './players.ts';
import type { GameState, Player } from './state.ts';

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

/** A new token for a seat: the one before holds no more. Rejects with `game_concluded` or `player_not_found`. */
export function renewToken(state: GameState, command: RenewToken, context: RuleContext): RuleOutcome<GameState> {
  const refusal = refuseConcluded(state);
  if (refusal !== null) return refusal;
  if (!hasSeat(state, command.playerId)) return noSuchPlayer();
  return applied(withGeneration(state, command.playerId, context.version));
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
export function vacate(state: GameState, playerId: string): GameState {
  const players = state.players && without(state.players, playerId);
  const host = state.host === playerId ? firstOf(players ?? {}) : state.host;
  const generations = without(state.generations, playerId);
  const keys = without(state.keys, playerId);
  const addresses = without(state.addresses, playerId);
  return { ...state, host, players, generations, keys, addresses };
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
