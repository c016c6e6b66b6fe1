/**
 * Many clients playing many recorded games at once, until told to stop.
 *
 * Role: the load under which the cluster tests do harm.
 * Invariant: each client has a player of its own in each of its games and one request open at a time.
 */

import { type Patience, type Pick, RecordedGame } from './recorded-game.ts';
import type { Random } from './seeded.ts';
import { pauseBetweenTries } from './wait.ts';

const playersPerGame = 4;

export interface LoadOptions {
  readonly games: number;
  readonly clients: number;
  readonly pick: Pick;
  readonly random: Random;
  /** Between two operations of one client. */
  readonly thinkMs: number;
  readonly patience?: Patience;
}

export class Load {
  readonly games: readonly RecordedGame[];
  /** Operations that were answered. */
  answered = 0;
  readonly #options: LoadOptions;
  readonly #clients: Promise<void>[] = [];
  #stopping = false;

  private constructor(games: readonly RecordedGame[], options: LoadOptions) {
    this.games = games;
    this.#options = options;
  }

  /** Starts the games and the clients. */
  static async start(options: LoadOptions): Promise<Load> {
    const games: RecordedGame[] = [];
    const indices = Array.from({ length: options.games }, (_, index) => index);
    for (const batch of chunks(indices, 20)) {
      games.push(...(await Promise.all(batch.map((index) => RecordedGame.start(options.pick, `L${index}`)))));
    }
    const load = new Load(games, options);
    const groups = Math.max(1, Math.floor(options.clients / playersPerGame));
    for (let client = 0; client < groups * playersPerGame; client++) {
      const own = games.filter((_, index) => index % groups === Math.floor(client / playersPerGame));
      load.#clients.push(load.#play(own, `p${client % playersPerGame}`));
    }
    return load;
  }

  /** Lets every client finish what it has open; rejects if one of them failed. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#clients);
  }

  /** What is wrong with what the clients saw. */
  async verdict(pick: Pick): Promise<string[]> {
    const problems: string[] = [];
    for (const batch of chunks(this.games, 20)) {
      problems.push(...(await Promise.all(batch.map((game) => game.verdict(pick)))).flat());
    }
    return problems;
  }

  async #play(own: readonly RecordedGame[], playerId: string): Promise<void> {
    const { pick, random, thinkMs, patience } = this.#options;
    const registered = new Map<RecordedGame, string>();
    while (!this.#stopping) {
      const game = own[Math.floor(random() * own.length)];
      if (game === undefined) return;
      const dice = random();
      const mine = registered.get(game);
      if (dice < 0.4) {
        const base = pick();
        if (base !== null) await game.read(base, patience?.attemptMs);
      } else if (dice < 0.45 && mine !== undefined) {
        registered.delete(game);
        await game.retract(pick, mine, patience);
      } else if (dice < 0.48) {
        await game.endRound(pick, patience);
      } else {
        const id = await game.register(pick, playerId, patience);
        if (id !== null) registered.set(game, id);
      }
      this.answered += 1;
      await pauseBetweenTries(thinkMs * (0.5 + random()));
    }
  }
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
