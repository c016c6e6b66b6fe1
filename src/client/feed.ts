/**
 * Following one game, as a state machine: which connection to open and when, what to ask for, what of it is news.
 *
 * Role: pure. It is told what happens and when, and says what to do; the shell (watch.ts) does it, and calls `tick` at `dueAt`.
 * Invariants:
 *  - One connection at a time. One that ended is followed by another, for ever, after a pause drawn from a growing range; only an end for good
 *    (no token, no such game) is the end.
 *  - Events are told in the order of `seq`, none twice. Where some are missing, or the game was put back, what follows is a `snapshot`.
 *  - A connection is left when its server answers no pings (beside a stream they are requests of their own), a stream also when its
 *    heartbeats stay out.
 *  - Where sockets never say anything twice in a row, a stream is tried; after each stream, sockets once more.
 */
import { type Game, type GameEvent, isForGood, type Presence, type ServerFrame, type Stamped } from './protocol.ts';

const OPEN_WITHIN_MS = 5_000;
/** While a game changes hands nothing is answered; after that, pings are. */
const FIRST_REPLY_WITHIN_MS = 15_000;
const REPLY_WITHIN_MS = 4_000;
const PING_EVERY_MS = 4_000;
/** Of a stream: heartbeats come every 20 s. */
const SILENCE_MS = 45_000;
const SHORTEST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;
const BLOCKED_AFTER = 2;

export type Via = 'socket' | 'stream';

export type Effect =
  /** Gives up the connection before, if there is one. */
  | { readonly do: 'open'; readonly via: Via; readonly base: string; readonly query: string }
  | { readonly do: 'ping' }
  | { readonly do: 'drop' }
  /** `game`: newer than the one before, if there is one. */
  | {
      readonly do: 'tell';
      readonly game: Game | null;
      readonly version: number;
      readonly events: readonly GameEvent[];
      readonly resumed: Resumed;
    }
  | { readonly do: 'presence'; readonly presence: Presence }
  /** A sample of the server's clock. */
  | { readonly do: 'sample'; readonly sentAt: number | null; readonly serverTime: string }
  | { readonly do: 'end'; readonly code: number; readonly reason: string };

/** `gapless`: nothing is missing since what was told before. `snapshot`: begin anew from this. */
export type Resumed = 'gapless' | 'snapshot';

type State =
  | { readonly is: 'idle' | 'over' }
  | {
      readonly is: 'opening' | 'open';
      readonly via: Via;
      readonly base: string;
      readonly pingedAt: number | null;
      /** When anything came over it last; null: nothing did. */
      readonly heardAt: number | null;
    }
  | { readonly is: 'waiting' };

export interface FeedOptions {
  readonly bases: readonly string[];
  /** False: there are none here. */
  readonly sockets: boolean;
  /** From 0 to 1. */
  random(): number;
}

