/**
 * All WebSockets of this member: who is let in, and how they are sent elsewhere when it drains.
 *
 * Why refuse by close code: a browser learns nothing of a refused upgrade, but it does learn a close code.
 * Invariants:
 *  - Only `minotaur.v1` is ever echoed as subprotocol: never the one that carries a token.
 *  - While draining, at most 1,000 sockets a second are sent away, so that the others are not overrun.
 */
import type { IncomingMessage } from 'node:http';
import websocket from '@fastify/websocket';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { socketViewer } from './auth.ts';
import type { Edge } from './edge.ts';
import { isId } from './edge.ts';
import { RequestProblem } from './problem-reply.ts';
import { closeCodes, GameSocket, type SocketSubject } from './socket.ts';

const subprotocol = 'minotaur.v1';
const socketAddress = /^\/v1\/games\/[^/?]*\/ws(?:\?|$)/;
const leaveEveryMs = 10;
const leaveAtOnce = 10;

interface Refusal {
  readonly code: number;
  readonly reason: string;
}

/** Whether a request asks for an upgrade that there is; any other (h2c, another address) is answered as plain HTTP. */
export function asksForSocket({ method, headers, url = '' }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket' && socketAddress.test(url);
}

export class SocketHub {
  readonly #edge: Edge;
  readonly #sockets = new Set<GameSocket>();
  /** Every connection, those that were refused and are closing included. */
  #clients: ReadonlySet<WebSocket> = new Set();

  constructor(edge: Edge) {
    this.#edge = edge;
  }

  /** Adds the socket's route, in a scope of its own: the library's hooks would cost every other request something. */
  async register(app: FastifyInstance): Promise<void> {
    const { limits, log } = this.#edge;
    const options = {
      maxPayload: limits.frameBytes,
      closeTimeout: limits.socketCloseMs,
      handleProtocols: (offered: ReadonlySet<string>) => (offered.has(subprotocol) ? subprotocol : (false as const)),
    };
    // A broken or oversized frame: the library has already closed the socket with the code that says so.
    const errorHandler = (error: Error, socket: WebSocket) => {
      if (socket.readyState !== socket.OPEN) return;
      log.error({ err: error }, 'unexpected error on a socket');
      socket.terminate();
    };
    await app.register(async (scope) => {
      await scope.register(websocket, { options, errorHandler, preClose: async () => this.leaveAll() });
      this.#clients = scope.websocketServer.clients;
      scope.route({
        method: 'GET',
        url: '/v1/games/:id/ws',
        wsHandler: (socket, request) => this.#accept(socket, request),
        handler: () => {
          throw new RequestProblem('bad_request', 'this address is for WebSockets');
        },
      });
    });
  }

  /** Sends every socket elsewhere, at most 1,000 a second. Sockets that come from now on are refused by `Edge.draining`. */
  startDrain(): void {
    const remaining = this.#sockets.values();
    const leaveSome = () => {
      for (let count = 0; count < leaveAtOnce; count += 1) {
        const next = remaining.next();
        if (next.done) return;
        next.value.leave();
      }
      this.#edge.clock.after(leaveEveryMs, leaveSome);
    };
    leaveSome();
  }

  /** Sends every socket elsewhere, now. */
  leaveAll(): void {
    for (const socket of this.#sockets) socket.leave();
  }

  /** Cuts whatever is still connected. */
  terminate(): void {
    for (const client of this.#clients) client.terminate();
  }

  #accept(socket: WebSocket, request: FastifyRequest): void {
    const admitted = this.#admit(request);
    if ('code' in admitted) {
      socket.close(admitted.code, admitted.reason);
      return;
    }
    const gameSocket = new GameSocket(this.#edge, socket, request.raw.socket, admitted);
    this.#sockets.add(gameSocket);
    gameSocket.start(() => this.#sockets.delete(gameSocket));
  }

  #admit(request: FastifyRequest): SocketSubject | Refusal {
    if (this.#edge.draining) return { code: closeCodes.draining, reason: 'this member is leaving' };
    const { id: gameId = '' } = request.params as { id?: string };
    if (!isId(gameId)) return { code: closeCodes.badRequest, reason: 'the game id is not valid' };
    const query = request.query as Readonly<Record<string, unknown>>;
    const since = wholeNumber(query.since);
    if (since === null || wholeNumber(query.after) === null) {
      return { code: closeCodes.badRequest, reason: 'since and after must be whole numbers' };
    }
    const { authorization, 'sec-websocket-protocol': protocols } = request.headers;
    const viewer = socketViewer(this.#edge.admins, authorization, protocols);
    if (viewer === null) return { code: closeCodes.unauthorized, reason: 'a valid token is needed' };
    return { gameId, viewer, since };
  }
}

/** A query parameter as a whole number: 0 if absent, null if it is none. */
function wholeNumber(given: unknown): number | null {
  if (given === undefined) return 0;
  return typeof given === 'string' && /^\d{1,15}$/.test(given) ? Number(given) : null;
}
