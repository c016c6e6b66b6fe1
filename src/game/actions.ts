/**
 * Actions of the running round: registering and taking back.
 *
 * Role: keeps `registeredActions`. Nothing is carried out before the round ends (rounds.ts).
 * Invariants:
 *  - An action's id is `a<version>`, after the session's version that registered it: unique in the game, and old ids
 *    are told from current ones without keeping them.
 *  - A player never has more actions in a round than `actionPoints`.
 */
import type { Rejected, RuleContext, RuleOutcome } from '../session/rules.ts';
import { refuseCommitted, refusePlayer, refuseRound } from './admission.ts';
import type { Action, GameCommand } from './commands.ts';
import { entryOf, isId } from './ids.ts';
import { applied, rejected } from './outcome.ts';
import type { GameState, RegisteredAction } from './state.ts';

type RegisterAction = Extract<GameCommand, { type: 'register_action' }>;
type RetractAction = Extract<GameCommand, { type: 'retract_action' }>;

/** The furthest that one move may ask for on either axis. */
const longestMove = 1_000;

/** `a<version>`, or `a<version>-<n>` for the n-th of the actions that a game is created with. */
const givenId = /^a(0|[1-9]\d{0,15})(?:-[1-9]\d*)?$/;

/** The id of the action that this version of the session registers. */
export function actionId(version: number): string {
  return `a${version}`;
}

/** The version that gave `id`; null if the rules never make such ids. */
export function versionOfId(id: string): number | null {
  const match = givenId.exec(id);
  return match === null ? null : Number(match[1]);
}

/** Rejects with `round_over`, `player_not_found`, `no_action_points`, `bad_request`, or (bare) `game_too_large`. */
export function registerAction(
  state: GameState,
  command: RegisterAction,
  context: RuleContext,
): RuleOutcome<GameState> {
  return (
    refuseRound(state, command.round) ?? addAction(state, command.playerId, command.action, actionId(context.version))
  );
}

/** Adds `action` under `id` (which the caller keeps unique) to what the player has registered in the running round. */
export function addAction(state: GameState, playerId: string, action: Action, id: string): RuleOutcome<GameState> {
  const refusal = refusePlayer(state, playerId) ?? refuseCommitted(state, playerId) ?? refuseAction(state, action);
  if (refusal !== null) return refusal;
  const before = entryOf(state.registeredActions, playerId) ?? [];
  const { actionPoints } = state.settings;
  if (before.length >= actionPoints) {
    return rejected('no_action_points', `A round of this game has ${actionPoints} action points a player.`);
  }
  return applied({
    ...state,
    registeredActions: { ...state.registeredActions, [playerId]: [...before, registered(id, action)] },
  });
}

/**
 * Takes an action back. Repeating it changes nothing; so does an id of this round's range that no action has, since
 * those taken back are not kept.
 */
export function retractAction(state: GameState, command: RetractAction, context: RuleContext): RuleOutcome<GameState> {
  const refusal = refuseRound(state, undefined);
  if (refusal !== null) return refusal;
  const owner = ownerOf(state, command.actionId);
  if (owner === undefined) return refuseUnregistered(state, command.actionId, context) ?? applied(state);
  if (command.playerId !== undefined && command.playerId !== owner) return noSuchAction();
  return refuseCommitted(state, owner) ?? applied(withoutAction(state, owner, command.actionId));
}

function refuseAction(state: GameState, action: Action): Rejected | null {
  if (action.type === 'move') {
    const { q, r } = action.vector;
    if ([q, r].every((part) => Number.isInteger(part) && Math.abs(part) <= longestMove)) return null;
    return rejected('bad_request', `vector: q and r must be integers from -${longestMove} to ${longestMove}.`);
  }
  if (!isId(action.targetPlayerId)) return rejected('bad_request', 'targetPlayerId: is not an id.');
  if (state.players === null || Object.hasOwn(state.players, action.targetPlayerId)) return null;
  return rejected('player_not_found', 'targetPlayerId: no such player is in this game.');
}

/** Only the fields that belong to the action go into the state. */
function registered(id: string, action: Action): RegisteredAction {
  return action.type === 'move'
    ? { id, type: 'move', vector: { q: action.vector.q, r: action.vector.r } }
    : { id, type: 'attack', targetPlayerId: action.targetPlayerId };
}

function ownerOf(state: GameState, id: string): string | undefined {
  for (const playerId in state.registeredActions) {
    if (entryOf(state.registeredActions, playerId)?.some((action) => action.id === id)) return playerId;
  }
  return undefined;
}

function refuseUnregistered(state: GameState, id: string, context: RuleContext): Rejected | null {
  const version = versionOfId(id);
  if (version === null || version >= context.version) return noSuchAction();
  if (version >= state.roundStartedAtVersion) return null;
  return rejected('round_over', 'The round of that action is over.');
}

function noSuchAction(): Rejected {
  return rejected('action_not_found', 'No such action is registered.');
}

function withoutAction(state: GameState, playerId: string, id: string): GameState {
  const { [playerId]: before = [], ...others } = state.registeredActions;
  const left = before.filter((action) => action.id !== id);
  if (left.length === 0) return { ...state, registeredActions: others };
  return { ...state, registeredActions: { ...state.registeredActions, [playerId]: left } };
}
