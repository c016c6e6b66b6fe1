/**
 * Games for the tests of the rules.
 *
 * Role: states are deeply frozen, so that a rule that mutates its argument throws.
 */
import assert from 'node:assert/strict';
import type { Action, GameCommand } from '../../../src/game/commands.ts';
import type { RoundContent } from '../../../src/game/round-record.ts';
import type { GameState } from '../../../src/game/state.ts';
import type { Applied, Origin, RuleAnswer, RuleOutcome } from '../../../src/session/rules.ts';
import { minotaurRules } from '../../support/minotaur-rules.ts';

export const start = Date.UTC(2026, 0, 1);
export const nonce = 'the-nonce-of-this-game';
/** Nobody hosts the game. */
export const bare: Origin = { nonce, host: null };
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

/** Created by `playerId`, who plays if it has a name. */
export function hostedBy(playerId: string, displayName: string | null): Origin {
  return { nonce, host: { playerId, displayName } };
}

/** A join with one key, while a secret is being replaced: under the newer one the key makes another seat than the one that it made. */
export function joinUnderTwoSecrets(displayName: string, made: { playerId: string; digest: string }): GameCommand {
  return { type: 'join', playerId: 'new', displayName, keys: [{ playerId: 'new', digest: 'k-new' }, made] };
}

export function create(document: unknown, origin = bare): GameState {
  return take(minotaurRules.create('ABC', frozen(document), frozen(origin), { now: start, version: 1 })).state;
}

/** What is wrong with the document, in the words of the answer, but for the `game.` of a document that has no host. */
export function refusal(document: unknown, origin = bare): string {
  const outcome = minotaurRules.create('ABC', frozen(document), frozen(origin), { now: start, version: 1 });
  assert.ok(outcome.kind === 'rejected');
  assert.equal(outcome.code, 'bad_request');
  return outcome.detail.replaceAll(/(^|; )game\./g, '$1');
}

export function take(outcome: RuleOutcome<GameState>): Applied<GameState> {
  assert.equal(outcome.kind, 'applied', outcome.kind === 'rejected' ? `${outcome.code}: ${outcome.detail}` : '');
  return frozen(outcome as Applied<GameState>);
}

/** The content of the record of the round that ended. */
export function contentOf({ record }: Applied<GameState>): RoundContent {
  assert.ok(record);
  return record.content as RoundContent;
}

function codeOf(outcome: RuleOutcome<GameState>): string {
  return outcome.kind === 'rejected' ? outcome.code : outcome.kind;
}

/** One game and its version, as a session would keep them. */
export class Table {
  state: GameState;
  version = 1;
  now = start;

  constructor(document: unknown = {}, origin = bare) {
    this.state = create(document, origin);
  }

  /** A lobby that `host` created, with a name if it plays, and that `joiners` joined in that order. */
  static lobby(host: Origin, ...joiners: string[]): Table {
    const table = new Table({ status: 'lobby' }, host);
    for (const id of joiners) table.play({ type: 'join', playerId: id, displayName: `Player ${id}` });
    return table;
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

  /** The answer that the newest command gets if it was `command`. */
  answer(command: GameCommand): RuleAnswer {
    return minotaurRules.answer(command, this.version, this.state);
  }

  /** The code of the rejection. */
  refuse(command: GameCommand): string {
    return codeOf(this.attempt(command));
  }

  actionIds(playerId: string): string[] | undefined {
    return this.state.registeredActions[playerId]?.map((action) => action.id);
  }
}
