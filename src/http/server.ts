/**
 * The edge of a member: HTTP and WebSocket, on its own port and, if there is one, on a port that members share.
 *
 * Role: listeners and their end. The shared port is a second server on the same application.
 * Invariant: between `startDrain` and `close` the listeners stay open: whatever a balancer still sends is served.
 */
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Gateway } from '../member/gateway.ts';
import type { Clock } from '../ports/clock.ts';
import { buildApp } from './app.ts';
import { AdminTokens } from './auth.ts';
import type { Edge, EdgeLimits } from './edge.ts';
import { defaultLimits } from './edge.ts';
import { refuseMalformed } from './malformed-request.ts';
import { asksForSocket, SocketHub } from './socket-hub.ts';

/** Balancers keep idle connections for up to a minute; the side that closes first must not be this one. */
const keepAliveTimeoutMs = 75_000;
/** How often requests that take too long to arrive are looked for. */
const checkRequestsMs = 5_000;

export interface HttpServerOptions {
  readonly gateway: Gateway;
  readonly adminTokens: readonly string[];
  readonly clock: Clock;
  readonly log: Logger;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** A port that several members of one host listen on; 0: none. */
  readonly sharedPort: number;
  readonly limits?: Partial<EdgeLimits>;
}

export interface HttpEdge {
  /** Opens the listeners; tells the own port. Rejects if one cannot be opened; `close` is still called for then. */
  listen(): Promise<{ readonly port: number }>;
  /** From now on clients are sent elsewhere; whoever comes is still served. */
  startDrain(): void;
  /** Takes nothing new, lets what is under way finish for at most `closeMs`, closes everything. */
  close(): Promise<void>;
}

/** The edge over `gateway`; nothing listens before `listen()`. */
export function createHttpServer(options: HttpServerOptions): HttpEdge {
  const edge: Edge = {
    gateway: options.gateway,
    admins: new AdminTokens(options.adminTokens),
    clock: options.clock,
    log: options.log,
    limits: { ...defaultLimits, ...options.limits },
    draining: false,
  };
  const hub = new SocketHub(edge);
  const servers: Server[] = [];
  let app: FastifyInstance | null = null;

  const newServer = (handler: RequestListener) => {
    const server = serverOf(edge.limits, handler);
    servers.push(server);
    return server;
  };

  return {
    async listen() {
      app = await buildApp(edge, hub, newServer);
      const { host } = options;
      await open(app.server, { host, port: options.port });
      if (options.sharedPort !== 0) {
        const own = app.server;
        const shared = newServer((request, response) => app?.routing(request, response));
        shared.on('clientError', refuseMalformed);
        shared.on('upgrade', (request, socket, head) => own.emit('upgrade', request, socket, head));
        await open(shared, { host, port: options.sharedPort, reusePort: true });
      }
      return { port: (app.server.address() as AddressInfo).port };
    },
    startDrain() {
      if (edge.draining) return;
      edge.draining = true;
      hub.startDrain();
    },
    async close() {
      edge.draining = true;
      hub.leaveAll();
      const force = edge.clock.after(edge.limits.closeMs, () => {
        for (const server of servers) server.closeAllConnections();
        hub.terminate();
      });
      await Promise.all(servers.map(closed));
      await app?.close();
      force.cancel();
    },
  };
}

function serverOf(limits: EdgeLimits, handler: RequestListener): Server {
  const options: ServerOptions = {
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: checkRequestsMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    shouldUpgradeCallback: asksForSocket,
  };
  return createServer(options, handler);
}

function open(server: Server, address: { host: string; port: number; reusePort?: boolean }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(address, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Closes the listener and idle connections; resolves when the last connection is gone. */
function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
