/**
 * Rounds: how the first begins, how one ends, and how the next begins or the game is over.
 *
 * Role: a round ends by its time, by an admin, when every player is done, (abandoned) because ending it failed, or
 * (deserted) because nobody is left to play it.
 * Invariants:
 *  - A round ends once; the next one's number is one higher and its time counts from when the end was applied, or from
 *    when somebody plays again, if nobody has for `idleRounds` rounds (rest.ts).
 *  - What the state forgets at the end of a round is in the round's record.
 *  - A concluded game keeps the number and the events of its last round, of which there is a record too if it ran.
 */
import type { Applied, RuleContext, RuleOutcome } from '../session/rules.ts';
import { refusePlayer, refuseRound } from './admission.ts';
import type { GameCommand } from './commands.ts';
import type { GameContext } from './context.ts';
import { append, type EndReason } from './events.ts';
import { entryOf } from './ids.ts';
import { applied, failed } from './outcome.ts';
import { isAttended, type Play, seatsOf, tableOf } from './play.ts';
import { awake, nextClock } from './rest.ts';
import { recordOf, type TakenAction } from './round-record.ts';
import type { GameState } from './state.ts';
import { awaitedAt, isComplete } from './table.ts';
import { endAbandoned, endPlayed, lengthOf } from './world-rounds.ts';

type CommitRound = Extract<GameCommand, { type: 'commit_round' }>;
type EndRound = Extract<GameCommand, { type: 'end_round' }>;
/** The round with which every lobby begins. */
export const firstRound = 1;

/** The game starts with round `state.round`, which ends at `roundEndTime`. */
export function begin(state: GameState, { now, version }: RuleContext, roundEndTime = now + roundMs(state)): GameState {
  const started = append(state.events, { type: 'game_started' }, state.round, now);
  return {
    ...state,
    status: 'active',
    roundEndTime,
    // Who starts a game has not played in it yet.
    played: { ...state.played, round: state.round - 1 },
    roundStartedAtVersion: version,
    events: append(started, { type: 'round_started' }, state.round, now),
  };
}

/** This player is done. In a bare session nobody knows who is missing, so that ends nothing. */
export function commitRound(state: GameState, command: CommitRound, context: GameContext): RuleOutcome<GameState> {
  const refusal = refuseRound(state, command.round) ?? refusePlayer(state, command.playerId);
  if (refusal !== null) return refusal;
  if (state.committed.includes(command.playerId)) return applied(state);
  const committed = [...state.committed, command.playerId];
  return endIfAllAreDone({ ...state, committed }, context);
}

/** Ends the round if it has players and all of them have committed it; in a world, if its turn says so, or nobody is waited for. */
export function endIfAllAreDone(state: GameState, context: GameContext): RuleOutcome<GameState> {
  const { play } = state;
  if (play !== null) return isDone(state, play, context) ? end(state, 'committed', context) : applied(state);
  const awaited = Object.keys(state.players ?? {}).length;
  const done = awaited > 0 && state.committed.length === awaited;
  return done ? finish(state, inOrder(state), 'committed', context) : applied(state);
}

function isDone(state: GameState, play: Play, { host }: GameContext): boolean {
  const table = tableOf(host.game, state, play);
  return isComplete(table) || (awaitedAt(table).length === 0 && isAttended(seatsOf(state, play)) && play.hurried === 0);
}

/** Ends round `command.round` now, whether or not its time has come; `round_over` if another one runs. */
export function endRound(state: GameState, command: EndRound, context: GameContext): RuleOutcome<GameState> {
  const refusal = refuseRound(state, command.round);
  if (refusal !== null) return refusal;
  const timeIsUp = state.roundEndTime !== null && context.now >= state.roundEndTime;
  return end(state, timeIsUp ? 'time' : 'command', context);
}

/** Ends it as the game that is played says. A game that fails on it refuses it: nothing of the round is lost. */
function end(state: GameState, reason: EndReason, context: GameContext): RuleOutcome<GameState> {
  const { play } = state;
  if (play === null) return finish(state, inOrder(state), reason, context);
  try {
    return endPlayed(state, play, reason, context);
  } catch (error) {
    context.host.faulty(state.id, error);
    return failed();
  }
}

/** Ends the round without carrying out a single action. Without a running round there is nothing to abandon. */
export function abandonRound(state: GameState, context: GameContext): Applied<GameState> {
  if (state.status !== 'active') return applied(state);
  return state.play === null ? finish(state, [], 'abandoned', context) : endAbandoned(state, state.play, context);
}

/** The running round gets its full time anew, if its clock runs. */
export function restartClock(state: GameState, { now }: RuleContext): GameState {
  return state.roundEndTime === null ? state : { ...state, roundEndTime: now + roundMs(state) };
}

/** Nobody is left to play: the running round ends, and the game with it. Whoever left took their actions along. */
export function desert(state: GameState, context: RuleContext): Applied<GameState> {
  const over = conclude(withEnd(state, 'deserted', context), context);
  return applied(over, recordOf(state, [], 'deserted', over.events, context));
}

/** The game is over because nobody is left. */
export function conclude(state: GameState, { now }: RuleContext): GameState {
  return {
    ...state,
    status: 'concluded',
    roundEndTime: null,
    suspendedAt: null,
    events: append(state.events, { type: 'game_concluded', reason: 'abandoned' }, state.round, now),
  };
}

/** A player does something now: if the clock stood still, the running round's whole time begins. */
export function wake(state: GameState, { now }: RuleContext): GameState {
  const woken = awake(state, roundMs(state), now);
  if (state.suspendedAt === null) return woken;
  return { ...woken, events: append(state.events, { type: 'clock_resumed' }, state.round, now) };
}

function roundMs({ settings, play }: GameState): number {
  return play === null ? settings.roundSeconds * 1_000 : lengthOf(play);
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

/** Ends the running round and begins the next. */
function finish(
  state: GameState,
  actions: readonly TakenAction[],
  reason: EndReason,
  context: RuleContext,
): Applied<GameState> {
  const { now, version } = context;
  const next = state.round + 1;
  const { events } = withEnd(state, reason, context);
  const clock = nextClock(state, state.settings.idleRounds, roundMs(state), now);
  const started = append(events.slice(-1), { type: 'round_started' }, next, now);
  const after: GameState = {
    ...state,
    ...clock,
    round: next,
    roundStartedAtVersion: version,
    registeredActions: {},
    committed: [],
    events: clock.suspendedAt === null ? started : append(started, { type: 'clock_suspended' }, next, now),
  };
  return applied(after, recordOf(state, actions, reason, events, context));
}

function withEnd(state: GameState, reason: EndReason, { now }: RuleContext): GameState {
  return { ...state, events: append(state.events, { type: 'round_ended', reason }, state.round, now) };
}
