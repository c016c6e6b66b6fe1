/**
 * The rules of Minotaur as a session sees them.
 *
 * Role: puts the parts together behind the one interface; everything here is pure.
 */
import type { RuleAnswer, RuleContext, RuleOutcome, Rules } from '../session/rules.ts';
import { actionId, registerAction, retractAction } from './actions.ts';
import type { GameCommand } from './commands.ts';
import { createGame } from './document.ts';
import { abandonRound, commitRound, endRound } from './rounds.ts';
import { type GameState, parseState } from './state.ts';
import { viewGame } from './views.ts';

const stateVersion = 1;

export const minotaurRules: Rules<GameState, GameCommand> = {
  stateVersion,
  create: createGame,
  apply,
  timeUp: (state) => ({ type: 'end_round', round: state.round }),
  abandonRound,
  deadline: (state) => state.roundEndTime,
  summary: (state) => ({ status: state.status, listed: state.settings.listed }),
  view: (state, viewer) => viewGame(state, viewer, stateVersion),
  answer,
  migrations: { up: new Map(), down: new Map() },
  parse: parseState,
};

function apply(state: GameState, command: GameCommand, context: RuleContext): RuleOutcome<GameState> {
  switch (command.type) {
    case 'register_action':
      return registerAction(state, command, context);
    case 'retract_action':
      return retractAction(state, command, context);
    case 'commit_round':
      return commitRound(state, command, context);
    case 'end_round':
      return endRound(state, command, context);
  }
}

function answer(command: GameCommand, version: number): RuleAnswer {
  switch (command.type) {
    case 'register_action':
      return { status: 200, body: { actionId: actionId(version), version } };
    case 'retract_action':
      return { status: 204, body: null };
    case 'commit_round':
      return { status: 200, body: { version } };
    case 'end_round':
      return { status: 200, body: { round: command.round + 1, version } };
  }
}
