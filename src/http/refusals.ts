/**
 * How often each limit has refused somebody at this member, by the limit's name.
 *
 * Invariant: every limit of the edge is here from the beginning, so that a metric shows its zero.
 */

/** As metrics name them. */
const limitNames = [
  'connections',
  'connections_per_address',
  'sockets_per_address',
  'spectators_per_game',
  'request_timeout',
  'body_bytes',
  'frame_bytes',
  'frames_per_second',
  'socket_buffer_bytes',
  'sockets_buffer_bytes',
  'waiting_requests',
  'creations_per_minute',
  'games_per_address',
  'joins_per_minute',
  'listings_per_minute',
  'failed_authentications_per_minute',
] as const;

export type LimitName = (typeof limitNames)[number];

export class Refusals {
  readonly #counts = new Map<LimitName, number>(limitNames.map((name) => [name, 0]));

  count(limit: LimitName): void {
    this.#counts.set(limit, (this.#counts.get(limit) ?? 0) + 1);
  }

  get counts(): ReadonlyMap<LimitName, number> {
    return this.#counts;
  }
}
