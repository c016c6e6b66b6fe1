/**
 * The HTTP API of a member, as an administrator asks it.
 *
 * Role: one attempt a question, with an end; whatever is no answer becomes an error that says what to do.
 * Invariant: the token is sent to the address that it is meant for, and stands in no message.
 */

export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** Nobody answers there, or somebody else. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

/** The server says no. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: number;
  readonly code: string;
  readonly detail: string;

  constructor(status: number, code: string, detail: string) {
    super(`${code}: ${detail}`);
    this.status = status;
    this.code = code;
    this.detail = detail;
  }
}

/** More than the longest that a member tries. */
const WITHIN_MS = 15_000;

/** By the error code of a connection. */
const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'there is no such host, or no name server',
  ECONNRESET: 'the connection was cut',
  ETIMEDOUT: 'it does not answer',
  UND_ERR_SOCKET: 'the connection was cut: it may speak TLS (https://), or something else',
};

export class Server {
  readonly base: string;
  readonly #token: string | null;

  constructor(base: string, token: string | null) {
    this.base = base;
    this.#token = token;
  }

  get token(): string | null {
    return this.#token;
  }

  /** Whatever is answered; what is no JSON is null. Rejects with Unreachable. */
  async ask(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<Reply> {
    const { status, text } = await this.#send(method, path, body);
    return { status, body: parsed(text) };
  }

  /** What is answered with success, as it is. Rejects with Unreachable or Refused. */
  async text(path: string): Promise<string> {
    const { status, text } = await this.#send('GET', path);
    if (status >= 300) throw refusalOf(status, parsed(text));
    return text;
  }

  /** What is answered with success. Rejects with Unreachable or Refused. */
  async get<Body>(path: string, ended?: AbortSignal): Promise<Body> {
    const { status, text } = await this.#send('GET', path, undefined, ended);
    return expectSuccess({ status, body: parsed(text) }, this.base) as Body;
  }

  async post(path: string, body?: unknown): Promise<unknown> {
    return expectSuccess(await this.ask('POST', path, body), this.base);
  }

  async delete(path: string): Promise<unknown> {
    return expectSuccess(await this.ask('DELETE', path), this.base);
  }

  /** Whatever stands there. Rejects with Unreachable or Refused. */
  async erase(path: string): Promise<void> {
    const { status, text } = await this.#send('DELETE', path);
    if (status >= 300 && status !== 404) throw refusalOf(status, parsed(text));
  }

  async #send(
    method: string,
    path: string,
    body?: unknown,
    ended?: AbortSignal,
  ): Promise<{ readonly status: number; readonly text: string }> {
    try {
      const response = await fetch(`${this.base}${path}`, {
        method,
        signal: AbortSignal.any([AbortSignal.timeout(WITHIN_MS), ...(ended === undefined ? [] : [ended])]),
        headers: {
          ...(this.#token !== null && { authorization: `Bearer ${this.#token}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return { status: response.status, text: await response.text() };
    } catch (error) {
      throw new Unreachable(`${this.base}: ${reasonOf(error)}`);
    }
  }
}

function expectSuccess({ status, body }: Reply, base: string): unknown {
  const isObject = typeof body === 'object' && body !== null;
  if (status < 300 && isObject) return body;
  throw isObject ? refusalOf(status, body) : new Unreachable(`${base}: what answers there is no member (${status})`);
}

export function refusalOf(status: number, body: unknown): Refused {
  const { code = 'unknown', detail = '' } = (body ?? {}) as { code?: string; detail?: string };
  return new Refused(status, code, detail);
}

/** The token is none of an administrator, or there is none. */
export function isForbidden(error: unknown): boolean {
  return error instanceof Refused && (error.status === 401 || error.status === 403);
}

/** With what to do about it. */
export function wordsOf(error: Refused): string {
  const { message } = error;
  return isForbidden(error) ? `${message} (the token of an administrator goes into MINOTAUR_ADMIN_TOKEN)` : message;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function reasonOf(error: unknown): string {
  const { name, message, cause } = error as Error & { cause?: { code?: string; message?: string } };
  if (name === 'TimeoutError') return `no answer within ${WITHIN_MS / 1000} s`;
  return words[cause?.code ?? ''] ?? cause?.message ?? message;
}
