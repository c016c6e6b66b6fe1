/**
 * A table: persons who play one real game after another, and an administrator who looks after them.
 *
 * Role: which game is played, who makes the next one, and when a game may be erased: not before every copy of what made it is answered and too
 * late to be carried out, or it would be made once more.
 */
import type { Grant } from '../../../src/session/rules.ts';
import type { Random } from '../../support/seeded.ts';
import { chance } from '../world/streams.ts';
import { Clerk } from './clerk.ts';
import type { ClientWork } from './client.ts';
import { Guest } from './guest.ts';
import type { TablesPlan } from './load-plan.ts';
import { ClientSocket } from './socket.ts';

/** Of those who see that a game is over, how many go on to the next. */
const GO_ON = 0.3;

export class Table {
  readonly #work: ClientWork;
  readonly #plan: TablesPlan;
  readonly #name: string;
  readonly #random: Random;
  readonly #guests: readonly Guest[];
  readonly #clerk: Clerk;
  readonly #announce: (gameId: string) => void;
  readonly #sockets: ClientSocket[] = [];
  #games = 0;
  #gameId: string | null = null;
  /** Of games that were made for certain: since when. */
  readonly #made = new Map<string, number>();

  /** `announce`: of a game whose creation has begun. */
  constructor(work: ClientWork, plan: TablesPlan, index: number, announce: (gameId: string) => void) {
    this.#work = work;
    this.#plan = plan;
    this.#name = `t${index}`;
    this.#random = work.streams.get(`table ${index}`);
    this.#announce = announce;
    const given = { work, plan };
    this.#guests = Array.from({ length: plan.guests }, (_, seat) => new Guest(given, this, `${this.#name}g${seat}`));
    this.#clerk = new Clerk(given, this, `${this.#name}a`);
  }

  /** The game that is played now; null: the founder has to make one. */
  get gameId(): string | null {
    return this.#gameId;
  }

  /** Who makes the next game. */
  get founder(): Guest | undefined {
    return this.#guests[this.#games % this.#guests.length];
  }

  get made(): readonly string[] {
    return [...this.#made.keys()];
  }

  begin(): void {
    for (const person of [...this.#guests, this.#clerk]) person.begin();
  }

  stop(): void {
    for (const person of [...this.#guests, this.#clerk]) person.stop();
  }

  close(): void {
    for (const socket of this.#sockets) socket.close();
  }

  /** The name of a new game. */
  found(): string {
    this.#games += 1;
    const gameId = `T${this.#name}n${this.#games}`;
    this.#announce(gameId);
    if (chance(this.#random, this.#plan.watched)) this.#watch(gameId);
    return gameId;
  }

  /** `isCertain`: it is there, and no copy of what made it is still under way. */
  founded(gameId: string, isCertain: boolean): void {
    this.#gameId = isCertain ? gameId : null;
    if (isCertain) this.#made.set(gameId, this.#work.timeline.monotonic());
  }

  mayBeErased(gameId: string): boolean {
    const madeAt = this.#made.get(gameId);
    return madeAt !== undefined && this.#work.timeline.monotonic() - madeAt > this.#plan.erasableAfterMs;
  }

  /** A guest has seen that it is over. */
  over(gameId: string): void {
    if (this.#gameId === gameId && chance(this.#random, GO_ON)) this.#gameId = null;
  }

  /** To whoever sits there. */
  hand(grant: Grant): void {
    for (const guest of this.#guests) guest.hand(grant);
  }

  #watch(gameId: string): void {
    const socket = new ClientSocket(this.#work, `${this.#name}s${this.#games}`, gameId, 'admin');
    this.#sockets.push(socket);
    socket.begin();
  }
}
