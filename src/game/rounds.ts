/**
 * Rounds: how one ends, and how the next begins.
 *
 * Role: a round ends by its time, by an admin, when every player is done, or (abandoned) because ending it failed.
 * Invariants:
 *  - A round ends once; the next one's number is one higher and its time counts from when the end was applied.
 *  - What the state forgets at the end of a round is in the round's record.
 */
import type { Applied, RoundRecord, RuleContext, RuleOutcome } from '../session/rules.ts';
import { refusePlayer, refuseRound } from './admission.ts';
import type { GameCommand } from './commands.ts';
import { append, type EndReason, publishEvents } from './events.ts';
import { entryOf } from './ids.ts';
import { applied } from './outcome.ts';
import type { GameState, RegisteredAction } from './state.ts';
import { formatTime } from './time.ts';

type CommitRound = Extract<GameCommand, { type: 'commit_round' }>;
type EndRound = Extract<GameCommand, { type: 'end_round' }>;
type TakenAction = RegisteredAction & { readonly playerId: string };

/** This player is done. In a bare session nobody knows who is missing, so that ends nothing. */
export function commitRound(state: GameState, command: CommitRound, context: RuleContext): RuleOutcome<GameState> {
  const refusal = refuseRound(state, command.round) ?? refusePlayer(state, command.playerId);
  if (refusal !== null) return refusal;
  if (state.committed.includes(command.playerId)) return applied(state);
  const committed = [...state.committed, command.playerId];
  const after = { ...state, committed };
  const everybody = state.players !== null && committed.length === Object.keys(state.players).length;
  return everybody ? finish(after, inOrder(after), 'committed', context) : applied(after);
}

/** Ends round `command.round` now, whether or not its time has come; `round_over` if another one runs. */
export function endRound(state: GameState, command: EndRound, context: RuleContext): RuleOutcome<GameState> {
  const refusal = refuseRound(state, command.round);
  if (refusal !== null) return refusal;
  const timeIsUp = state.roundEndTime !== null && context.now >= state.roundEndTime;
  return finish(state, inOrder(state), timeIsUp ? 'time' : 'command', context);
}

/** Ends the round without carrying out a single action. Without a running round there is nothing to abandon. */
export function abandonRound(state: GameState, context: RuleContext): Applied<GameState> {
  return state.status === 'active' ? finish(state, [], 'abandoned', context) : applied(state);
}

/** When a round that begins at `now` will end. */
export function roundEnd(now: number, roundSeconds: number): number {
  return now + roundSeconds * 1_000;
}

/**
 * The round's actions as one list: everybody's first action, then everybody's second, and so on. Within one turn the
 * players follow each other by id, beginning with another one each round, so that neither a name nor a fast connection
 * is an advantage.
 */
function inOrder(state: GameState): TakenAction[] {
  const playerIds = Object.keys(state.registeredActions).sort();
  const first = (state.settings.seed + state.round) % Math.max(playerIds.length, 1);
  const order = [...playerIds.slice(first), ...playerIds.slice(0, first)];
  const lists = order.map((playerId) =>
    (entryOf(state.registeredActions, playerId) ?? []).map((action) => ({ playerId, ...action })),
  );
  const turns = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: turns }, (_, turn) => lists.flatMap((list) => list[turn] ?? [])).flat();
}

function finish(
  state: GameState,
  actions: readonly TakenAction[],
  reason: EndReason,
  context: RuleContext,
): Applied<GameState> {
  const { now, version } = context;
  const next = state.round + 1;
  const ended = append(state.events, { type: 'round_ended', reason }, state.round, now);
  const record: RoundRecord = {
    round: state.round,
    content: {
      gameId: state.id,
      round: state.round,
      startedAtVersion: state.roundStartedAtVersion,
      endedAt: formatTime(now),
      endedAtVersion: version,
      reason,
      actions,
      events: publishEvents(ended, state.round),
    },
  };
  const after: GameState = {
    ...state,
    round: next,
    roundEndTime: roundEnd(now, state.settings.roundSeconds),
    roundStartedAtVersion: version,
    registeredActions: {},
    committed: [],
    events: append(ended.slice(-1), { type: 'round_started' }, next, now),
  };
  return applied(after, record);
}
