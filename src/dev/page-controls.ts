/**
 * The buttons of the page `/cluster` while `npm start` runs: kill, pause, stop, start, add, roll. Members know nothing of it (docs/adr/0044).
 *
 * Role: a port of its own on the loopback interface, which serves the page, what it asks (`GET /v1/cluster`, as any member answers it), and
 * the actions on the members of this machine. Nothing else.
 * Invariants:
 *  - Whatever is asked names this very host and port (`Host`), so no name that was made to lead here reaches it; and comes from no other page (`Origin`).
 *  - Who acts or looks has the token, which stands in the printed link after `#`, where no server and no log sees it.
 *  - A body has at most 1 KiB, a request 5 s, and 64 connections are open at once.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type ErrorCode, problem } from '../errors.ts';
import type { Page } from '../http/edge/pages.ts';
import { type Members, pageAction, perform } from './page-actions.ts';

const mostBytes = 1_024;
const patienceMs = 1_500;

export interface PageControlsOptions {
  readonly page: Page;
  readonly cluster: Members & { readonly answering: readonly string[] };
  /** Of the members. */
  readonly adminToken: string;
}

export interface PageControls {
  /** The page's address, with the token. */
  readonly link: string;
  close(): void;
}

/** What is answered instead. */
class Refusal extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, detail: string) {
    super(detail);
    this.code = code;
  }
}

interface Reply {
  readonly status: number;
  readonly body: string | Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

export async function servePageControls(options: PageControlsOptions): Promise<PageControls> {
  const token = randomBytes(24).toString('base64url');
  const server = createServer({ requestTimeout: 5_000, headersTimeout: 5_000 }, async (request, response) => {
    const { port } = server.address() as AddressInfo;
    send(response, await answer(options, token, port, request).catch(refused));
  });
  server.maxConnections = 64;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    link: `http://127.0.0.1:${port}/cluster#control=${token}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(
  options: PageControlsOptions,
  token: string,
  port: number,
  request: IncomingMessage,
): Promise<Reply> {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  const { host = '', origin, authorization = '' } = request.headers;
  if (!hosts.includes(host)) throw new Refusal('forbidden', 'this address is for this machine alone');
  if (origin !== undefined && !hosts.some((each) => origin === `http://${each}`)) {
    throw new Refusal('forbidden', 'another page may not do that');
  }
  const asked = `${request.method} ${request.url}`;
  if (asked === 'GET /cluster') return thePage(options.page);
  if (!isSame(authorization, `Bearer ${token}`))
    throw new Refusal('unauthorized', 'open the link that npm start printed');
  if (asked === 'GET /v1/cluster?include=slots') return ask(options, '/v1/cluster?include=slots', 'GET');
  if (asked === 'GET /controls') return json(200, { members: shown(options) });
  if (asked === 'POST /controls') return act(options, await bodyOf(request));
  throw new Refusal('not_found', 'this port is for the page of the cluster');
}

function thePage({ bodies, policy }: Page): Reply {
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  };
  return { status: 200, body: bodies.identity, headers };
}

function shown({ cluster }: PageControlsOptions) {
  return cluster.members.map(({ id, phase, url }) => ({ id, phase, url }));
}

async function act(options: PageControlsOptions, body: unknown): Promise<Reply> {
  const asked = pageAction.safeParse(body);
  if (!asked.success) {
    const [issue] = asked.error.issues;
    throw new Refusal('bad_request', `${issue?.path.join('.') || 'the body'}: ${issue?.message}`);
  }
  const hindrance = await perform(options.cluster, asked.data, async (id, on) => {
    const { status, body: said } = await ask(options, `/v1/cluster/members/${id}/drain`, on ? 'POST' : 'DELETE');
    return status < 300 ? null : (JSON.parse(String(said)) as { readonly detail: string }).detail;
  });
  if (hindrance !== null) throw new Refusal('bad_request', hindrance);
  return json(202, {});
}

/** The first member that answers. */
async function ask({ cluster, adminToken }: PageControlsOptions, path: string, method: string): Promise<Reply> {
  for (const url of cluster.answering) {
    try {
      const reply = await fetch(`${url}${path}`, {
        method,
        headers: { authorization: `Bearer ${adminToken}` },
        signal: AbortSignal.timeout(patienceMs),
      });
      const body = await reply.text();
      if (reply.status < 500) return { status: reply.status, body, headers: { 'content-type': 'application/json' } };
    } catch {
      // The next one may answer.
    }
  }
  throw new Refusal('cluster_unavailable', 'no member answers');
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  if (Number(request.headers['content-length'] ?? Number.NaN) <= mostBytes) {
    try {
      return JSON.parse(await text(request));
    } catch {
      throw new Refusal('bad_request', 'the body must be JSON');
    }
  }
  throw new Refusal('payload_too_large', `a body has a Content-Length, of ${mostBytes} bytes at most`);
}

function refused(error: Error): Reply {
  const { code } = error instanceof Refusal ? error : { code: 'internal' as const };
  const said = problem(code, error.message);
  return json(said.status, said, 'application/problem+json');
}

function json(status: number, value: unknown, type = 'application/json'): Reply {
  return { status, body: JSON.stringify(value), headers: { 'content-type': type } };
}

function send(response: ServerResponse, { status, body, headers }: Reply): void {
  // What was left unread of a refused body must not count as the next request.
  if (status >= 400) response.setHeader('connection', 'close');
  response.writeHead(status, { 'cache-control': 'no-store', ...headers }).end(body);
}

function isSame(given: string, right: string): boolean {
  const digest = (value: string) => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(given), digest(right));
}
