/**
 * Hosting: who takes it over when the host is gone.
 *
 * Why: a lobby must not hang on one person, who may have closed a tab. A host who leaves hands on at once (seats.ts); one who only falls silent
 * is waited for, and then any player may take over. Nobody is made host who does not ask for it.
 * Invariant: what decides is passed in or in the state: when the host was last heard, and since when it hosts.
 */
import type { RuleContext, RuleOutcome } from '../session/rules.ts';
import { noSuchPlayer, refuseConcluded } from './admission.ts';
import type { GameCommand } from './commands.ts';
import { applied, rejected } from './outcome.ts';
import { playerOf } from './players.ts';
import { vacate, withHost } from './seats.ts';
import type { GameState } from './state.ts';

type TakeHost = Extract<GameCommand, { type: 'take_host' }>;

/** How long a host may send nothing before somebody else may take over. */
const SILENT_MS = 120_000;

/**
 * The host who is left without a seat by it, because it does not play, is gone. Rejects with `game_concluded`, `player_not_found`, `forbidden` (nobody
 * hosts, so only an administrator says who does) or `host_present`.
 */
export function takeHost(state: GameState, command: TakeHost, context: RuleContext): RuleOutcome<GameState> {
  const { playerId, appointed } = command;
  const refusal = refuseConcluded(state);
  if (refusal !== null) return refusal;
  if (state.host === playerId) return applied(state);
  if (playerOf(state, playerId) === undefined) return noSuchPlayer();
  if (appointed) return applied(handedTo(state, playerId, 'appointed', context.now));
  if (state.host === null) return rejected('forbidden', 'Nobody hosts this game: an administrator says who does.');
  const waitMs = Math.max(context.hostHeardAt ?? context.now, state.hostSince) + SILENT_MS - context.now;
  if (waitMs > 0) return rejected('host_present', `The host was heard; try again in ${Math.ceil(waitMs / 1_000)} s.`);
  return applied(handedTo(state, playerId, 'silent', context.now));
}

function handedTo(state: GameState, playerId: string, reason: 'silent' | 'appointed', now: number): GameState {
  return relieved(withHost(state, playerId, reason, now), state.host, now);
}

/** Who hosted the game before hosts its rematch, too, whoever was quicker. It is a lobby: the state alone tells that. */
export function withHostAgain(state: GameState, playerId: string, now: number): GameState {
  return relieved({ ...state, host: playerId, hostSince: now }, state.host, now);
}

function relieved(hosted: GameState, before: string | null, now: number): GameState {
  const isSeatless = before !== null && before !== hosted.host && playerOf(hosted, before) === undefined;
  return isSeatless ? vacate(hosted, before, now) : hosted;
}
