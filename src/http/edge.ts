/**
 * What every part of the edge shares: the gateway, who is an administrator, the limits, and whether it drains.
 *
 * Role: the one piece of state of `http/`; routes and sockets get it instead of a dozen arguments.
 * Invariant: `draining` goes from false to true once and never back.
 */
import type { Logger } from 'pino';
import type { Gateway } from '../member/gateway.ts';
import type { Clock } from '../ports/clock.ts';
import type { AdminTokens } from './auth.ts';

export interface Edge {
  readonly gateway: Gateway;
  readonly admins: AdminTokens;
  readonly clock: Clock;
  readonly log: Logger;
  readonly limits: EdgeLimits;
  /** From the start of the drain: answers close their connection, sockets are sent elsewhere. */
  draining: boolean;
}

export interface EdgeLimits {
  readonly bodyBytes: number;
  /** Body of `continue_game`: the largest game and its envelope. */
  readonly continueBodyBytes: number;
  readonly frameBytes: number;
  /** Frames of one socket that are being answered; more wait unread. */
  readonly framesInFlight: number;
  /** Bytes that one socket may leave unread before it is closed as too slow. */
  readonly socketBufferBytes: number;
  readonly pingMs: number;
  /** How long a socket may take to answer a close before it is cut. */
  readonly socketCloseMs: number;
  /** How long a request may take to arrive. */
  readonly requestTimeoutMs: number;
  /** How long `close` waits for answers that are under way. */
  readonly closeMs: number;
}

export const defaultLimits: EdgeLimits = {
  bodyBytes: 64 * 1024,
  continueBodyBytes: 513 * 1024,
  frameBytes: 16 * 1024,
  framesInFlight: 64,
  socketBufferBytes: 1024 * 1024,
  pingMs: 20_000,
  socketCloseMs: 2_000,
  requestTimeoutMs: 30_000,
  closeMs: 10_000,
};

const idPattern = /^[A-Za-z0-9_-]{1,64}$/;

/** Ids of games, players, actions and members. */
export const isId = (text: string): boolean => idPattern.test(text);
