/**
 * Games by the real rules behind a fake gateway, for tests of what the edge makes of several operations.
 *
 * Role: each operation is carried out at once, as an owner would; `fail` lets the next ones come to nothing, before or after they were applied.
 */
import type { GameCommand } from '../../../src/game/commands.ts';
import type { GameState } from '../../../src/game/state.ts';
import type { Answer, CreateOperation, Operation } from '../../../src/member/contract/gateway.ts';
import { problemAnswer, show, showStarted } from '../../../src/member/contract/host-answers.ts';
import { CommittedGame } from '../../../src/session/committed-game.ts';
import type { RuleOutcome } from '../../../src/session/rules.ts';
import { FakeGateway } from '../../support/fake-gateway.ts';
import { minotaurRules as rules } from '../../support/minotaur-rules.ts';

type Failing = 'before' | 'after' | null;

export class RuledGateway extends FakeGateway {
  readonly states = new Map<string, { state: GameState; version: number }>();
  /** What becomes of the n-th operation from now. */
  fail: (index: number) => Failing = () => null;
  #count = 0;

  override async execute(operation: Operation): Promise<Answer> {
    this.operations.push(this.noted(operation));
    const failing = this.fail(this.#count);
    this.#count += 1;
    // Others come in between.
    await new Promise(setImmediate);
    if (failing === 'before') return this.#answer(problemAnswer('session_unavailable', 'before'));
    const answer = this.#perform(operation);
    return failing === 'after' ? this.#answer(problemAnswer('session_unavailable', 'after')) : answer;
  }

  /** Begins to count operations anew. */
  failAt(index: number, how: Failing): void {
    this.#count = 0;
    this.fail = (at) => (at === index ? how : null);
  }

  stateOf(gameId: string): GameState {
    const found = this.states.get(gameId);
    if (found === undefined) throw new Error(`there is no game ${gameId}`);
    return found.state;
  }

  #perform(operation: Operation): Answer {
    const { gameId, kind } = operation;
    const found = this.states.get(gameId);
    if (kind === 'create') return this.#answer(this.#create(operation));
    if (found === undefined) return this.#answer(problemAnswer('game_not_alive', 'none'));
    const game = new CommittedGame(rules, found.state, found.version);
    if (kind === 'read') return this.#answer(show(this.#shower, game, operation, { status: 200 }));
    if (kind !== 'command') throw new Error(`${kind} is not for this test`);
    const refused = game.refuse(operation.caller, operation.may);
    if (refused !== null) return this.#answer(problemAnswer(refused.code, refused.detail));
    return this.#answer(this.#apply(gameId, operation.input));
  }

  #create(operation: CreateOperation) {
    const { gameId, document, origin } = operation;
    const found = this.states.get(gameId);
    if (found !== undefined) {
      const game = new CommittedGame(rules, found.state, found.version);
      return showStarted(this.#shower, game, { ...operation, command: none }, undefined, this.now);
    }
    if (document === null) return problemAnswer('game_not_alive', 'none');
    const outcome = rules.create(gameId, document, origin, { now: this.now, version: 1 });
    if (outcome.kind === 'rejected') return problemAnswer(outcome.code, outcome.detail);
    this.states.set(gameId, { state: outcome.state, version: 1 });
    const game = new CommittedGame(rules, outcome.state, 1);
    return showStarted(this.#shower, game, { ...operation, command: none }, 'created', this.now);
  }

  /** As an owner does; fails where the rules refuse. */
  play(gameId: string, command: GameCommand): void {
    const { status, body } = this.#answer(this.#apply(gameId, command));
    if (status >= 400) throw new Error(body);
  }

  #apply(gameId: string, command: GameCommand) {
    const { state, version } = this.states.get(gameId) as { state: GameState; version: number };
    const next = version + 1;
    const outcome: RuleOutcome<GameState> = rules.apply(state, command, { now: this.now, version: next });
    if (outcome.kind === 'rejected') return problemAnswer(outcome.code, outcome.detail);
    this.states.set(gameId, { state: outcome.state, version: next });
    const { status, body, grant } = rules.answer(command, next, outcome.state);
    return { kind: 'answer' as const, status, body: JSON.stringify(body), ...(grant && { grant }) };
  }

  get #shower() {
    return { rules, self: this.owner ?? 'm2', written: () => ({ stateVersion: rules.stateVersion, module: 1 }) };
  }

  #answer(answer: ReturnType<typeof problemAnswer>): Answer {
    if (answer.kind !== 'answer') throw new Error(answer.kind);
    const { status, body, grant } = answer;
    return { status, body, owner: this.owner, ...(grant && { grant }) };
  }
}

const none = { principal: 'none', id: 'none', keyed: false, again: false, receivedAt: 0, fingerprint: '' };
