/**
 * One game as it is followed, by a seat or by a spectator: what is seen, as it comes.
 *
 * Role: the shell of feed.ts: opens its connections, keeps its timer, hands its news to whoever reads.
 * Invariant: what comes over a connection that was given up is not heard.
 */
import type { ViewOf } from '../game/module.ts';
import { eventReader } from './event-stream.ts';
import { type Effect, Feed, type Resumed, type Via } from './feed.ts';
import type { Host, Socket } from './host.ts';
import { Mailbox } from './mailbox.ts';
import {
  type Game,
  type GameEvent,
  NOT_ALIVE,
  type Player,
  type Presence,
  type ServerFrame,
  type Stamped,
} from './protocol.ts';
import { ServerClock } from './server-clock.ts';

/** Of a module's type: `import type game from './my-game.ts'`, then `typeof game`. Of none: whatever the server shows. */
export type View<Module> = [ViewOf<Module>] extends [never] ? unknown : ViewOf<Module> | null;

export interface Clock {
  /** The server's time, ms since the epoch. */
  readonly now: number;
  readonly roundEndsAt: number | null;
  /** Ms until the round ends; null: no clock runs. */
  readonly leftMs: number | null;
}

export interface Update<Module = unknown> {
  /** What the module shows; null in a lobby. */
  readonly view: View<Module>;
  /** The platform's part. */
  readonly game: Game;
  readonly version: number;
  /** What happened since the update before; some may come before the view that shows it. */
  readonly events: readonly GameEvent[];
  readonly players: readonly Player[];
  /** Who follows the game; null: not told yet, and by servers that do not say. */
  readonly presence: Presence | null;
  /** Goes on: reads it when asked. */
  readonly clock: Clock;
  /** Whether anything may be missing since the update before. */
  readonly resumed: Resumed;
}

/** The end for good: no such game, or no token that holds. */
export class Ended extends Error {
  override readonly name = 'Ended';
  /** As the server closes sockets: 4401, 4403, 4404. */
  readonly code: number;

  constructor(code: number, reason: string) {
    super(reason);
    this.code = code;
  }
}

/** Whom the server lets in; `token` null: a spectator. */
export interface Followed {
  readonly gameId: string;
  readonly token: string | null;
}

export class Watch<Module = unknown> implements AsyncIterable<Update<Module>> {
  protected readonly host: Host;
  /** Aborted by `close`. */
  protected readonly stopped = new AbortController();
  readonly #followed: Followed;
  readonly #feed: Feed;
  readonly #clock = new ServerClock();
  readonly #readers = new Set<Mailbox>();
  #newest: { readonly game: Game; readonly version: number } | null = null;
  #presence: Presence | null = null;
  #end: Ended | null = null;
  /** Gives up the connection that there is. */
  #drop: () => void = () => undefined;
  #ping: () => void = () => undefined;
  #cancelTimer: () => void = () => undefined;

  constructor(host: Host, bases: readonly string[], followed: Followed) {
    this.host = host;
    this.#followed = followed;
    this.#feed = new Feed({ bases, sockets: host.WebSocket !== null, random: host.random });
    this.#do(this.#feed.begin(host.now()));
  }

  /** Which way news come just now; null: a connection is being made. Nothing is lost meanwhile. */
  get connection(): { readonly via: Via; readonly base: string } | null {
    return this.#feed.connected;
  }

