/**
 * How often an address may create games, join games, list games and fail to authenticate: so many a minute, and of games so many a day, over the whole cluster.
 *
 * Why nothing is shared: each member allows its part, ceil(limit / members), in a minute that begins with the address's first
 * request there. What that promises is in docs/security.md: an address that spreads over all members gets at most
 * limit + members - 1 of these; one that stays with one member gets at least limit / members.
 * Why games are counted by the day: nobody knows which of an address' games still live, without a state that all members share. But a lobby that nobody
 * touches lives a day, so what an address opens within a day bounds the lobbies that it has.
 * Invariant: the counters of each limit are bounded (5,000 addresses, the least recently seen is forgotten first).
 */
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { LimitName } from '../../metrics.ts';
import type { Caller } from '../../session/permission.ts';
import { addressKey } from './addresses.ts';
import type { EdgeLimits } from './edge.ts';
import { RequestProblem } from './problem-reply.ts';
import type { Refusals } from './refusals.ts';

type Limiter = ReturnType<FastifyInstance['createRateLimit']>;
type RateLimits = Pick<
  EdgeLimits,
  'creationsPerMinute' | 'gamesPerAddress' | 'joinsPerMinute' | 'listingsPerMinute' | 'failedAuthenticationsPerMinute'
>;

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

export class AddressRates {
  readonly #limits: RateLimits;
  readonly #members: () => number;
  #creations: Limiter | null = null;
  #games: Limiter | null = null;
  #joins: Limiter | null = null;
  #listings: Limiter | null = null;
  #failures: Limiter | null = null;
  readonly #refusals: Refusals;

  /** `members` tells how many there are now. */
  constructor(limits: RateLimits, members: () => number, refusals: Refusals) {
    this.#limits = limits;
    this.#refusals = refusals;
    this.#members = members;
  }

  /** Makes the counters, before anything is asked. */
  async register(app: FastifyInstance): Promise<void> {
    await app.register(rateLimit, { global: false });
    this.#creations = this.#limiter(app, this.#limits.creationsPerMinute);
    this.#games = this.#limiter(app, this.#limits.gamesPerAddress, DAY_MS);
    this.#joins = this.#limiter(app, this.#limits.joinsPerMinute);
    this.#listings = this.#limiter(app, this.#limits.listingsPerMinute);
    this.#failures = this.#limiter(app, this.#limits.failedAuthenticationsPerMinute);
  }

  /** Counts the creation of a game. Rejects with 429 if that is too many; never for administrators. */
  async creations(request: FastifyRequest, caller: Caller): Promise<void> {
    if (caller.kind === 'admin') return;
    await this.#count('creations_per_minute', this.#creations, request, 'games created');
    await this.#count('games_per_address', this.#games, request, 'games opened', 'too_many_games');
  }

  /** Counts a join. Rejects with 429 if that is too many; never for administrators. */
  async joins(request: FastifyRequest, caller: Caller): Promise<void> {
    if (caller.kind !== 'admin') await this.#count('joins_per_minute', this.#joins, request, 'games joined');
  }

  /** Counts what is asked of many members, or of many games, at once. Rejects with 429 if that is too many; never for administrators. */
  async listings(request: FastifyRequest, caller: Caller): Promise<void> {
    if (caller.kind !== 'admin') await this.#count('listings_per_minute', this.#listings, request, 'listings');
  }

  /** Counts a token that was refused. Rejects with 429 if that is too many. Right tokens are never asked for this. */
  async failedAuthentications(request: FastifyRequest): Promise<void> {
    await this.#count('failed_authentications_per_minute', this.#failures, request, 'wrong tokens');
  }

  #limiter(app: FastifyInstance, limit: number, timeWindow = MINUTE_MS): Limiter {
    return app.createRateLimit({
      timeWindow,
      max: () => Math.ceil(limit / Math.max(1, this.#members())),
      keyGenerator: (request) => addressKey(request.ip),
    });
  }

  async #count(
    limit: LimitName,
    limiter: Limiter | null,
    request: FastifyRequest,
    what: string,
    code: 'too_many_requests' | 'too_many_games' = 'too_many_requests',
  ): Promise<void> {
    const counted = await limiter?.(request);
    if (counted === undefined || counted.isAllowed || !counted.isExceeded) return;
    this.#refusals.count(limit);
    const detail = `too many ${what} from this address; try again in ${counted.ttlInSeconds} s`;
    throw new RequestProblem(code, detail, counted.ttlInSeconds);
  }
}
