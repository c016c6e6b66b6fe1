/**
 * All WebSockets of this member: who is let in, and how they, and streams, are sent elsewhere when it drains.
 *
 * Invariants:
 *  - Only `minotaur.v1` is ever echoed as subprotocol: never the one that carries a token.
 *  - While draining, at most 1,000 sockets a second are sent away, so that the others are not overrun.
 */
import type { IncomingMessage } from 'node:http';
import websocket from '@fastify/websocket';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import type { Problem } from '../../errors.ts';
import { closeSocket, closingOf } from '../api/close-codes.ts';
import { subprotocol } from '../api/frames.ts';
import { operations } from '../api/operations.ts';
import { requirePermission } from '../edge/auth.ts';
import type { Edge } from '../edge/edge.ts';
import { hostComplaint, refuseHandshake } from '../edge/malformed-request.ts';
import { parse } from '../edge/operations.ts';
import { RequestProblem, toProblem } from '../edge/problem-reply.ts';
import { endResponded, traceOf } from '../edge/request-spans.ts';
import { GameSocket, type SocketSubject } from './socket.ts';

const socketAddress = /^\/v1\/games\/[^/?]*\/ws(?:\?|$)/;
/** What a reason has room for. */
const longestHost = 40;
const leaveEveryMs = 10;
const leaveAtOnce = 10;

/** Whether a request asks for an upgrade that there is; any other (h2c, another address, no proper host) is answered as plain HTTP. */
export function asksForSocket(request: IncomingMessage): boolean {
  const { method, headers, url = '' } = request;
  if (method !== 'GET' || headers.upgrade?.toLowerCase() !== 'websocket') return false;
  return socketAddress.test(url) && hostComplaint(request) === null;
}

/** Whoever follows a game here. */
interface Leaving {
  /** Goes elsewhere. */
  leave(): void;
}

export class SocketHub {
  readonly #edge: Edge;
  readonly #sockets = new Set<Leaving>();
  /** Every connection, those that were refused and are closing included. */
  #clients: ReadonlySet<WebSocket> = new Set();

  constructor(edge: Edge) {
    this.#edge = edge;
  }

  /** Adds the socket's route, in a scope of its own: the library's hooks would cost every other request something. */
  async register(app: FastifyInstance): Promise<void> {
    const { limits, log, refusals } = this.#edge;
    const options = {
      maxPayload: limits.frameBytes,
      closeTimeout: limits.socketCloseMs,
      handleProtocols: (offered: ReadonlySet<string>) => (offered.has(subprotocol) ? subprotocol : (false as const)),
    };
    // A broken or oversized frame: the library has already closed the socket with the code that says so.
    const errorHandler = (error: Error & { readonly code?: string }, socket: WebSocket, { id }: FastifyRequest) => {
      if (error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') refusals.count('frame_bytes');
      if (socket.readyState !== socket.OPEN) return;
      log.error({ err: error, requestId: id }, 'unexpected error on a socket');
      socket.terminate();
    };
    await app.register(async (scope) => {
      await scope.register(websocket, { options, errorHandler, preClose: async () => this.leaveAll() });
      this.#clients = scope.websocketServer.clients;
      scope.websocketServer.on('wsClientError', refuseHandshake);
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

  /** Open sockets and streams. */
  get size(): number {
    return this.#sockets.size;
  }

  /** `one` is sent elsewhere with the sockets, until the function that this gives is called. */
  keep(one: Leaving): () => void {
    this.#sockets.add(one);
    return () => this.#sockets.delete(one);
  }

  /** Sends every socket elsewhere, at most 1,000 a second. Sockets that come from now on are refused. */
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
    endResponded(request.span, 101);
    if (this.#edge.stage === 'draining') {
      closeSocket(socket, 'draining');
      return;
    }
    let subject: SocketSubject;
    try {
      subject = this.#admit(request);
    } catch (error) {
      this.#refuse(socket, request, error).catch((failure: unknown) => {
        toProblem(this.#edge, failure, 'socket', request.id);
        socket.terminate();
      });
      return;
    }
    const { ip } = request;
    const gameSocket = new GameSocket(this.#edge, socket, request.raw.socket, subject);
    const forget = this.keep(gameSocket);
    gameSocket.start(() => {
      forget();
      this.#edge.sockets.release(ip);
    });
  }

  /** Takes one of the sockets of the address. Throws what is wrong with the request, or with who sends it. */
  #admit(request: FastifyRequest): SocketSubject {
    const { params, query, may } = operations.watch_game;
    const { auth, origins, refusals, sockets } = this.#edge;
    const { headers, host, ip } = request;
    if (!origins.allowsSocket(headers.origin, host)) {
      throw new RequestProblem('forbidden', originComplaint(host));
    }
    const { id: gameId } = parse(params, request.params);
    const { since = 0, after = null } = parse(query, request.query);
    const caller = auth.socketCaller(headers.authorization, headers['sec-websocket-protocol'], gameId);
    requirePermission(caller, may);
    if (!sockets.admit(ip)) {
      refusals.count('sockets_per_address');
      throw new RequestProblem('too_many_requests', 'too many sockets from this address');
    }
    return { gameId, caller, since, after, trace: traceOf(request) };
  }

  /** A wrong token is counted first: over the limit, nobody learns whether it was wrong. */
  async #refuse(socket: WebSocket, request: FastifyRequest, error: unknown): Promise<void> {
    const uncounted = toProblem(this.#edge, error, 'socket', request.id);
    const isWrongToken = uncounted.status === 401 && offersToken(request);
    const shown = isWrongToken ? await this.#countFailure(request, uncounted) : uncounted;
    closeSocket(socket, closingOf(shown.status) ?? 'internal', shown.detail);
  }

  #countFailure(request: FastifyRequest, refusal: Problem): Promise<Problem> {
    return this.#edge.rate.failedAuthentications(request).then(
      () => refusal,
      (tooMany) => toProblem(this.#edge, tooMany, 'socket', request.id),
    );
  }
}

/** Behind a proxy that does not pass `Host` on, even the page's own host is another one: a page gets to see a reason, an operator its cause. */
function originComplaint(host: string): string {
  const named = host.length <= longestHost && host !== '' ? ` ${host}` : '';
  return `Origin is not Host${named}: let the proxy pass Host on, or set MINOTAUR_CORS_ORIGINS`;
}

function offersToken({ headers }: FastifyRequest): boolean {
  return headers.authorization !== undefined || headers['sec-websocket-protocol']?.includes('bearer.') === true;
}