  /** Every change, from the newest state on: the newest view alone for whoever is slow, and every event. Throws Ended. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Update<Module>, void, undefined> {
    const mailbox = new Mailbox();
    if (this.#newest !== null) mailbox.put(this.#newest.game, this.#newest.version, [], 'snapshot');
    this.#readers.add(mailbox);
    try {
      for (;;) {
        const letter = mailbox.take();
        if (letter !== null) yield this.#updateOf(letter);
        else if (this.stopped.signal.aborted) return;
        else if (this.#end !== null) {
          if (this.#end.code === NOT_ALIVE && this.#newest?.game.status === 'concluded') return;
          throw this.#end;
        } else await mailbox.wait();
      }
    } finally {
      this.#readers.delete(mailbox);
    }
  }

  /** Ends the connection and all that waits. */
  close(): void {
    this.stopped.abort();
    this.#do(this.#feed.stop());
    for (const mailbox of this.#readers) mailbox.wake();
  }

  /** The round that was seen last. */
  protected get round(): number {
    return this.#newest?.game.round ?? 1;
  }

  #updateOf({
    game,
    version,
    events,
    resumed,
  }: {
    game: Game;
    version: number;
    events: readonly GameEvent[];
    resumed: Resumed;
  }): Update<Module> {
    const now = () => this.#clock.at(this.host.now()) ?? this.host.wall();
    const presence = this.#presence;
    const roundEndsAt = game.roundEndTime === null ? null : Date.parse(game.roundEndTime);
    return {
      view: (game.world ?? null) as View<Module>,
      game,
      version,
      events,
      players: Object.values(game.players ?? {}).map((player) => withPresence(player, presence)),
      presence,
      clock: {
        get now() {
          return now();
        },
        roundEndsAt,
        get leftMs() {
          return roundEndsAt === null ? null : Math.max(0, roundEndsAt - now());
        },
      },
      resumed,
    };
  }

  #do(effects: readonly Effect[]): void {
    for (const effect of effects) this.#perform(effect);
    this.#cancelTimer();
    const { dueAt } = this.#feed;
    if (dueAt === Number.POSITIVE_INFINITY) return;
    const now = this.host.now();
    this.#cancelTimer = this.host.after(Math.max(0, dueAt - now), () => this.#do(this.#feed.tick(this.host.now())));
  }

  #perform(effect: Effect): void {
    switch (effect.do) {
      case 'open':
        this.#drop();
        if (effect.via === 'socket') this.#openSocket(effect.base, effect.query);
        else void this.#openStream(effect.base, effect.query);
        break;
      case 'ping':
        this.#ping();
        break;
      case 'drop':
        this.#drop();
        break;
      case 'sample':
        this.#clock.sample(effect.sentAt, this.host.now(), Date.parse(effect.serverTime));
        break;
      case 'tell': {
        const { game, version, events, resumed } = effect;
        if (game !== null) this.#newest = { game, version };
        for (const mailbox of this.#readers) mailbox.put(game, version, events, resumed);
        break;
      }
      case 'presence':
        this.#presence = effect.presence;
        for (const mailbox of this.#readers) mailbox.put(null, 0, [], 'gapless');
        break;
      case 'end':
        this.#end = new Ended(effect.code, effect.reason);
        for (const mailbox of this.#readers) mailbox.wake();
    }
  }

  #openSocket(base: string, query: string): void {
    const { gameId, token } = this.#followed;
    const url = `${base.replace(/^http/, 'ws')}/v1/games/${gameId}/ws${query}`;
    const SocketClass = this.host.WebSocket as NonNullable<Host['WebSocket']>;
    const now = () => this.host.now();
    let socket: Socket;
    try {
      socket = new SocketClass(url, ['minotaur.v1', ...(token === null ? [] : [`bearer.${token}`])]);
    } catch (error) {
      // A policy of the page may forbid it.
      this.#do(this.#feed.ended(null, (error as Error).message, now()));
      return;
    }
    socket.onopen = () => this.#do(this.#feed.opened(now()));
    socket.onmessage = ({ data }) => this.#do(this.#feed.heard(frameOf(String(data)), now()));
    socket.onclose = ({ code, reason }) => this.#do(this.#feed.ended(code, reason, now()));
    socket.onerror = () => undefined;
    this.#ping = () => socket.send('{"ref":0,"type":"ping"}');
    this.#drop = () => {
      socket.onopen = socket.onmessage = socket.onclose = null;
      this.#drop = () => undefined;
      socket.close();
    };
  }

  async #openStream(base: string, query: string): Promise<void> {
    const { gameId, token } = this.#followed;
    const abort = new AbortController();
    const { signal } = abort;
    this.#drop = () => abort.abort();
    const told = (effects: () => readonly Effect[]) => {
      if (!signal.aborted) this.#do(effects());
    };
    const now = () => this.host.now();
    const address = `${base}/v1/games/${gameId}`;
    const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
    // A stream is deaf: what a ping would tell, a read of the same server does.
    this.#ping = () => {
      this.host
        .fetch(`${address}?consistency=eventual`, { headers, signal })
        .then((response) => response.text())
        .then((text) => told(() => this.#feed.heard({ ...frameOf(text), type: 'reply' }, now())))
        .catch(() => undefined);
    };
    let code: number | null = null;
    try {
      const response = await this.host.fetch(`${address}/stream${query}`, { headers, signal });
      if (response.body === null || response.status !== 200) {
        // A refusal, as a socket would be closed with it.
        if ([400, 401, 403, 404, 429].includes(response.status)) code = 4000 + response.status;
        throw new Error(await response.text());
      }
      told(() => this.#feed.opened(now()));
      const read = eventReader();
      const decoder = new TextDecoder();
      const reader = response.body.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) throw new Error('the stream is over');
        for (const text of read(decoder.decode(value, { stream: true }))) {
          told(() => this.#feed.heard(text === null ? null : frameOf(text), now()));
        }
      }
    } catch (error) {
      told(() => this.#feed.ended(code, (error as Error).message, now()));
    }
  }
}

function withPresence(player: Player, presence: Presence | null): Player {
  if (presence === null || player.bot === true) return player;
  return { ...player, connected: presence.players[player.id]?.connected === true };
}

/** Null: not one that can be understood. */
function frameOf(text: string): (ServerFrame & Stamped) | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
