/**
 * Actions of the running round: registering and taking back.
 *
 * Role: keeps `registeredActions`. Nothing is carried out before the round ends (rounds.ts).
 * Invariants:
 *  - An action's id is `a<version>`, after the session's version that registered it: unique in the game, and old ids
 *    are told from current ones without keeping them.
 *  - A player never has more actions in a round than `actionPoints`, or in a world than its turn gives.
 */
import type { Rejected, RuleContext, RuleOutcome } from '../session/rules.ts';
import { refuseCommitted, refusePlayer, refuseRound } from './admission.ts';
import type { Action, GameCommand } from './commands.ts';
import type { GameContext } from './context.ts';
import { entryOf } from './ids.ts';
import type { LoadedGame } from './loaded-game.ts';
import { applied, failed, rejected } from './outcome.ts';
import { type Play, tableOf } from './play.ts';
import { noPlayer } from './player-field.ts';
import { endIfAllAreDone } from './rounds.ts';
import type { GameState, RegisteredAction } from './state.ts';
import { type ActionRefusal, readAction, type Taken, take } from './table.ts';

type RegisterAction = Extract<GameCommand, { type: 'register_action' }>;
type RetractAction = Extract<GameCommand, { type: 'retract_action' }>;

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

/**
 * Rejects with `round_over`, `player_not_found`, `no_action_points`, `bad_request`, (bare) `game_too_large`, or in a world `not_your_turn`,
 * `action_refused` or `rule_failed`. In a world the turn may say that the round ends by it.
 */
export function registerAction(
  state: GameState,
  command: RegisterAction,
  context: GameContext,
): RuleOutcome<GameState> {
  const refusal = refuseRound(state, command.round);
  if (refusal !== null) return refusal;
  const outcome = addAction(state, command.playerId, command.action, actionId(context.version), context);
  return outcome.kind === 'applied' && state.play !== null ? endIfAllAreDone(outcome.state, context) : outcome;
}

/** Adds `action` under `id` (which the caller keeps unique) to what the player has registered in the running round. */
export function addAction(
  state: GameState,
  playerId: string,
  action: Action,
  id: string,
  context: GameContext,
): RuleOutcome<GameState> {
  const refusal = refusePlayer(state, playerId) ?? refuseCommitted(state, playerId);
  if (refusal !== null) return refusal;
  const { play } = state;
  const { game } = context.host;
  const taken =
    play === null
      ? takeWithoutWorld(game, state, playerId, action)
      : takeInWorld(state, play, playerId, action, context);
  if ('kind' in taken) return taken;
  if ('refusal' in taken) return refuseTaken(taken.refusal);
  const before = entryOf(state.registeredActions, playerId) ?? [];
  const registered: RegisteredAction = { id, ...taken.action };
  return applied({ ...state, registeredActions: { ...state.registeredActions, [playerId]: [...before, registered] } });
}

/** Where there is no world the schemas alone decide, and how many there are. */
function takeWithoutWorld(game: LoadedGame, state: GameState, playerId: string, action: Action): Taken {
  const read = readAction(game, action, state.players && Object.keys(state.players));
  if ('refusal' in read) return read;
  const { actionPoints } = state.settings;
  const before = entryOf(state.registeredActions, playerId) ?? [];
  return before.length < actionPoints ? read : { refusal: { kind: 'no_actions_left', most: actionPoints } };
}

function takeInWorld(
  state: GameState,
  play: Play,
  playerId: string,
  action: Action,
  { host }: GameContext,
): Taken | Rejected {
  try {
    return host.guard(() => take(host.game, tableOf(host.game, state, play), playerId, action));
  } catch (error) {
    host.faulty(state.id, error);
    return failed();
  }
}

/** What the rules say of an action that was not taken. */
function refuseTaken(refusal: ActionRefusal): Rejected {
  switch (refusal.kind) {
    case 'unknown_type':
      return rejected('bad_request', unknownType(refusal.types));
    case 'wrong_fields': {
      const detail = refusal.complaints.join('\n');
      const isStranger = refusal.complaints.every((line) => line.endsWith(`: ${noPlayer}`));
      return rejected(isStranger ? 'player_not_found' : 'bad_request', detail);
    }
    case 'not_your_turn':
      return rejected('not_your_turn', 'It is not the turn of this player.');
    case 'no_actions_left':
      return rejected('no_action_points', `A round of this game has ${refusal.most} action points a player.`);
    case 'refused':
      return {
        ...rejected('action_refused', `The game refuses this action: ${refusal.reason}.`),
        reason: refusal.reason,
      };
  }
}

export function unknownType(types: readonly string[]): string {
  const known = types.map((type) => `"${type}"`);
  return `type: must be ${known.length < 2 ? known.join('') : `${known.slice(0, -1).join(', ')} or ${known.at(-1)}`}`;
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
  return refuseCommitted(state, owner) ?? refuseFinal(state) ?? applied(withoutAction(state, owner, command.actionId));
}

/** Where all have to act, and that ends the round, what was done is done. */
function refuseFinal({ play }: GameState): Rejected | null {
  return play?.turn.ends === 'all' ? rejected('actions_final', 'Actions of this round cannot be taken back.') : null;
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
