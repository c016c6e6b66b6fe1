/**
 * Watched games of this gateway: one subscription a game, however many sockets look at it.
 *
 * Role: turns commits of this member and pushes of others (which may be lost) into a stream of committed states whose versions only rise.
 * Why re-reading: the last push may be the lost one. So every game is read again every few seconds, when its slot changes hands, and after
 * a reconnect; each read renews the owner's interest in publishing.
 * Invariants: a listener never gets a version below the last one it got, unless it was told that the game is gone since; that is told once.
 */
import type { Clock } from '../ports/clock.ts';
import type { Messaging, Subscription } from '../ports/messaging.ts';
import type { Random } from '../ports/random.ts';
import type { CommittedGame } from '../session/committed-game.ts';
import type { Rules } from '../session/rules.ts';
import type { Answer, GameUpdate, WatchSubject } from './gateway.ts';
import type { MemberOperation } from './rpc.ts';
import { decodeUpdate } from './updates.ts';
import { type EventSource, Watcher } from './watcher.ts';

const REREAD_MS = 5_000;

export interface WatchHubContext<State> extends EventSource {
  readonly clock: Clock;
  readonly random: Random;
  readonly rules: Rules<State, unknown>;
  slotOf(gameId: string): number;
  messaging(): Messaging | null;
  /** An update that cannot be read. */
  broken(gameId: string, error: unknown): void;
  /** A strong read that asks the owner to publish. */
  read(operation: MemberOperation): Promise<Answer>;
}

interface Watched<State> {
  readonly gameId: string;
  readonly watchers: Set<Watcher<State>>;
  subscription: Subscription | null;
  reading: boolean;
  readAgain: boolean;
}

type Asked<State> = ReadonlyMap<Watcher<State>, number>;

export class WatchHub<State> {
  private readonly context: WatchHubContext<State>;
  private readonly games = new Map<string, Watched<State>>();

  constructor(context: WatchHubContext<State>) {
    this.context = context;
  }

  watch(subject: WatchSubject, onUpdate: (update: GameUpdate) => void): () => void {
    const { gameId } = subject;
    const watched = this.games.get(gameId) ?? this.open(gameId);
    const watcher = new Watcher<State>(this.context, subject, onUpdate);
    watched.watchers.add(watcher);
    void this.reread(watched);
    return () => {
      watcher.stop();
      watched.watchers.delete(watcher);
      if (watched.watchers.size > 0) return;
      watched.subscription?.stop();
      if (this.games.get(gameId) === watched) this.games.delete(gameId);
    };
  }

  /** A commit on this very member: no message is needed. */
  committedHere(gameId: string, game: CommittedGame<State>): void {
    const watched = this.games.get(gameId);
    if (watched !== undefined) deliverAll(watched, game);
  }

  /** The slot changed hands: its new owner knows of no interest yet. */
  slotChanged(slot: number): void {
    for (const watched of this.games.values()) {
      if (this.context.slotOf(watched.gameId) === slot) void this.reread(watched);
    }
  }

  /** Messages may have been missed everywhere. */
  reconnected(): void {
    for (const watched of this.games.values()) void this.reread(watched);
  }

  private open(gameId: string): Watched<State> {
    const watched = {
      gameId,
      watchers: new Set<Watcher<State>>(),
      subscription: null,
      reading: false,
      readAgain: false,
    };
    this.games.set(gameId, watched);
    this.keepReading(watched);
    return watched;
  }

  private keepReading(watched: Watched<State>): void {
    this.context.clock.after(REREAD_MS * (0.75 + this.context.random.fraction() / 2), () => {
      if (this.games.get(watched.gameId) !== watched) return;
      void this.reread(watched);
      this.keepReading(watched);
    });
  }

  private async reread(watched: Watched<State>): Promise<void> {
    if (watched.reading) {
      watched.readAgain = true;
      return;
    }
    watched.reading = true;
    this.subscribe(watched);
    do {
      watched.readAgain = false;
      const asked = new Map([...watched.watchers].map((watcher) => [watcher, watcher.version]));
      const answer = await this.context.read({ kind: 'state', gameId: watched.gameId });
      if (answer.status === 200) this.deliver(watched, answer.body, asked);
      else if (answer.status === 404) deliverGone(asked);
    } while (watched.readAgain);
    watched.reading = false;
  }

  /** `asked`: of a strong read, what each watcher had seen before it. */
  private deliver(watched: Watched<State>, update: string, asked: Asked<State> = new Map()): void {
    try {
      const game = decodeUpdate(this.context.rules, update);
      // No strong read goes back: this is another game of that id, or NATS has lost what they saw.
      deliverGone(new Map([...asked].filter(([, version]) => version > game.version)));
      deliverAll(watched, game);
    } catch (error) {
      this.context.broken(watched.gameId, error);
    }
  }

  private subscribe(watched: Watched<State>): void {
    if (watched.subscription !== null || this.games.get(watched.gameId) !== watched) return;
    const slot = this.context.slotOf(watched.gameId);
    watched.subscription =
      this.context.messaging()?.subscribe(slot, watched.gameId, (payload) => {
        this.deliver(watched, new TextDecoder().decode(payload));
      }) ?? null;
  }
}

function deliverAll<State>(watched: Watched<State>, game: CommittedGame<State>): void {
  for (const watcher of watched.watchers) watcher.deliver(game);
}

/** To those who have seen nothing new since the read that found no such game: it may have been made meanwhile. */
function deliverGone<State>(asked: Asked<State>): void {
  for (const [watcher, version] of asked) {
    if (watcher.gone || watcher.version !== version) continue;
    watcher.deliverGone();
  }
}
