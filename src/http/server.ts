/**
 * The edge of a member: HTTP and WebSocket, on its own port and, if there are, on a port that members share and on one for operators.
 *
 * Role: listeners and their end. The other ports are further servers on the same application.
 * Invariant: between `startDrain` and `close` the listeners stay open: whatever a balancer still sends is served.
 */
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { buildApp } from './app.ts';
import { ConnectionLimits } from './edge/connection-limits.ts';
import { createEdge, type EdgeOptions } from './edge/create-edge.ts';
import type { Edge } from './edge/edge.ts';
import { type AtEndOfTurn, type ListenAddress, Listener } from './edge/listener.ts';
import { hostComplaint, refuseHost, refuseMalformed, refuseTunnel } from './edge/malformed-request.ts';
import { requestIds } from './edge/request-ids.ts';
import { asksForSocket, SocketHub } from './socket/socket-hub.ts';

/**
 * Proxies and balancers keep idle connections for their next request: nginx and AWS for 60 to 75 s, Google Cloud for 600 s. The side that closes
 * first must not be this one: it could close just when a request is on its way.
 */
const keepAliveMs = 620_000;
/**
 * What clients are told (`Keep-Alive: timeout=…`): those that go by it have let go of an idle connection before a stop that was announced closes
 * it (`docker/announce-stop.mjs` waits as long, and the drain 2 s more).
 */
const toldKeepAliveMs = 10_000;
const maxHeaderBytes = 16 * 1024;
/** How often requests that take too long to arrive are looked for, at least. */
const checkRequestsMs = 5_000;

export interface HttpServerOptions extends EdgeOptions {
  readonly atEndOfTurn: AtEndOfTurn;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** A port that several members of one host listen on; 0: none. */
  readonly sharedPort: number;
}

export interface HttpEdge {
  /** Opens the listeners; tells the own port. Rejects if one cannot be opened; `close` is still called for then. */
  listen(): Promise<{ readonly port: number }>;
  /** From now on every answer closes its connection; nothing else changes. */
  announceStop(): void;
  /** From now on clients are sent elsewhere; whoever comes is still served. */
  startDrain(): void;
  /** Takes nothing new, lets what is under way finish for at most `closeMs`, closes everything. */
  close(): Promise<void>;
}

/** The edge over `gateway`; nothing listens before `listen()`. */
export function createHttpServer(options: HttpServerOptions): HttpEdge {
  const edge = createEdge(options);
  const hub = new SocketHub(edge);
  const listeners: Listener[] = [];
  let app: FastifyInstance | null = null;

  const newListener = (handler: RequestListener) => {
    const limits = new ConnectionLimits(edge);
    const admit = (socket: Socket) => limits.admit(socket);
    const listener = new Listener(serverOf(edge, handler), edge.clock, options.atEndOfTurn, admit);
    listener.server.on('clientError', ({ code }: NodeJS.ErrnoException) => {
      if (code === 'ERR_HTTP_REQUEST_TIMEOUT') edge.refusals.count('request_timeout');
    });
    listeners.push(listener);
    return listener;
  };
  const further = ({ routing, server: own }: FastifyInstance): Listener => {
    const listener = newListener(routing);
    listener.server.on('clientError', refuseMalformed);
    listener.server.on('upgrade', (request, socket, head) => own.emit('upgrade', request, socket, head));
    return listener;
  };

  /** Where `0.0.0.0` is listened on, `::1` is too, if it can be: that is what `localhost` means to many clients. */
  const open = async (on: FastifyInstance, listener: Listener, address: ListenAddress): Promise<number> => {
    const port = await listener.open(address);
    if (address.host !== '0.0.0.0') return port;
    await further(on)
      .open({ ...address, host: '::1', port })
      .catch((error: NodeJS.ErrnoException) => edge.log.info({ port, code: error.code }, 'not listening on ::1'));
    return port;
  };

  return {
    async listen() {
      app = await buildApp(edge, hub, (handler) => newListener(handler).server);
      const { host, sharedPort, opsPort } = options;
      const [own] = listeners as [Listener];
      const port = await open(app, own, { host, port: options.port });
      if (opsPort !== 0) await open(app, further(app), { host, port: opsPort });
      if (sharedPort !== 0) await open(app, further(app), { host, port: sharedPort, reusePort: true });
      return { port };
    },
    announceStop() {
      if (edge.stage === 'serving') edge.stage = 'parting';
    },
    startDrain() {
      if (edge.stage === 'draining') return;
      edge.stage = 'draining';
      hub.startDrain();
    },
    async close() {
      edge.stage = 'draining';
      hub.leaveAll();
      const force = edge.clock.after(edge.limits.closeMs, () => {
        for (const listener of listeners) listener.cut();
        hub.terminate();
      });
      await Promise.all(listeners.map((listener) => listener.close()));
      await app?.close();
      force.cancel();
    },
  };
}

function serverOf({ limits, random }: Edge, handler: RequestListener): Server {
  const idOf = requestIds(random);
  const headersTimeout = Math.min(limits.headersTimeoutMs, limits.requestTimeoutMs);
  const options: ServerOptions = {
    requestTimeout: limits.requestTimeoutMs,
    headersTimeout,
    connectionsCheckingInterval: Math.min(checkRequestsMs, headersTimeout),
    keepAliveTimeout: toldKeepAliveMs,
    keepAliveTimeoutBuffer: keepAliveMs - toldKeepAliveMs,
    maxHeaderSize: maxHeaderBytes,
    shouldUpgradeCallback: asksForSocket,
    requireHostHeader: false,
  };
  const handleHosted: RequestListener = (request, response) => {
    // Once an upgrade was asked for, Node.js hears no more of this connection: what follows would never be answered.
    if (request.headers.upgrade !== undefined) response.shouldKeepAlive = false;
    const complaint = hostComplaint(request);
    if (complaint === null) handler(request, response);
    else refuseHost(response, complaint, idOf(request));
  };
  const server = createServer(options, handleHosted);
  // What is expected may be ignored, unless it is `100-continue` (RFC 9110, 10.1.1).
  server.on('checkExpectation', handleHosted);
  server.on('connect', (_request, socket) => refuseTunnel(socket as Socket));
  server.timeout = limits.stallMs;
  return server;
}
