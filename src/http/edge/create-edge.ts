/**
 * Puts the edge's shared state together from settings and ports.
 */
import type { Registry } from 'prom-client';
import type { WireShapes } from '../../game/wire-shapes.ts';
import type { Gateway } from '../../member/contract/gateway.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Random } from '../../ports/random.ts';
import type { Traced } from '../../ports/tracing.ts';
import { AddressRates } from './address-rates.ts';
import { addressKey } from './addresses.ts';
import { Authenticator } from './auth.ts';
import { CountedPlaces } from './counted-places.ts';
import { DerivedIds } from './derived-ids.ts';
import { type Documents, defaultLimits, type Edge, type EdgeLimits } from './edge.ts';
import { Origins } from './origins.ts';
import type { Pages } from './pages.ts';
import { PlayerTokens } from './player-tokens.ts';
import { Refusals } from './refusals.ts';
import { ReplyTurns } from './reply-turns.ts';
import { SocketBacklog } from './socket-backlog.ts';

export interface EdgeOptions extends Traced {
  readonly gateway: Gateway;
  /** Of the game that is played. */
  readonly shapes: WireShapes;
  /** Of that game. */
  readonly documents: Documents;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly adminTokens: readonly string[];
  /** For players' tokens and for ids: the first signs and makes, all verify. */
  readonly tokenSecrets: readonly string[];
  /** How long players' tokens last. */
  readonly tokenDays: number;
  readonly corsOrigins: readonly string[];
  /** Headers that pages of those origins may send beside those of the contract. */
  readonly corsHeaders: readonly string[];
  readonly trustedProxies: readonly string[];
  /** 0: none. */
  readonly opsPort: number;
  /** What the member counts and times; `/metrics` adds to it. */
  readonly registry: Registry;
  /** For browsers; absent: none were built. */
  readonly pages?: Pages;
  readonly limits?: Partial<EdgeLimits>;
}

/** An edge that serves. */
export function createEdge(options: EdgeOptions): Edge {
  const { gateway, shapes, documents, clock, random, log, trustedProxies, opsPort, registry, tracing } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const refusals = new Refusals();
  return {
    gateway,
    shapes,
    documents,
    clock,
    random,
    pages: options.pages ?? new Map(),
    ids: new DerivedIds(options.tokenSecrets, random),
    log,
    registry,
    tracing,
    limits,
    trustedProxies,
    opsPort,
    auth: new Authenticator(options.adminTokens, new PlayerTokens(options.tokenSecrets, options.tokenDays), clock),
    rate: new AddressRates(limits, () => gateway.memberCount, refusals),
    refusals,
    sockets: new CountedPlaces(limits.socketsPerAddress, addressKey),
    spectators: new CountedPlaces(limits.spectatorsPerGame, (gameId) => gameId),
    backlog: new SocketBacklog(clock, limits.socketsBufferBytes),
    replyTurns: new ReplyTurns(clock),
    origins: new Origins(options.corsOrigins, options.corsHeaders),
    stage: 'serving',
  };
}
