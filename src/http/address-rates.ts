/**
 * How often an address may create games, join games and fail to authenticate: so many a minute, over the whole cluster.
 *
 * Why nothing is shared: each member allows its part, ceil(limit / members), in a minute that begins with the address's first
 * request there. What that promises is in docs/security.md: an address that spreads over all members gets at most
 * limit + members - 1 of these; one that stays with one member gets at least limit / members.
 * Invariant: the counters of each limit are bounded (5,000 addresses, the least recently seen is forgotten first).
 */
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Caller } from '../session/permission.ts';
import { addressKey } from './addresses.ts';
import type { EdgeLimits } from './edge.ts';
import { RequestProblem } from './problem-reply.ts';

type Limiter = ReturnType<FastifyInstance['createRateLimit']>;
type RateLimits = Pick<EdgeLimits, 'creationsPerMinute' | 'joinsPerMinute' | 'failedAuthenticationsPerMinute'>;

const windowMs = 60_000;

export class AddressRates {
  readonly #limits: RateLimits;
  readonly #members: () => number;
  #creations: Limiter | null = null;
  #joins: Limiter | null = null;
  #failures: Limiter | null = null;

  /** `members` tells how many there are now. */
  constructor(limits: RateLimits, members: () => number) {
    this.#limits = limits;
    this.#members = members;
  }

  /** Makes the counters, before anything is asked. */
  async register(app: FastifyInstance): Promise<void> {
    await app.register(rateLimit, { global: false });
    this.#creations = this.#limiter(app, this.#limits.creationsPerMinute);
    this.#joins = this.#limiter(app, this.#limits.joinsPerMinute);
    this.#failures = this.#limiter(app, this.#limits.failedAuthenticationsPerMinute);
  }

  /** Counts the creation of a game. Rejects with 429 if that is too many; never for administrators. */
  async creations(request: FastifyRequest, caller: Caller): Promise<void> {
    if (caller.kind !== 'admin') await count(this.#creations, request, 'games created');
  }

  /** Counts a join. Rejects with 429 if that is too many; never for administrators. */
  async joins(request: FastifyRequest, caller: Caller): Promise<void> {
    if (caller.kind !== 'admin') await count(this.#joins, request, 'games joined');
  }

  /** Counts a token that was refused. Rejects with 429 if that is too many. Right tokens are never asked for this. */
  async failedAuthentications(request: FastifyRequest): Promise<void> {
    await count(this.#failures, request, 'wrong tokens');
  }

  #limiter(app: FastifyInstance, limit: number): Limiter {
    return app.createRateLimit({
      timeWindow: windowMs,
      max: () => Math.ceil(limit / Math.max(1, this.#members())),
      keyGenerator: (request) => addressKey(request.ip),
    });
  }
}

async function count(limiter: Limiter | null, request: FastifyRequest, what: string): Promise<void> {
  const counted = await limiter?.(request);
  if (counted === undefined || counted.isAllowed || !counted.isExceeded) return;
  const detail = `too many ${what} from this address; try again in ${counted.ttlInSeconds} s`;
  throw new RequestProblem('too_many_requests', detail, counted.ttlInSeconds);
}
