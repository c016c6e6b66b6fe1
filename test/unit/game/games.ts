/**
 * Games for the tests of the rules.
 *
 * Role: states are deeply frozen, so that a rule that mutates its argument throws.
 */
import assert from 'node:assert/strict';
import type { Action, GameCommand } from '../../../src/game/commands.ts';
import { minotaurRules } from '../../../src/game/rules.ts';
import type { GameState } from '../../../src/game/state.ts';
import type { Applied, RuleOutcome } from '../../../src/session/rules.ts';

export const start = Date.UTC(2026, 0, 1);
export const east: Action = { type: 'move', vector: { q: 1, r: 0 } };

export function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) frozen(part);
  }
  return value;
}

export function players(...ids: string[]) {
  return Object.fromEntries(ids.map((id) => [id, { id, displayName: `Player ${id}` }]));
}

export function create(document: unknown): GameState {
  return take(minotaurRules.create('ABC', frozen(document), { now: start, version: 1 })).state;
}

export function take(outcome: RuleOutcome<GameState>): Applied<GameState> {
  assert.equal(outcome.kind, 'applied', outcome.kind === 'rejected' ? `${outcome.code}: ${outcome.detail}` : '');
  return frozen(outcome as Applied<GameState>);
}

function codeOf(outcome: RuleOutcome<GameState>): string {
  return outcome.kind === 'rejected' ? outcome.code : outcome.kind;
}

/** One game and its version, as a session would keep them. */
export class Table {
  state: GameState;
  version = 1;
  now = start;

  constructor(document: unknown = {}) {
    this.state = create(document);
  }

  /** Applies a command that must be accepted; answers what it led to. */
  play(command: GameCommand): Applied<GameState> {
    const outcome = take(this.attempt(command));
    this.version += 1;
    this.state = outcome.state;
    return outcome;
  }

  attempt(command: GameCommand): RuleOutcome<GameState> {
    return minotaurRules.apply(this.state, frozen(command), { now: this.now, version: this.version + 1 });
  }

  /** Registers and answers the action's id. */
  register(playerId: string, action: Action = east): string {
    this.play({ type: 'register_action', playerId, action });
    return `a${this.version}`;
  }

  /** The code of the rejection. */
  refuse(command: GameCommand): string {
    return codeOf(this.attempt(command));
  }

  actionIds(playerId: string): string[] | undefined {
    return this.state.registeredActions[playerId]?.map((action) => action.id);
  }
}
