/**
 * What happened in a world, judged as it happens: the one witness that clients report to.
 *
 * Role: holds what clients saw against what the store holds. To be made before the first member starts and the first client asks.
 */
import type { Asked, AskedPage, Heard, HeardPage, Seen, SeenEvent, Socket, Witness } from '../world/witness.ts';
import { Answers } from './answers.ts';
import { GameTruth, type TruthContext } from './game-truth.ts';
import { Listings } from './listings.ts';
import { Replays } from './replays.ts';
import { Seats } from './seats.ts';
import { Sockets } from './sockets.ts';

/** How long after its time a round may still run when nothing is wrong: clocks differ, and a member may have to claim it first. */
const OVERDUE_MS = 3_000;

export class History implements Witness {
  readonly truth: GameTruth;
  readonly #answers: Answers;
  readonly #listings: Listings;
  readonly #sockets: Sockets;
  readonly #seats: Seats;

  constructor(context: TruthContext) {
    this.truth = new GameTruth(context);
    this.#answers = new Answers(this.truth);
    this.#listings = new Listings(this.truth);
    this.#sockets = new Sockets(this.truth, context.now);
    this.#seats = new Seats({ ...context, asked: (tag) => this.#answers.askedBy(tag) });
    this.truth.landings.add((...landed) => this.#seats.landed(...landed));
    const replays = new Replays(context.buckets, context.violations, () => this.truth.hasRolledBack);
    this.truth.landings.add((...landed) => replays.landed(...landed));
  }

  asked(operation: Asked): void {
    this.#answers.asked(operation);
  }

  repeated(operation: Asked): void {
    this.#answers.repeated(operation);
  }

  heard(operation: Asked, answer: Heard): void {
    this.#answers.heard(operation, answer);
    if (answer.status < 300) this.#seats.heard(operation);
  }

  /** A late answer to an earlier copy, and whether the command lands, are judged all the same. */
  gaveUp(): void {}

  askedPage(page: AskedPage): void {
    this.#listings.asked(page);
  }

  heardPage(page: AskedPage, answer: HeardPage): void {
    this.#listings.heard(page, answer);
  }

  opened(socket: Socket): void {
    this.#sockets.opened(socket);
  }

  saw(socket: Socket, seen: Seen): void {
    this.#sockets.saw(socket, seen);
  }

  sawEvent(socket: Socket, seen: SeenEvent): void {
    this.#sockets.sawEvent(socket, seen);
  }

  closed(socket: Socket, at: number): void {
    this.#sockets.closed(socket, at);
  }

  /** From now on no socket may show what was replaced longer ago than that. Null: faults are on, nothing is expected. */
  expectWithin(mostStaleMs: number | null): void {
    this.#sockets.expectWithin(mostStaleMs);
  }

  /** To be called as soon as the store forgot what was written last: that is excused, and what is left is the truth from now on. */
  rolledBack(): void {
    this.truth.rolledBack();
    this.#sockets.rolledBack();
  }

  /**
   * To be called while members run, after a calm of at least `mostStaleMs`: sockets show what landed before that, and no round that is
   * due still runs.
   */
  settled(mostStaleMs: number): void {
    this.#sockets.checkSettled(mostStaleMs);
    this.truth.checkNoneOverdue(OVERDUE_MS);
  }

  /** At the very end: everything that was acknowledged is in the store, and nothing is that nobody asked for. */
  finish(): void {
    this.truth.finish();
    this.#answers.finish();
  }
}
