/**
 * An edge over a fake gateway: asked without a port (`inject`), or listening, with WebSocket clients that keep what they get.
 *
 * Role: what the tests of `http/` share. Everything that is logged is kept, so that it can be searched for what must not be there.
 */
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { type Logger, pino } from 'pino';
import { Registry } from 'prom-client';
import { type ClientOptions, WebSocket } from 'ws';
import { atEndOfTurn, systemClock, systemRandom } from '../../../src/adapters/system.ts';
import { wireShapesOf } from '../../../src/game/wire-shapes.ts';
import { minotaurGame } from '../../../src/games.ts';
import { buildApp } from '../../../src/http/app.ts';
import { createEdge, type EdgeOptions } from '../../../src/http/edge/create-edge.ts';
import type { Edge } from '../../../src/http/edge/edge.ts';
import { PlayerTokens } from '../../../src/http/edge/player-tokens.ts';
import { documentsOf } from '../../../src/http/rest/documents.ts';
import { createHttpServer, type HttpEdge, type HttpServerOptions } from '../../../src/http/server.ts';
import { SocketHub } from '../../../src/http/socket/socket-hub.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import { FakeGateway, fakeTime } from '../../support/fake-gateway.ts';
import { waitFor } from '../../support/wait.ts';

export const token = 'first-admin-token';
export const otherToken = 'second-admin-token';
export const tokenSecret = 'a-secret-of-the-edge-fixture-0123456789';
/** In everything that is told about games. */
export const atNow = { serverTime: fakeTime };
export const asAdmin = { authorization: `Bearer ${token}` };

interface Logs {
  readonly log: Logger;
  /** Everything that was logged, at every level. */
  text(): string;
}

function keptLogs(): Logs {
  const lines: string[] = [];
  return { log: pino({ level: 'trace' }, { write: (line) => lines.push(line) }), text: () => lines.join('') };
}

export interface InjectedEdge {
  readonly app: FastifyInstance;
  readonly edge: Edge;
  readonly gateway: FakeGateway;
  readonly logs: Logs;
}

const shapes = wireShapesOf(minotaurGame);
const documents = documentsOf(shapes);

/** What every edge of the tests is made of. */
function edgeOptions(gateway: FakeGateway, log: Logger): EdgeOptions {
  return {
    gateway,
    log,
    registry: new Registry(),
    tracing: null,
    shapes,
    documents,
    clock: systemClock,
    random: systemRandom,
    adminTokens: [token, otherToken],
    tokenSecrets: [tokenSecret],
    tokenDays: 90,
    corsOrigins: [],
    corsHeaders: [],
    trustedProxies: [],
    opsPort: 0,
  };
}

/** The token of a player of game `ABC`, unless `gameId` says another. */
export function playerToken(playerId = 'p1', gameId = 'ABC', now = systemClock.wall()): string {
  const grant = { playerId, nonce: 'nonce', generation: 1, role: 'player' } as const;
  return new PlayerTokens([tokenSecret], 90).sign(gameId, grant, now);
}

export const asPlayer = (playerId = 'p1', gameId = 'ABC') => ({
  authorization: `Bearer ${playerToken(playerId, gameId)}`,
});

/** An edge without a listener; game `ABC` is at version 3. */
export async function injectedEdge(t: TestContext, options: Partial<EdgeOptions> = {}): Promise<InjectedEdge> {
  const gateway = new FakeGateway();
  gateway.put('ABC', 3);
  const logs = keptLogs();
  const edge = createEdge({ ...edgeOptions(gateway, logs.log), ...options });
  const app = await buildApp(edge, new SocketHub(edge));
  t.after(() => app.close());
  return { app, edge, gateway, logs };
}

export interface ListeningEdge {
  readonly http: HttpEdge;
  readonly gateway: FakeGateway;
  readonly port: number;
  readonly logs: Logs;
}

/** A listening edge; game `ABC` is at version 3. Closed after the test. */
export async function listeningEdge(t: TestContext, options: Partial<HttpServerOptions> = {}): Promise<ListeningEdge> {
  const gateway = new FakeGateway();
  gateway.put('ABC', 3);
  const logs = keptLogs();
  const http = createHttpServer({
    ...edgeOptions(gateway, logs.log),
    atEndOfTurn,
    host: '127.0.0.1',
    port: 0,
    sharedPort: 0,
    ...options,
  });
  t.after(() => http.close());
  const { port } = await http.listen();
  return { http, gateway, port, logs };
}

/** Time that passes only when told to. */
export class ManualClock implements Clock {
  #now = 0;
  #timers = new Set<{ readonly due: number; readonly run: () => void }>();

  wall(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): { cancel(): void } {
    const timer = { due: this.#now + ms, run };
    this.#timers.add(timer);
    return { cancel: () => this.#timers.delete(timer) };
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const timer of [...this.#timers]) {
      if (timer.due > this.#now) continue;
      this.#timers.delete(timer);
      timer.run();
    }
  }
}

// biome-ignore lint/suspicious/noExplicitAny: a frame is whatever came; the tests say what it should be.
type Frame = any;

/** A WebSocket client that keeps every frame. */
export class SocketClient {
  readonly socket: WebSocket;
  readonly frames: Frame[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  #nextRef = 1;

  constructor(port: number, path: string, protocols: string[] = ['minotaur.v1'], options: ClientOptions = {}) {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, options);
    this.socket.on('message', (data) => this.frames.push(JSON.parse(String(data))));
    this.socket.on('error', () => {});
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }));
    });
  }

  /** An open socket on game `id`, of the administrator unless `headers` say otherwise; closed after the test. */
  static async open(
    t: TestContext,
    port: number,
    id = 'ABC',
    query = '',
    headers: Readonly<Record<string, string>> = asAdmin,
  ): Promise<SocketClient> {
    const client = new SocketClient(port, `/v1/games/${id}/ws${query}`, ['minotaur.v1'], { headers });
    t.after(() => client.socket.terminate());
    await once(client.socket, 'open');
    return client;
  }

  /** Sends a frame and waits for its reply. */
  async ask(type: string, rest: Readonly<Record<string, unknown>> = {}): Promise<Frame> {
    const ref = this.#nextRef++;
    this.socket.send(JSON.stringify({ ref, type, ...rest }));
    return this.reply(ref);
  }

  reply(ref: string | number): Promise<Frame> {
    return waitFor(
      `the reply to ${ref}`,
      () => this.frames.find((frame) => frame.type === 'reply' && frame.ref === ref),
      { everyMs: 2 },
    );
  }

  get games(): Frame[] {
    return this.frames.filter((frame) => frame.type === 'game');
  }

  /** What all frames of events said, in order. */
  get events(): Frame[] {
    return this.frames.filter((frame) => frame.type === 'events').flatMap((frame) => frame.events);
  }
}

/** Waits for a condition of a test. */
export const until = (what: string, probe: () => unknown) => waitFor(what, probe as () => boolean, { everyMs: 2 });
