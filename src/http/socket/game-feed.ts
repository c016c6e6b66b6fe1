/**
 * What a watch tells of a game, as frames for one client: the same over a socket and over a stream.
 *
 * Invariants:
 *  - Events go before the game of the same change, and none is skipped.
 *  - A game that shows this viewer nothing new, though its version is newer, is not sent.
 */
import { hash } from 'node:crypto';
import type { GameUpdate } from '../../member/contract/gateway.ts';
import type { Closing } from '../api/close-codes.ts';
import type { Edge } from '../edge/edge.ts';
import { serverTime } from '../edge/server-time.ts';
import { eventsFrame, gameFrame, presenceFrame } from './socket-frames.ts';
import type { SocketOutbox } from './socket-outbox.ts';

/** What the client has once it has read a frame. */
export interface Position {
  readonly version: number;
  /** Of the last event. */
  readonly seq: number;
}

export interface FeedClient {
  readonly outbox: SocketOutbox;
  /** A frame as it goes over the wire. */
  wrap(type: 'game' | 'events' | 'presence', frame: string, at: Position): string;
  close(why: Closing, reason?: string): void;
}

/** Passes on what the watch tells. */
export class GameFeed {
  readonly #edge: Pick<Edge, 'gateway'>;
  readonly #client: FeedClient;
  /** The version of the last game that was written, and the last event. */
  #at: Position;
  /** Of what the game that was offered last shows. A digest, because views are large and clients are many. */
  #shown: string | null = null;
  /** Who followed the game when that was offered last. */
  #followers: string | null = null;

  /** `had`: what the client has. */
  constructor(edge: Pick<Edge, 'gateway'>, client: FeedClient, had: Position = { version: 0, seq: 0 }) {
    this.#edge = edge;
    this.#client = client;
    this.#at = had;
  }

  updated(update: GameUpdate): void {
    const { outbox } = this.#client;
    switch (update.kind) {
      case 'state': {
        const { version, reset, seq, events } = update;
        if (reset) outbox.startOver();
        this.#at = { version: reset ? 0 : this.#at.version, seq };
        if (events.length > 0) {
          const frame = eventsFrame(events, reset, serverTime(this.#edge.gateway));
          outbox.send(this.#client.wrap('events', frame, this.#at));
        }
        const shows = digestOf(update.game);
        if (shows === this.#shown && !reset) return;
        this.#shown = shows;
        outbox.offerGame(version, (startsOver) => {
          this.#at = { ...this.#at, version };
          return this.#client.wrap('game', gameFrame(update, startsOver, serverTime(this.#edge.gateway)), this.#at);
        });
        break;
      }
      case 'presence': {
        const followers = `${update.spectators} ${update.players}`;
        if (followers === this.#followers) return;
        this.#followers = followers;
        outbox.offerPresence(() =>
          this.#client.wrap('presence', presenceFrame(update, serverTime(this.#edge.gateway)), this.#at),
        );
        break;
      }
      case 'gone':
        // The last state of a game that is over may still wait behind the one before it.
        outbox.flush();
        this.#client.close('notAlive');
        break;
      case 'refused':
        this.#client.close(update.code === 'forbidden' ? 'forbidden' : 'unauthorized', update.detail);
    }
  }
}

let latest = { text: '', digest: '' };

/** Clients who see the same are told one after another: it is computed once for them. */
function digestOf(text: string): string {
  if (latest.text !== text) latest = { text, digest: hash('sha1', text, 'base64') };
  return latest.digest;
}
