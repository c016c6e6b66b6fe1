/**
 * Judges every answer to a command or a read at the moment it is heard.
 *
 * Checked: what is acknowledged or shown has landed (I2); strong reads, "not alive" and the order of commands respect what anybody was told
 * before they were asked (I3); every copy of a command gets the same answer, what was refused or "not applied" never lands, a key that
 * comes with another request is refused, a game is made once (I6); a round is ended by one command (I7); nobody hears what no client can
 * expect (`contract`).
 * Not held against a member: "not alive" to one copy of a command of which another comes when the game is there, and "too late" to a copy
 * that came when its result was forgotten; neither says what became of the others.
 */
import { errorCodes, problem } from '../../../src/errors.ts';
import { REUSED } from '../clients/client.ts';
import { GROW, REFUSE, THROW } from '../world/game.ts';
import type { Asked, Heard } from '../world/witness.ts';
import type { GameTruth } from './game-truth.ts';
import { by, Operation } from './operation.ts';
import { judgeNoRecord, judgeRecord } from './round-reads.ts';
import { judgeState } from './shown-state.ts';

/** Codes that say nothing about what became of the other copies of a command. */
const INDEFINITE: readonly string[] = [
  'game_not_alive',
  'too_late',
  'game_not_storable',
  // Who may do what is asked anew of each copy.
  'forbidden',
  'unauthorized',
  'kicked',
];
/** By which the rules of a real game refuse what a guest tries. */
const TABLE_REFUSALS: ReadonlySet<string> = new Set([
  'action_refused',
  'actions_final',
  'forbidden',
  'game_concluded',
  'game_full',
  'game_not_active',
  'game_started',
  'host_present',
  'kept_out',
  'lobby_locked',
  'no_action_points',
  'not_enough_players',
  'not_your_turn',
  'name_taken',
  'player_not_found',
  'round_over',
  'seats_taken',
]);

export class Answers {
  readonly #truth: GameTruth;
  readonly #operations = new Map<number, Operation>();
  readonly #byTag = new Map<string, Operation>();
  /** Game and round → the command that ended it. */
  readonly #enders = new Map<string, Operation>();

  constructor(truth: GameTruth) {
    this.#truth = truth;
  }

