/**
 * HTTP as a client of Minotaur speaks it: keep-alive, one request a call, and the retrying that the contract asks of clients.
 *
 * Role: `send` is one attempt at one member and tells an answer from a broken connection; `persist` repeats one command
 * with one idempotency key, at any members, until there is a final answer.
 */
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { pauseBetweenTries } from './wait.ts';

export const adminToken = 'test-admin-token';
export const tokenSecrets = 'test-secret-that-signs-the-tokens-of-players';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The parsed body; null if it is empty or not JSON. */
  readonly json: unknown;
  /** `code` of a problem document, else null. */
  readonly code: string | null;
}

export interface SendOptions {
  readonly body?: unknown;
  /** In place of `body`: this very text, whatever it is. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The idempotency key. */
  readonly key?: string;
  /** Null: no token. Default: the admin's. */
  readonly token?: string | null;
  readonly timeoutMs?: number;
  readonly agent?: Agent;
}

/** The connection was refused, broke, or gave no answer in time: nobody knows what became of the request. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

const sharedAgent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });

/** One attempt. Rejects with NoAnswer; any HTTP status is a reply. */
export function send(base: string, method: string, path: string, options: SendOptions = {}): Promise<Reply> {
  const { body, key, token = adminToken, timeoutMs = 30_000, agent = sharedAgent } = options;
  const text = options.text ?? (body === undefined ? null : JSON.stringify(body));
  const headers: Record<string, string | number> = { ...options.headers };
  if (text !== null) {
    headers['content-type'] = 'application/json';
    headers['content-length'] = Buffer.byteLength(text);
  }
  if (key !== undefined) headers['idempotency-key'] = key;
  if (token !== null) headers.authorization = `Bearer ${token}`;
  return new Promise((resolve, reject) => {
    const outgoing = request(`${base}${path}`, { method, headers, agent });
    const fail = (error: Error) => {
      clearTimeout(timer);
      reject(new NoAnswer(`${method} ${base}${path}: ${error.message}`, { cause: error }));
    };
    const timer = setTimeout(() => outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    outgoing.on('error', fail);
    outgoing.on('response', (incoming) => {
      const parts: Buffer[] = [];
      incoming.on('data', (part: Buffer) => parts.push(part));
      incoming.on('error', fail);
      incoming.on('end', () => {
        clearTimeout(timer);
        resolve(asReply(incoming.statusCode ?? 0, incoming.headers, Buffer.concat(parts).toString('utf8')));
      });
    });
    outgoing.end(text ?? undefined);
  });
}

function asReply(status: number, headers: IncomingHttpHeaders, text: string): Reply {
  let json: unknown = null;
  try {
    json = text === '' ? null : JSON.parse(text);
  } catch {
    // Not JSON (metrics, the page): the text is there.
  }
  const code = status >= 400 ? (json as { code?: unknown } | null)?.code : null;
  return { status, headers, text, json, code: typeof code === 'string' ? code : null };
}

export interface PersistOptions extends SendOptions {
  /** Where to send the next attempt; null if there is nowhere just now. */
  readonly pick: () => string | null;
  /** When to give up. */
  readonly withinMs: number;
  /** Called with every answer, the final one included: what a history wants to know. */
  readonly onReply?: (reply: Reply) => void;
}

/**
 * Repeats one request, under one key, until an answer is final (anything but 429, 502, 503, 504). Null: no final answer in time.
 */
export async function persist(method: string, path: string, options: PersistOptions): Promise<Reply | null> {
  const { pick, withinMs, onReply, ...sendOptions } = options;
  const deadline = performance.now() + withinMs;
  for (;;) {
    const left = deadline - performance.now();
    if (left <= 0) return null;
    const base = pick();
    if (base !== null) {
      try {
        const timeoutMs = Math.min(sendOptions.timeoutMs ?? 15_000, left);
        const reply = await send(base, method, path, { ...sendOptions, timeoutMs });
        onReply?.(reply);
        if (![429, 502, 503, 504].includes(reply.status)) return reply;
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
      }
    }
    await pauseBetweenTries(20 + Math.random() * 60);
  }
}

/** Throws unless the reply has this status; returns its JSON body. */
export function expectStatus(reply: Reply | null, status: number): unknown {
  if (reply === null) throw new Error(`expected ${status}, got no answer in time`);
  if (reply.status !== status) {
    const { 'x-minotaur-member': member, 'x-minotaur-owner': owner } = reply.headers;
    throw new Error(`expected ${status}, got ${reply.status} by ${member} (owner ${owner}): ${reply.text}`);
  }
  return reply.json;
}
