/**
 * What players feel: games that are read all the time, each attempt once, and how long until every one of them answers again.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { hostOf } from '../../client/host.ts';
import { Requests } from '../../client/requests.ts';

/** So many that each member has some. */
const GAMES = 24;
const LOOK_EVERY_MS = 50;
const WITHIN_MS = 2_000;

export interface Felt {
  readonly attempts: number;
  /** Not answered within 2 s, or refused. */
  readonly failed: number;
  readonly slowestMs: number;
  /** Since harm was done, until each game had answered a question that was put after it. */
  readonly allAnswerMs: number;
}

export class Probes {
  readonly #bases: readonly string[];
  readonly #games: readonly string[];

  private constructor(bases: readonly string[], games: readonly string[]) {
    this.#bases = bases;
    this.#games = games;
  }

  static async make(bases: readonly string[], token: string): Promise<Probes> {
    const games = Array.from({ length: GAMES }, (_, index) => `PROBE${index}`);
    const requests = new Requests(hostOf(), bases);
    const settings = { roundSeconds: 604_800 };
    await Promise.all(
      games.map((id) =>
        requests.persist({
          method: 'POST',
          path: `/v1/games/${id}/continue`,
          body: { game: { id, settings } },
          token,
          key: randomUUID(),
        }),
      ),
    );
    return new Probes(bases, games);
  }

  /** Begins; the result ends it. `harmed` tells when harm was done. */
  begin(): { harmed(): void; end(): Promise<Felt> } {
    const over = new AbortController();
    let [attempts, failed, slowestMs, allAnswerMs] = [0, 0, 0, Number.NaN];
    const run = async () => {
      while (!over.signal.aborted) {
        const begunAt = performance.now();
        const isAnswered = await this.#try(pick(this.#bases), pick(this.#games));
        attempts += 1;
        if (!isAnswered) failed += 1;
        slowestMs = Math.max(slowestMs, performance.now() - begunAt);
        await pause(LOOK_EVERY_MS);
      }
    };
    const running = run();
    let answering: Promise<void> = Promise.resolve();
    return {
      harmed: () => {
        const harmedAt = performance.now();
        const requests = new Requests(hostOf(), this.#bases);
        answering = Promise.all(
          this.#games.map((id) => requests.persist({ method: 'GET', path: `/v1/games/${id}` })),
        ).then(() => {
          allAnswerMs = performance.now() - harmedAt;
        });
        // `end` waits for it, and hears it.
        answering.catch(() => undefined);
      },
      end: async () => {
        await answering;
        over.abort();
        await running;
        return { attempts, failed, slowestMs, allAnswerMs };
      },
    };
  }

  async #try(base: string, id: string): Promise<boolean> {
    try {
      const answer = await fetch(`${base}/v1/games/${id}`, { signal: AbortSignal.timeout(WITHIN_MS) });
      await answer.arrayBuffer();
      return answer.status === 200;
    } catch {
      return false;
    }
  }
}

function pick<Item>(items: readonly Item[]): Item {
  return items[Math.floor(Math.random() * items.length)] as Item;
}
