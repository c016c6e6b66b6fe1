/**
 * Requests that are repeated until they are answered: at any of the servers, under one idempotency key.
 *
 * Invariants:
 *  - A command has one key however often it is sent, so it is applied once.
 *  - Attempts have an end, so a server that stands still holds nothing up; pauses are drawn from a growing range (full jitter).
 */
import type { Host } from './host.ts';
import { again, type Problem } from './protocol.ts';

/** Asking twice harms nothing, so a server that stands still is left soon; one that is slow gets more time each time. */
const FIRST_ATTEMPT_MS = 1_000;
const LONGEST_ATTEMPT_MS = 16_000;
const SHORTEST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5_000;

export interface Asked {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly token?: string;
  /** Absent: it changes nothing. */
  readonly key?: string;
}

/** The server says no, and would say so again. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(`${problem.code}: ${problem.detail}`);
    this.problem = problem;
  }
}

/** Nobody waits for it any more. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

interface Attempt {
  readonly status: number;
  readonly body: unknown;
  readonly retryAfterMs: number;
}

export class Requests {
  readonly #host: Host;
  readonly #bases: readonly string[];
  /** Counts on where a server did not answer. */
  #at: number;

  constructor(host: Host, bases: readonly string[]) {
    this.#host = host;
    this.#bases = bases;
    this.#at = Math.floor(host.random() * bases.length);
  }

  /** The body of the answer. Rejects with Refused, or with Stopped once `signal` says so. */
  async persist(asked: Asked, signal?: AbortSignal): Promise<unknown> {
    for (let failures = 0; ; failures += 1) {
      if (signal?.aborted) throw new Stopped('stopped');
      const withinMs = Math.min(FIRST_ATTEMPT_MS * 2 ** failures, LONGEST_ATTEMPT_MS);
      const answer = await this.#attempt(asked, withinMs, signal);
      if (answer !== null && answer.status < 400) return answer.body;
      if (answer !== null && !again.has(answer.status)) throw new Refused(problemOf(answer));
      this.#at += 1;
      const upToMs = Math.min(SHORTEST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS);
      // A limit says when; 503 does, too, but another server may do better.
      const leastMs = answer?.status === 429 ? answer.retryAfterMs : 0;
      await this.#pause(leastMs + this.#host.random() * upToMs, signal);
    }
  }

  /** Null: no answer. */
  async #attempt(asked: Asked, withinMs: number, signal?: AbortSignal): Promise<Attempt | null> {
    const { method, path, body, token, key } = asked;
    const base = this.#bases[this.#at % this.#bases.length] ?? '';
    const abort = new AbortController();
    const stop = () => abort.abort();
    const cancel = this.#host.after(withinMs, stop);
    signal?.addEventListener('abort', stop);
    try {
      const response = await this.#host.fetch(`${base}${path}`, {
        method,
        signal: abort.signal,
        headers: {
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(key !== undefined && { 'idempotency-key': key }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      const retryAfter = Number(response.headers.get('retry-after') ?? 1);
      return { status: response.status, body: parsed(text), retryAfterMs: Math.max(0, retryAfter) * 1_000 || 0 };
    } catch {
      return null;
    } finally {
      cancel();
      signal?.removeEventListener('abort', stop);
    }
  }

  #pause(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const end = () => {
        cancel();
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const cancel = this.#host.after(ms, end);
      signal?.addEventListener('abort', end);
    });
  }
}

function parsed(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    return {};
  }
}

/** What stands between may answer with a page of its own. */
function problemOf({ status, body }: Attempt): Problem {
  const { code = 'unknown', detail = `status ${status}` } = body as Partial<Problem>;
  return { ...(body as object), status, code, detail };
}
