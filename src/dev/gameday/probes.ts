/**
 * What players feel: games that are read, played and whose rounds are ended all the time, each attempt once, and how long until every one of them
 * went on again.
 *
 * Invariant: it ends; a game that does not go on is told.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { hostOf } from '../../client/host.ts';
import { Refused, Requests } from '../../client/requests.ts';

/** So many of each kind that each member has some. */
const GAMES = 12;
const LOOK_EVERY_MS = 50;
const WITHIN_MS = 2_000;
const GO_ON_WITHIN_MS = 120_000;
const WEEK_SECONDS = 604_800;
const player = { id: 'p0', displayName: 'Ada' };
/** Rounds of these end when somebody ends them, however many there were. */
const settings = { roundSeconds: WEEK_SECONDS, idleRounds: 0 };

export const kinds = ['read', 'command', 'round'] as const;

export type Kind = (typeof kinds)[number];

interface Tried {
  readonly attempts: number;
  /** Not answered within 2 s, or refused. */
  readonly failed: number;
}

export interface Felt {
  readonly tried: Readonly<Record<Kind, Tried>>;
  readonly slowestMs: number;
  /** Since harm was done, until each game had taken a command, or ended a round, that was asked for after it. Null: not all of them did. */
  readonly allGoOnMs: number | null;
}

export class Probes {
  readonly #bases: readonly string[];
  readonly #token: string;
  readonly #lobbies: readonly string[];
  readonly #running: readonly string[];

  private constructor(bases: readonly string[], token: string) {
    const ids = (kind: string) => Array.from({ length: GAMES }, (_, index) => `${kind}${index}`);
    this.#bases = bases;
    this.#token = token;
    this.#lobbies = ids('LOBBY');
    this.#running = ids('ROUNDS');
  }

  static async make(bases: readonly string[], token: string): Promise<Probes> {
    const probes = new Probes(bases, token);
    const players = { p0: player };
    const lobbies = probes.#lobbies.map((id) => probes.#begin({ id, status: 'lobby', players }));
    await Promise.all([...lobbies, ...probes.#running.map((id) => probes.#begin({ id, settings, players }))]);
    return probes;
  }

  /** Begins; the result ends it. `harmed` tells when harm was done. */
  begin(): { harmed(): void; end(): Promise<Felt> } {
    const over = new AbortController();
    const tried = new Map<Kind, Tried>(kinds.map((kind) => [kind, { attempts: 0, failed: 0 }]));
    let slowestMs = 0;
    const run = async (kind: Kind) => {
      while (!over.signal.aborted) {
        const begunAt = performance.now();
        const isAnswered = await this.#try(kind);
        const { attempts = 0, failed = 0 } = tried.get(kind) ?? {};
        tried.set(kind, { attempts: attempts + 1, failed: failed + Number(!isAnswered) });
        slowestMs = Math.max(slowestMs, performance.now() - begunAt);
        await pause(LOOK_EVERY_MS);
      }
    };
    const running = Promise.all(kinds.map(run));
    let goingOn: Promise<number | null> = Promise.resolve(null);
    return {
      harmed: () => {
        goingOn = this.#goOn();
      },
      end: async () => {
        const allGoOnMs = await goingOn;
        over.abort();
        await running;
        return { tried: Object.fromEntries(tried) as Felt['tried'], slowestMs, allGoOnMs };
      },
    };
  }

  async #begin(game: Readonly<Record<string, unknown>>): Promise<void> {
    const path = `/v1/games/${String(game.id)}/continue`;
    await this.#requests.persist({ method: 'POST', path, body: { game }, token: this.#token, key: randomUUID() });
  }

  get #requests(): Requests {
    return new Requests(hostOf(), this.#bases);
  }

  /** However often it has to be asked for. Null: it takes too long. */
  async #goOn(): Promise<number | null> {
    const harmedAt = performance.now();
    const tooLong = AbortSignal.timeout(GO_ON_WITHIN_MS);
    const requests = this.#requests;
    const ask = async (path: string, body: object): Promise<void> => {
      const asked = { method: 'POST', path, body, token: this.#token, key: randomUUID() } as const;
      await requests.persist(asked, tooLong).catch((error: unknown) => {
        // Whoever else ended that round did so after the harm as well.
        if (!(error instanceof Refused && error.problem.status === 409)) throw error;
      });
    };
    const rounds = this.#running.map(async (id) => {
      const seen = await requests.persist({ method: 'GET', path: `/v1/games/${id}` }, tooLong);
      await ask(roundEnd(id, roundIn(seen)), {});
    });
    const all = [...this.#lobbies.map((id) => ask(readiness(id), { ready: true })), ...rounds];
    const outcomes = await Promise.allSettled(all);
    return outcomes.every(({ status }) => status === 'fulfilled') ? performance.now() - harmedAt : null;
  }

  async #try(kind: Kind): Promise<boolean> {
    if (kind === 'command') return isWell(await this.#once('POST', readiness(pick(this.#lobbies)), { ready: true }));
    const id = pick(kind === 'read' ? [...this.#lobbies, ...this.#running] : this.#running);
    const seen = await this.#once('GET', `/v1/games/${id}`);
    if (kind === 'read' || !isWell(seen)) return isWell(seen);
    const ended = await this.#once('POST', roundEnd(id, roundIn(seen?.body)), {});
    // Somebody else, or an attempt that was not answered, ended it.
    return isWell(ended) || ended?.status === 409;
  }

  /** At any member, once. Null: no answer. */
  async #once(method: 'GET' | 'POST', path: string, body?: object): Promise<Answer | null> {
    try {
      const answer = await fetch(`${pick(this.#bases)}${path}`, {
        method,
        signal: AbortSignal.timeout(WITHIN_MS),
        ...(body !== undefined && {
          headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
      });
      return { status: answer.status, body: await answer.json() };
    } catch {
      return null;
    }
  }
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const readiness = (id: string) => `/v1/games/${id}/players/${player.id}/ready`;
const roundEnd = (id: string, round: number) => `/v1/games/${id}/rounds/${round}/end`;

function isWell(answer: Answer | null): boolean {
  return answer !== null && answer.status < 400;
}

function roundIn(body: unknown): number {
  return (body as { readonly game: { readonly round: number } }).game.round;
}

function pick<Item>(items: readonly Item[]): Item {
  return items[Math.floor(Math.random() * items.length)] as Item;
}
