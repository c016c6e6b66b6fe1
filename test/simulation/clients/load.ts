/**
 * The whole workload of a world: a balancer, clients, browsers, sockets, and the games that they play.
 *
 * Role: begins, stops and counts them. How to use it: `begin()` at the start; `stop()` when no more is to be asked (time has to go on
 * while it is awaited); `close()` at the end, which lets the sockets go.
 */
import type { Random } from '../../support/seeded.ts';
import type { GameDocument } from '../world/game.ts';
import { between, chance, pick } from '../world/streams.ts';
import { Balancer } from './balancer.ts';
import { Browser } from './browser.ts';
import { Client, type ClientWork } from './client.ts';
import type { ClientContext } from './context.ts';
import { drawGame, type LoadPlan, type TablesPlan } from './load-plan.ts';
import { ClientSocket } from './socket.ts';
import { Table } from './table.ts';
import { Tally } from './tally.ts';

/** Most games are made in the first seconds, the others during the run. */
const SOON_MS = 2_000;
const LATEST_MS = 20_000;
const SOON = 0.7;
/** That two clients create the same game at about the same time; half of them the very same one. */
const RACES = 0.3;
const RACE_MS = 20;

export class Load {
  readonly tally = new Tally();
  readonly #context: ClientContext;
  readonly #plan: LoadPlan;
  readonly #random: Random;
  readonly #balancer: Balancer;
  readonly #games: string[] = [];
  readonly #clients: readonly Client[];
  readonly #browsers: readonly Browser[];
  readonly #sockets: readonly ClientSocket[];
  readonly #tables: readonly Table[];
  readonly #underWay = new Set<Promise<unknown>>();
  #asked = 0;
  #stopped = false;

  /** `tables`: of a world in which a real game is played. */
  constructor(context: ClientContext, plan: LoadPlan, tables: TablesPlan | null = null) {
    this.#context = context;
    this.#plan = plan;
    this.#random = context.streams.get('load');
    this.#balancer = new Balancer(context);
    const work: ClientWork = {
      ...context,
      plan,
      balancer: this.#balancer,
      tally: this.tally,
      around: plan.around,
      games: this.#games,
      nextNumber: () => ++this.#asked,
      track: (promise) => this.#track(promise),
    };
    this.#clients = Array.from({ length: plan.clients }, (_, index) => new Client(work, `c${index}`));
    this.#browsers = Array.from({ length: plan.browsers }, (_, index) => new Browser(work, `b${index}`));
    this.#sockets = Array.from({ length: plan.sockets }, (_, index) => {
      const gameId = `G${Math.floor(this.#random() * plan.games)}`;
      return new ClientSocket(work, `s${index}`, gameId, pick(this.#random, ['admin', 'player:p0']));
    });
    this.#tables = Array.from({ length: tables?.tables ?? 0 }, (_, index) => {
      return new Table(work, tables as TablesPlan, index, (gameId) => this.#games.push(gameId));
    });
  }

  begin(): void {
    this.#balancer.begin();
    for (let index = 0; index < this.#plan.games; index += 1) this.#announce(`G${index}`);
    for (const each of [...this.#clients, ...this.#browsers, ...this.#sockets, ...this.#tables]) each.begin();
  }

  /** No operation begins any more; resolves when each one under way is answered or given up. Sockets stay open. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const each of [...this.#clients, ...this.#browsers, ...this.#tables]) each.stop();
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** Closes the sockets; the balancer looks no more. */
  close(): void {
    for (const each of [...this.#sockets, ...this.#tables]) each.close();
    this.#balancer.stop();
  }

  /** A game that will be created by one client, or by two at about the same time. */
  #announce(gameId: string): void {
    const random = this.#random;
    const at = between(random, 0, chance(random, SOON) ? SOON_MS : LATEST_MS);
    const game = drawGame(random, this.#plan, `create-${gameId}`);
    this.#createAt(at, gameId, game);
    if (!chance(random, RACES)) return;
    const isSame = chance(random, 0.5);
    // The same document but for its tag, which says whose creation it was.
    const tag = `create-${gameId}-other`;
    const other = isSame ? { ...game, tag } : drawGame(random, this.#plan, tag);
    this.#createAt(at + random() * RACE_MS, gameId, other);
  }

  #createAt(at: number, gameId: string, game: GameDocument): void {
    const client = pick(this.#random, this.#clients);
    this.#context.timeline.after(at, () => {
      if (this.#stopped) return;
      if (!this.#games.includes(gameId)) this.#games.push(gameId);
      void client.create(gameId, game);
    });
  }

  #track(promise: Promise<unknown>): void {
    this.#underWay.add(promise);
    void promise.finally(() => this.#underWay.delete(promise));
  }
}
