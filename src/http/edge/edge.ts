/**
 * What every part of the edge shares: the gateway, who may come in and how often, the limits, and whether it is about to end.
 *
 * Role: the one piece of state of `http/`; routes and sockets get it instead of a dozen arguments.
 * Invariant: `stage` goes from `serving` by `parting` to `draining`, and never back.
 */
import type { Registry } from 'prom-client';
import type { WireShapes } from '../../game/wire-shapes.ts';
import type { Gateway } from '../../member/contract/gateway.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Random } from '../../ports/random.ts';
import type { Traced } from '../../ports/tracing.ts';
import type { AddressRates } from './address-rates.ts';
import type { Authenticator } from './auth.ts';
import type { CountedPlaces } from './counted-places.ts';
import type { DerivedIds } from './derived-ids.ts';
import type { Origins } from './origins.ts';
import type { Pages } from './pages.ts';
import type { Refusals } from './refusals.ts';
import type { ReplyTurns } from './reply-turns.ts';
import type { SocketBacklog } from './socket-backlog.ts';

export interface Edge extends Traced {
  readonly gateway: Gateway;
  /** Of the game that is played. */
  readonly shapes: WireShapes;
  /** Who is asking, and new tokens for players. */
  readonly auth: Authenticator;
  /** Creations, joins, listings and failed authentications of an address: each call counts one, and throws 429 over the limit. */
  readonly rate: AddressRates;
  /** How often each limit has refused somebody. */
  readonly refusals: Refusals;
  /** How many sockets an address has open at this member. */
  readonly sockets: CountedPlaces;
  /** How many follow a game here without a token. */
  readonly spectators: CountedPlaces;
  /** What all sockets have left unread. */
  readonly backlog: SocketBacklog;
  /** When large answers are written to sockets. */
  readonly replyTurns: ReplyTurns;
  /** Which pages of other origins may ask. */
  readonly origins: Origins;
  readonly clock: Clock;
  readonly random: Random;
  /** For browsers. */
  readonly pages: Pages;
  readonly documents: Documents;
  /** Ids of new games and seats. */
  readonly ids: DerivedIds;
  readonly log: Log;
  /** What the member counts and times; `/metrics` adds to it. */
  readonly registry: Registry;
  readonly limits: EdgeLimits;
  /** Addresses and networks whose `X-Forwarded-For` counts. */
  readonly trustedProxies: readonly string[];
  /** Where operations marked `opsOnly` are served, and nowhere else; 0: there is no such port, they are served everywhere. */
  readonly opsPort: number;
  stage: EdgeStage;
}

/** The wire contract, of the game that is played, as text. */
export interface Documents {
  readonly openapi: string;
  readonly asyncapi: string;
  /** Shows both. */
  readonly page: string;
}

/**
 * How near the end is. `parting`: a stop was announced; all is served as ever, but every answer closes its connection, so that no
 * request comes on a kept one by the end. `draining`: it has begun; besides, sockets are sent elsewhere, and readiness fails.
 */
export type EdgeStage = 'serving' | 'parting' | 'draining';

export interface EdgeLimits {
  readonly bodyBytes: number;
  /** Body of `continue_game`: the largest game and its envelope. */
  readonly continueBodyBytes: number;
  readonly frameBytes: number;
  /** Frames that one socket may send a second, for long; for a moment twice as many. */
  readonly framesPerSecond: number;
  /** Frames of one socket that are being answered; more wait unread. */
  readonly framesInFlight: number;
  /** Bytes that one socket may leave unread: above half of it nothing is read from the socket, above it it is closed as too slow. */
  readonly socketBufferBytes: number;
  /** Bytes that all sockets together may leave unread, before those that stand still are cut. */
  readonly socketsBufferBytes: number;
  /** Sockets of one address at this member. */
  readonly socketsPerAddress: number;
  /** Of one game at this member, sockets and streams. */
  readonly spectatorsPerGame: number;
  /** Connections to each listener of this member, sockets included. */
  readonly connections: number;
  /** Of one address, unless it is a trusted proxy's. */
  readonly connectionsPerAddress: number;
  /** Of one address, over the whole cluster. */
  readonly creationsPerMinute: number;
  /** Games that it may open within a day. */
  readonly gamesPerAddress: number;
  readonly joinsPerMinute: number;
  /** Lists of games and looks at the cluster: whatever is asked of all members at once. */
  readonly listingsPerMinute: number;
  readonly failedAuthenticationsPerMinute: number;
  readonly pingMs: number;
  /** About how long a stream lasts before its client is sent to connect again. */
  readonly streamMs: number;
  /** How long a socket may take to answer a close before it is cut. */
  readonly socketCloseMs: number;
  /** How long a request may take to arrive, and how long its head; also what a new connection may wait with its first. */
  readonly requestTimeoutMs: number;
  readonly headersTimeoutMs: number;
  /** How long nothing may move on a connection while an answer is due or unread; more than a request's longest deadline. */
  readonly stallMs: number;
  /** How long `close` waits for answers that are under way. */
  readonly closeMs: number;
}

export const defaultLimits: EdgeLimits = {
  bodyBytes: 64 * 1024,
  continueBodyBytes: 513 * 1024,
  frameBytes: 16 * 1024,
  framesPerSecond: 200,
  framesInFlight: 64,
  socketBufferBytes: 1024 * 1024,
  socketsBufferBytes: 64 * 1024 * 1024,
  socketsPerAddress: 1_000,
  spectatorsPerGame: 1_000,
  connections: 10_000,
  connectionsPerAddress: 2_000,
  creationsPerMinute: 120,
  gamesPerAddress: 2_000,
  joinsPerMinute: 300,
  listingsPerMinute: 6_000,
  failedAuthenticationsPerMinute: 120,
  pingMs: 20_000,
  streamMs: 300_000,
  socketCloseMs: 2_000,
  requestTimeoutMs: 30_000,
  headersTimeoutMs: 15_000,
  stallMs: 150_000,
  closeMs: 10_000,
};