  asked(asked: Asked): void {
    const operation = new Operation(asked, this.#truth.log(asked.gameId));
    this.#operations.set(asked.number, operation);
    if (asked.kind === 'erase') operation.log.erasures.push({ idleSince: asked.idleSince ?? null });
    if (asked.tag === null) return;
    if (this.#byTag.has(asked.tag)) throw new Error(`two operations with the tag ${asked.tag}`);
    this.#byTag.set(asked.tag, operation);
    if (isReused(operation)) {
      this.#truth.forbid(asked.gameId, asked.tag, 'its key had been used for another request');
    }
  }

  repeated({ number }: Asked): void {
    const operation = this.#operation(number);
    operation.copies += 1;
    const { asked, log, definite } = operation;
    if (asked.tag !== null && definite === null && !isReused(operation)) log.forbidden.delete(asked.tag);
  }

  heard({ number }: Asked, heard: Heard): void {
    const operation = this.#operation(number);
    const body = (heard.body ?? {}) as Body;
    if (heard.status === 503) this.#unavailable(operation, heard, body);
    else if (heard.status >= 400) this.#refused(operation, heard, body);
    else if (isReused(operation)) this.#unexpected(operation, heard);
    else if (operation.asked.kind === 'erase') this.#erased(operation, heard);
    else if (operation.goneHow !== null && !this.#truth.hasRolledBack) {
      this.#report('erased', operation, `heard ${heard.status} from ${by(heard)}, though ${operation.goneHow}`);
    } else if (operation.isCommand) this.#applied(operation, heard, body);
    else if (operation.asked.kind === 'round') judgeRecord(this.#truth, operation, heard);
    else if (operation.asked.kind === 'create' && body.view === 'public') {
      // Whoever made a game and has lost its seat since sees what everybody sees.
      this.#made(operation, heard);
    } else this.#showed(operation, heard, body);
  }

  /** Who asked for the command with that tag. */
  askedBy(tag: string): Asked | undefined {
    return this.#byTag.get(tag)?.asked;
  }

  /** At the end: what was acknowledged is still there, and nothing is that nobody asked for. */
  finish(): void {
    for (const operation of this.#operations.values()) {
      const { asked, log, definite } = operation;
      const version = definite?.version ?? null;
      if (definite === null || version === null || log.tagAt(version) === asked.tag) continue;
      const isExcused = log.wasTagLost(asked.tag ?? '', version);
      if (!isExcused) this.#report('I2', operation, `was acknowledged by ${by(definite.heard)} and is gone`);
    }
    for (const log of this.#truth.games) {
      for (const [index, tag] of log.tags.entries()) {
        if (log.versionOf(tag) !== index + 1) continue;
        const operation = this.#byTag.get(tag);
        if (operation?.log === log) continue;
        this.#truth.violations.report(
          'I6',
          `game ${log.gameId}: version ${index + 1} is ${tag}, which nobody asked for`,
        );
      }
    }
  }

  #applied(operation: Operation, heard: Heard, { version }: Body): void {
    const { asked, log, floor } = operation;
    const tag = asked.tag ?? '';
    if (heard.status !== 200 || typeof version !== 'number') {
      this.#unexpected(operation, heard);
      return;
    }
    const at = log.versionOf(tag);
    if (at !== version && log.wasTagLost(tag, version)) return;
    if (at === undefined) {
      this.#report(
        'I2',
        operation,
        `heard from ${by(heard)} that it is version ${version}; nothing that has landed (up to version ${log.version}) holds it`,
      );
      return;
    }
    if (at !== version) {
      this.#report('I6', operation, `heard from ${by(heard)} that it is version ${version}, but it is ${at}`);
      return;
    }
    if (operation.definite === null && operation.isUndisturbed && version <= floor.version) {
      this.#report(
        'I3',
        operation,
        `became version ${version}, but ${floor.how} version ${floor.version} before it was asked`,
      );
    }
    this.#settle(operation, heard, version, `200, version ${version}`);
    log.show(version, `${asked.client} had heard from ${by(heard)} of`);
    if (asked.kind === 'endRound') this.#endedOnce(operation);
  }

  #erased(operation: Operation, heard: Heard): void {
    if (heard.status !== 204) this.#unexpected(operation, heard);
    else this.#truth.ends.told(operation.log, heard);
  }

  #endedOnce(operation: Operation): void {
    const { gameId, round } = operation.asked;
    const other = this.#enders.get(`${gameId} ${round}`);
    this.#enders.set(`${gameId} ${round}`, operation);
    if (other === undefined || other === operation || other.log.versionOf(other.asked.tag ?? '') === undefined) return;
    this.#report('I7', operation, `was told to have ended round ${round}, and so was ${other.name}`);
  }

  #showed(operation: Operation, heard: Heard, { version, game, view, stale }: Body): void {
    const { asked, log, floor } = operation;
    const { kind, viewer } = asked;
    const isItsView = view === viewer.split(':')[0];
    if (!isItsView || (heard.status !== 200 && (heard.status !== 201 || kind !== 'create'))) {
      this.#unexpected(operation, heard);
      return;
    }
    const label = `${operation.name}, answered by ${by(heard)},`;
    const verdict = judgeState(this.#truth.violations, log, { viewer, version, game }, label);
    if (kind === 'create') this.#made(operation, heard);
    if (verdict !== 'held' || kind === 'eventual') return;
    if (stale === true) this.#unexpected(operation, heard);
    if (operation.isUndisturbed && Number(version) < floor.version) {
      this.#report(
        'I3',
        operation,
        `was shown version ${version} by ${by(heard)}, but ${floor.how} version ${floor.version} before it was asked`,
      );
    }
    log.show(Number(version), `${asked.client} had heard from ${by(heard)} of`);
  }

  /** 201 says that this very operation made the game. */
  #made(operation: Operation, heard: Heard): void {
    const { asked, log } = operation;
    const tag = asked.tag ?? '';
    const maker = log.tagAt(1);
    if (heard.status === 201 && maker !== tag && !log.wasTagLost(tag, 1)) {
      this.#report('I6', operation, `heard 201 from ${by(heard)}, but the game was made by ${maker ?? 'nobody'}`);
    }
    if (heard.status === 201) {
      this.#settle(operation, heard, 1, '201');
      return;
    }
    if (maker !== tag || operation.isForgotten(this.#truth.results(asked.gameId))) return;
    this.#report('I6', operation, `heard 200 from ${by(heard)}, though it made the game`);
  }

  #unavailable(operation: Operation, heard: Heard, { outcome }: Body): void {
    if (outcome !== 'unknown' && outcome !== 'notApplied') {
      this.#unexpected(operation, heard);
      return;
    }
    const { asked, copies } = operation;
    if (outcome === 'unknown' || asked.tag === null) return;
    operation.notApplied += 1;
    // Another copy may be applied still.
    if (operation.notApplied < copies || operation.definite !== null || !operation.isUndisturbed) return;
    this.#truth.forbid(asked.gameId, asked.tag, `${by(heard)} said that it was not applied (${operation.name})`);
  }

  #refused(operation: Operation, heard: Heard, { code }: Body): void {
    const { asked, log, floor, definite } = operation;
    if (typeof code !== 'string' || !this.#isExpected(operation, code, heard.status)) {
      this.#unexpected(operation, heard);
      return;
    }
    if (code === 'game_not_alive' && asked.kind !== 'eventual' && operation.isUndisturbed && floor.version > 0) {
      this.#report(
        'I3',
        operation,
        `heard from ${by(heard)} that there is no such game, but ${floor.how} version ${floor.version} before it was asked`,
      );
    }
    if (code === 'game_not_alive' && asked.kind !== 'eventual' && log.end?.kind === 'erased') {
      log.goneHow ??= `${by(heard)} had said that there is no such game`;
    }
    if (code === 'round_not_found') judgeNoRecord(this.#truth, operation, heard);
    if (code === 'too_late' && definite !== null && !operation.isForgotten(this.#truth.results(asked.gameId))) {
      this.#report(
        'I6',
        operation,
        `heard ${definite.said} from ${by(definite.heard)} and then too_late from ${by(heard)}, though it is not forgotten`,
      );
    }
    if (code === 'too_late' && this.#isHonest(operation)) {
      this.#report(
        'I6',
        operation,
        `heard too_late from ${by(heard)}, though it had just been sent for the first time`,
      );
    }
    if (INDEFINITE.includes(code) || asked.tag === null || !operation.isUndisturbed) return;
    // It was that round from before it was asked until now: the refusal rests on what is not committed.
    if (code === 'round_over' && asked.round !== null && operation.round >= asked.round && log.round <= asked.round) {
      this.#report('I2', operation, `heard round_over from ${by(heard)}, but round ${asked.round} still runs`);
    }
    const isFirst = this.#settle(operation, heard, null, `${heard.status} ${code}`);
    if (isFirst) this.#truth.forbid(asked.gameId, asked.tag, `${by(heard)} refused it as ${code} (${operation.name})`);
  }

  /** Keeps the first answer that says what became of it; any other must be the same. True if this is the first. */
  #settle(operation: Operation, heard: Heard, version: number | null, said: string): boolean {
    const { definite } = operation;
    if (definite === null) operation.definite = { said, version, heard };
    if (definite === null || definite.said === said || !operation.isUndisturbed) return definite === null;
    this.#report('I6', operation, `heard ${definite.said} from ${by(definite.heard)}, and ${said} from ${by(heard)}`);
    return false;
  }

  /** Nothing could make anybody take it for old. */
  #isHonest({ asked, log, copies, isUndisturbed }: Operation): boolean {
    if (copies > 1 || !isUndisturbed || log.rollbacks > 0 || asked.tag === null) return false;
    return log.versionOf(asked.tag) === undefined;
  }

  #isExpected(operation: Operation, code: string, status: number): boolean {
    const { asked, log, isCommand } = operation;
    const known = errorCodes.find((each) => each === code);
    if (known === undefined || problem(known, '').status !== status) return false;
    if (asked.wish !== undefined && TABLE_REFUSALS.has(known)) return true;
    const tag = asked.tag ?? '';
    const isAct = asked.kind === 'act';
    switch (known) {
      case 'key_reused':
        return tag.startsWith(REUSED);
      case 'game_not_alive':
        return asked.kind !== 'create';
      case 'unauthorized':
      case 'kicked':
        // Its reader had a seat once.
        return asked.viewer.startsWith('player:') && asked.kind !== 'create';
      case 'game_not_idle':
        return asked.kind === 'erase' && asked.idleSince !== null;
      case 'too_late':
        return isCommand;
      case 'round_not_found':
        return asked.kind === 'round';
      case 'round_over':
        return asked.kind === 'endRound';
      case 'bad_request':
        return isAct && tag.startsWith(REFUSE);
      case 'game_too_large':
        return isAct && (tag.startsWith(GROW) || log.hasGrown);
      case 'game_not_storable':
        // NATS takes less for a while: the refusal is what its caller has to hear.
        return isCommand || asked.kind === 'create';
      case 'rule_failed':
        return isAct ? tag.startsWith(THROW) : asked.kind === 'endRound' && log.cursed.has(asked.round ?? 0);
      default:
        return false;
    }
  }

  #operation(number: number): Operation {
    const operation = this.#operations.get(number);
    if (operation === undefined) throw new Error(`operation ${number} was never asked`);
    return operation;
  }

  #unexpected(operation: Operation, heard: Heard): void {
    this.#report('contract', operation, `heard ${heard.status} ${JSON.stringify(heard.body)} from ${by(heard)}`);
  }

  #report(promise: string, { asked, name }: Operation, what: string): void {
    this.#truth.violations.report(promise, `game ${asked.gameId}: ${name} ${what}`);
  }
}

/** Whether its key must be recognised; what a game remembered of it may have been forgotten with the rest. */
function isReused({ asked, log }: Operation): boolean {
  return asked.tag?.startsWith(REUSED) === true && log.rollbacks === 0;
}

interface Body {
  readonly version?: unknown;
  readonly game?: unknown;
  readonly view?: unknown;
  readonly stale?: unknown;
  readonly code?: unknown;
  readonly outcome?: unknown;
}