export class Feed {
  /** When to call `tick`; infinite: never. */
  dueAt = Number.POSITIVE_INFINITY;
  readonly #options: FeedOptions;
  #state: State = { is: 'idle' };
  #version = 0;
  #seq: number | null = null;
  /** What is told next begins anew. */
  #anew = true;
  #failures = 0;
  /** Sockets in a row that never said anything. */
  #silentSockets = 0;
  #next: number;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#next = Math.floor(options.random() * options.bases.length);
  }

  /** Where the connection leads that is open; null: there is none. */
  get connected(): { readonly via: Via; readonly base: string } | null {
    return this.#state.is === 'open' ? this.#state : null;
  }

  begin(now: number): Effect[] {
    return this.#open(now);
  }

  stop(): Effect[] {
    this.#state = { is: 'over' };
    this.dueAt = Number.POSITIVE_INFINITY;
    return [{ do: 'drop' }];
  }

  opened(now: number): Effect[] {
    if (this.#state.is !== 'opening') return [];
    const { via, base } = this.#state;
    this.#state = { is: 'open', via, base, pingedAt: null, heardAt: null };
    return this.#ping(now, FIRST_REPLY_WITHIN_MS);
  }

  /** A frame, or (null) a heartbeat. */
  heard(frame: (ServerFrame & Stamped) | null, now: number): Effect[] {
    const state = this.#state;
    if (state.is !== 'open') return [];
    this.#failures = 0;
    this.#silentSockets = state.via === 'socket' ? 0 : BLOCKED_AFTER - 1;
    // What answers a ping beside a stream did not come over it.
    const cameOverIt = state.via === 'socket' || frame?.type !== 'reply';
    if (cameOverIt) this.#state = { ...state, heardAt: now };
    if (frame === null) return [];
    const { serverTime } = frame;
    switch (frame.type) {
      case 'reply':
        return serverTime === undefined
          ? this.#replied(now)
          : [{ do: 'sample', sentAt: state.pingedAt, serverTime }, ...this.#replied(now)];
      case 'reconnect':
        return [{ do: 'drop' }, ...this.#wait(now, SHORTEST_PAUSE_MS)];
      case 'close':
        return [{ do: 'drop' }, ...this.ended(frame.code, frame.reason, now)];
      case 'events':
      case 'game': {
        const sample: Effect[] = serverTime === undefined ? [] : [{ do: 'sample', sentAt: null, serverTime }];
        return [...sample, ...(frame.type === 'game' ? this.#game(frame) : this.#events(frame))];
      }
      case 'presence':
        return [{ do: 'presence', presence: { players: frame.players, spectators: frame.spectators } }];
      default:
        return [];
    }
  }

  /** The connection ended, or could not be made; `code` null: nobody said why. */
  ended(code: number | null, reason: string, now: number): Effect[] {
    const state = this.#state;
    if (state.is !== 'opening' && state.is !== 'open') return [];
    if (code !== null && isForGood(code)) {
      this.#state = { is: 'over' };
      this.dueAt = Number.POSITIVE_INFINITY;
      return [{ do: 'end', code, reason }];
    }
    const saidNothing = (code === null || code === 1006) && !(state.is === 'open' && state.heardAt !== null);
    if (saidNothing) this.#silentSockets = state.via === 'socket' ? this.#silentSockets + 1 : 0;
    this.#failures += 1;
    return this.#wait(now, Math.min(SHORTEST_PAUSE_MS * 2 ** this.#failures, LONGEST_PAUSE_MS));
  }

  tick(now: number): Effect[] {
    if (now < this.dueAt) return [];
    const state = this.#state;
    if (state.is === 'waiting') return this.#open(now);
    if (state.is === 'open' && state.pingedAt === null && !isSilent(state, now))
      return this.#ping(now, REPLY_WITHIN_MS);
    return [{ do: 'drop' }, ...this.ended(null, 'nothing comes', now)];
  }

  #open(now: number): Effect[] {
    const { bases, sockets } = this.#options;
    const base = bases[this.#next % bases.length] ?? '';
    const via = sockets && this.#silentSockets < BLOCKED_AFTER ? 'socket' : 'stream';
    this.#state = { is: 'opening', via, base, pingedAt: null, heardAt: null };
    this.dueAt = now + OPEN_WITHIN_MS;
    const after = this.#seq === null ? '' : `&after=${this.#seq}`;
    return [{ do: 'open', via, base, query: `?since=${this.#version}${after}` }];
  }

  #wait(now: number, upToMs: number): Effect[] {
    this.#state = { is: 'waiting' };
    this.#next += 1;
    this.dueAt = now + this.#options.random() * upToMs;
    return [];
  }

  #ping(now: number, withinMs: number): Effect[] {
    this.#state = { ...this.#state, pingedAt: now } as State;
    this.dueAt = now + withinMs;
    return [{ do: 'ping' }];
  }

  #replied(now: number): Effect[] {
    this.#state = { ...this.#state, pingedAt: null } as State;
    this.dueAt = now + PING_EVERY_MS;
    return [];
  }

  #game({ game, version, reset = false }: Extract<ServerFrame, { type: 'game' }>): Effect[] {
    if (version <= this.#version && !reset) return [];
    this.#version = version;
    this.#anew ||= reset;
    const resumed = this.#anew ? 'snapshot' : 'gapless';
    this.#anew = false;
    return [{ do: 'tell', game, version, events: [], resumed }];
  }

  #events({ events, reset = false }: Extract<ServerFrame, { type: 'events' }>): Effect[] {
    const known = reset ? 0 : (this.#seq ?? 0);
    const news = events.filter(({ seq }) => seq > known);
    const [first] = news;
    const last = news.at(-1);
    if (first === undefined || last === undefined) return [];
    this.#anew ||= reset || (this.#seq !== null && first.seq > this.#seq + 1);
    this.#seq = last.seq;
    return [
      { do: 'tell', game: null, version: this.#version, events: news, resumed: this.#anew ? 'snapshot' : 'gapless' },
    ];
  }
}

function isSilent({ via, heardAt }: { readonly via: Via; readonly heardAt: number | null }, now: number): boolean {
  return via === 'stream' && heardAt !== null && now - heardAt >= SILENCE_MS;
}
