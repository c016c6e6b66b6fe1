/**
 * Judges what the receiver of webhooks is told of the games at tables (`webhook`).
 *
 * Checked at each delivery that it accepts: it is a repetition under the id of before, or the very next event of its game, and that has landed
 * in the store. Checked when all is calm: everything that had landed by then was accepted at least once, kills and handoffs between or not.
 * Games that are erased are told of no more: what was outstanding need not be told. Where the store forgot something, what is next is not known.
 */

import type { Delivery } from '../world/receiver.ts';
import { tableOf } from '../world/table-game.ts';
import type { Violations } from '../world/witness.ts';
import type { GameLog } from './game-log.ts';
import type { StoredGame } from './stored-game.ts';

interface Course {
  readonly log: GameLog;
  /** What is to be told, in order, with the time of its landing. */
  readonly events: { readonly what: string; readonly at: number }[];
  /** Ids that were accepted, in the order in which they first were. */
  readonly accepted: Set<string>;
  /** How many events of it are accepted. */
  told: number;
  /** The round of which it is known that it began; 0: none. */
  round: number;
  isOver: boolean;
}

export interface DeliveriesContext {
  readonly violations: Violations;
  now(): number;
  mayBeLost(): boolean;
}

export class Deliveries {
  readonly #context: DeliveriesContext;
  readonly #courses = new Map<string, Course>();

  constructor(context: DeliveriesContext) {
    this.#context = context;
  }

  /** A write of the game has landed. */
  landed(log: GameLog, { state }: StoredGame): void {
    const table = tableOf(state);
    if (table === null) return;
    const course = this.#course(log);
    const add = (type: string, round: number) =>
      course.events.push({ what: `${type} ${round}`, at: this.#context.now() });
    const hasRun = table.status === 'active' || table.events.some(({ type }) => type === 'round_ended');
    if (hasRun && course.round === 0) {
      add('game_started', 1);
      add('round_started', 1);
      course.round = 1;
    }
    for (; course.round > 0 && course.round < table.round; course.round += 1) {
      add('round_ended', course.round);
      add('round_started', course.round + 1);
    }
    if (table.status !== 'concluded' || course.isOver) return;
    if (hasRun) add('round_ended', table.round);
    add('game_concluded', table.round);
    course.isOver = true;
  }

  accepted({ id, type, gameId, round }: Delivery): void {
    const course = this.#courses.get(gameId);
    if (course === undefined) this.#report(`${type} ${round} of ${gameId} was told, which never landed`);
    if (course === undefined || course.accepted.has(id) || this.#context.mayBeLost()) return;
    course.accepted.add(id);
    const next = course.events[course.told]?.what ?? 'nothing';
    course.told += 1;
    const what = `${type} ${round}`;
    if (what !== next) this.#report(`${gameId}: ${what} was told, when ${next} was next`);
  }

  /** What had landed by `since` and was never accepted. */
  untold(since: number): readonly string[] {
    return [...this.#courses].flatMap(([gameId, course]) => {
      const next = course.events[course.told];
      if (next === undefined || next.at > since || this.#isExcused(course)) return [];
      return [`${gameId}: ${next.what} landed at ${next.at.toFixed(0)} and was never told`];
    });
  }

  #course(log: GameLog): Course {
    const { gameId } = log;
    const known = this.#courses.get(gameId);
    if (known !== undefined) return known;
    const course = { log, events: [], accepted: new Set<string>(), told: 0, round: 0, isOver: false };
    this.#courses.set(gameId, course);
    return course;
  }

  /** That somebody wanted it erased is no excuse: whoever plays on hinders that. */
  #isExcused({ log }: Course): boolean {
    return this.#context.mayBeLost() || log.end?.kind === 'erased';
  }

  #report(what: string): void {
    if (!this.#context.mayBeLost()) this.#context.violations.report('webhook', what);
  }
}
