/**
 * Watched games of this gateway: one subscription a game, however many sockets look at it.
 *
 * Role: turns commits of this member and pushes of others (which may be lost) into a stream of committed states whose versions only rise.
 * Why re-reading: the last push may be the lost one. So every game is read again every few seconds, when its slot changes hands, and after
 * a reconnect; each read renews the owner's interest in publishing.
 * Invariants: a listener never gets a version at or below the last one it got, unless it was told `null` (not alive) since; that is told once.
 */
import type { Clock } from '../ports/clock.ts';
import type { Messaging, Subscription } from '../ports/messaging.ts';
import type { Random } from '../ports/random.ts';
import type { Viewer } from '../session/rules.ts';
import type { Answer, GameUpdate, Operation } from './gateway.ts';
import { type CommittedState, decodeUpdate } from './updates.ts';

const REREAD_MS = 5_000;

export interface WatchHubContext {
  readonly clock: Clock;
  readonly random: Random;
  slotOf(gameId: string): number;
  messaging(): Messaging | null;
  /** A strong read that asks the owner to publish. */
  read(operation: Operation): Promise<Answer>;
}

interface Watcher {
  readonly viewer: Viewer;
  readonly onUpdate: (update: GameUpdate) => void;
  version: number;
  gone: boolean;
}

interface Watched {
  readonly gameId: string;
  readonly watchers: Set<Watcher>;
  subscription: Subscription | null;
  reading: boolean;
  readAgain: boolean;
}

export class WatchHub {
  private readonly context: WatchHubContext;
  private readonly games = new Map<string, Watched>();

  constructor(context: WatchHubContext) {
    this.context = context;
  }

  watch(gameId: string, viewer: Viewer, onUpdate: (update: GameUpdate) => void): () => void {
    const watched = this.games.get(gameId) ?? this.open(gameId);
    const watcher: Watcher = { viewer, onUpdate, version: 0, gone: false };
    watched.watchers.add(watcher);
    void this.reread(watched);
    return () => {
      watched.watchers.delete(watcher);
      if (watched.watchers.size > 0) return;
      watched.subscription?.stop();
      if (this.games.get(gameId) === watched) this.games.delete(gameId);
    };
  }

  /** A commit on this very member: no message is needed. */
  committedHere(gameId: string, state: CommittedState): void {
    const watched = this.games.get(gameId);
    if (watched === undefined) return;
    for (const watcher of watched.watchers) deliver(watcher, state.committedVersion, state.view(watcher.viewer));
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

  private open(gameId: string): Watched {
    const watched: Watched = { gameId, watchers: new Set(), subscription: null, reading: false, readAgain: false };
    this.games.set(gameId, watched);
    this.keepReading(watched);
    return watched;
  }

  private keepReading(watched: Watched): void {
    this.context.clock.after(REREAD_MS * (0.75 + this.context.random.fraction() / 2), () => {
      if (this.games.get(watched.gameId) !== watched) return;
      void this.reread(watched);
      this.keepReading(watched);
    });
  }

  private async reread(watched: Watched): Promise<void> {
    if (watched.reading) {
      watched.readAgain = true;
      return;
    }
    watched.reading = true;
    this.subscribe(watched);
    do {
      watched.readAgain = false;
      for (const viewer of new Set([...watched.watchers].map((watcher) => watcher.viewer))) {
        const { gameId } = watched;
        const asked = new Map([...watched.watchers].map((watcher) => [watcher, watcher.version]));
        const answer = await this.context.read({ kind: 'read', gameId, viewer, consistency: 'strong' });
        if (answer.status === 200) this.deliverAnswer(watched, viewer, answer);
        else if (answer.status === 404) this.deliverGone(asked);
      }
    } while (watched.readAgain);
    watched.reading = false;
  }

  private subscribe(watched: Watched): void {
    if (watched.subscription !== null || this.games.get(watched.gameId) !== watched) return;
    const slot = this.context.slotOf(watched.gameId);
    watched.subscription =
      this.context.messaging()?.subscribe(slot, watched.gameId, (payload) => {
        const { version, views } = decodeUpdate(payload);
        for (const watcher of watched.watchers) deliver(watcher, version, views[watcher.viewer]);
      }) ?? null;
  }

  private deliverAnswer(watched: Watched, viewer: Viewer, answer: Answer): void {
    const { version, game } = JSON.parse(answer.body) as { version: number; game: unknown };
    const text = JSON.stringify(game);
    for (const watcher of watched.watchers) if (watcher.viewer === viewer) deliver(watcher, version, text);
  }

  /** To those who have seen nothing new since the read that found no game: it may have been made meanwhile. */
  private deliverGone(asked: ReadonlyMap<Watcher, number>): void {
    for (const [watcher, version] of asked) {
      if (watcher.gone || watcher.version !== version) continue;
      watcher.gone = true;
      watcher.onUpdate({ version, viewer: watcher.viewer, game: null });
    }
  }
}

function deliver(watcher: Watcher, version: number, game: string): void {
  // The same state again is news to whoever was told that there is no game.
  if (version < watcher.version || (version === watcher.version && !watcher.gone)) return;
  watcher.version = version;
  watcher.gone = false;
  watcher.onUpdate({ version, viewer: watcher.viewer, game });
}
