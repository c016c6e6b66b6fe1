/**
 * Watched games of this gateway: one subscription a game, however many sockets look at it.
 *
 * Role: turns commits of this member and pushes of others (which may be lost) into a stream of committed states.
 * Why re-reading: the last push may be the lost one. So every game is read again every few seconds, when its slot changes hands, and after
 * a reconnect; each read renews the owner's interest in publishing.
 * Invariants: a listener never gets a version below the last one it got, unless it was told that the game is gone, or starts over; each is
 * told once.
 */
import type { Clock } from '../../ports/clock.ts';
import type { Messaging, Subscription } from '../../ports/messaging.ts';
import type { Random } from '../../ports/random.ts';
import type { CommittedGame } from '../../session/committed-game.ts';
import type { Rules } from '../../session/rules.ts';
import type { Answer, GameUpdate, WatchSubject } from '../contract/gateway.ts';
import type { Presence, Word } from '../contract/presence.ts';
import type { MemberOperation } from '../contract/rpc.ts';
import { decodeUpdate, presenceIn } from '../contract/updates.ts';
import { Limiter } from '../kit/limiter.ts';
import { Tasks } from '../kit/tasks.ts';
import { type EventSource, type Had, Watcher } from './watcher.ts';

const REREAD_MS = 5_000;
/** Of all games that have to be read again at once, after a reconnect or a takeover: so many together, and no more than one in a ms. */
const REREADS_AT_ONCE = 32;
/** How long somebody has to be gone before it is said. */
const SAY_AFTER_MS = 1_000;
/** Of so many games at once; of more, the owners find out when the word is not renewed. */
const MOST_LEFT = 4_096;

export interface WatchHubContext<State> extends EventSource {
  readonly clock: Clock;
  readonly random: Random;
  readonly rules: Rules<State, unknown>;
  /** Cluster time, ms. */
  now(): number;
  /** The id of this member. */
  readonly self: string;
  slotOf(gameId: string): number;
  messaging(): Messaging | null;
  /** A strong read that asks the owner to publish. */
  read(operation: MemberOperation): Promise<Answer>;
}

interface Watched<State> {
  readonly gameId: string;
  readonly slot: number;
  readonly watchers: Set<Watcher<State>>;
  subscription: Subscription | null;
  reading: boolean;
  readAgain: boolean;
  /** It is among those that are read again one after another. */
  queued: boolean;
  presence: Presence | null;
}

/** Of a strong read: what each watcher had when it began. */
type Asked<State> = ReadonlyMap<Watcher<State>, Had>;

export class WatchHub<State> {
  private readonly context: WatchHubContext<State>;
  private readonly games = new Map<string, Watched<State>>();
  private readonly slots = new Map<number, Set<Watched<State>>>();
  private readonly rereads = new Limiter(REREADS_AT_ONCE);
  /** Games of which somebody went, and whose owners are not told yet. */
  private readonly left = new Set<string>();
  private readonly tasks: Tasks;

  constructor(context: WatchHubContext<State>) {
    this.context = context;
    this.tasks = new Tasks({ failed: (gameId, error) => context.broken(gameId, error) });
  }

  watch(subject: WatchSubject, onUpdate: (update: GameUpdate) => void): () => void {
    const { gameId } = subject;
    const watched = this.games.get(gameId) ?? this.open(gameId);
    const watcher = new Watcher<State>(this.context, subject, this.context.now(), onUpdate);
    watched.watchers.add(watcher);
    if (watched.presence !== null) watcher.deliverPresence(watched.presence);
    this.tasks.run(gameId, this.reread(watched));
    return () => {
      if (isCounted(watcher)) this.sayAgain(watched);
      watcher.stop();
      watched.watchers.delete(watcher);
      if (watched.watchers.size === 0) this.close(watched);
    };
  }

  /** A commit on this very member: no message is needed. */
  committedHere(gameId: string, game: CommittedGame<State>): void {
    const watched = this.games.get(gameId);
    if (watched !== undefined) this.deliverAll(watched, game);
  }

  /** Of a game of this very member. */
  followed(gameId: string, presence: Presence): void {
    const watched = this.games.get(gameId);
    if (watched !== undefined) this.tellPresence(watched, presence);
  }

  /** The slot changed hands: its new owner knows of no interest yet. */
  slotChanged(slot: number): void {
    this.rereadAll(this.slots.get(slot) ?? []);
  }

  /** Messages may have been missed everywhere. */
  reconnected(): void {
    this.rereadAll(this.games.values());
  }

  private open(gameId: string): Watched<State> {
    const slot = this.context.slotOf(gameId);
    const watched = {
      gameId,
      slot,
      watchers: new Set<Watcher<State>>(),
      subscription: null,
      reading: false,
      readAgain: false,
      queued: false,
      presence: null,
    };
    this.games.set(gameId, watched);
    this.slots.set(slot, (this.slots.get(slot) ?? new Set()).add(watched));
    this.keepReading(watched);
    return watched;
  }

  private close(watched: Watched<State>): void {
    const { gameId, slot } = watched;
    watched.subscription?.stop();
    if (this.games.get(gameId) !== watched) return;
    this.games.delete(gameId);
    const beside = this.slots.get(slot);
    beside?.delete(watched);
    if (beside?.size === 0) this.slots.delete(slot);
  }

  private rereadAll(games: Iterable<Watched<State>>): void {
    const { clock, random } = this.context;
    const all = [...games].filter(({ queued }) => !queued);
    for (const watched of all) {
      watched.queued = true;
      clock.after(random.fraction() * Math.min(all.length - 1, REREAD_MS), () => {
        const reread = this.rereads.run(clock.monotonic(), async () => {
          watched.queued = false;
          if (this.games.get(watched.gameId) === watched) await this.reread(watched);
        });
        this.tasks.run(watched.gameId, reread);
      });
    }
  }

  private keepReading(watched: Watched<State>): void {
    this.context.clock.after(REREAD_MS * (0.75 + this.context.random.fraction() / 2), () => {
      if (this.games.get(watched.gameId) !== watched) return;
      this.tasks.run(watched.gameId, this.reread(watched));
      this.keepReading(watched);
    });
  }

  /** Somebody went. Whoever comes back at once, as pages do that are loaded anew, was never away. */
  private sayAgain({ gameId }: Watched<State>): void {
    const { clock } = this.context;
    if (this.left.has(gameId) || this.left.size >= MOST_LEFT) return;
    this.left.add(gameId);
    clock.after(SAY_AFTER_MS, () => {
      const said = this.rereads.run(clock.monotonic(), async () => {
        this.left.delete(gameId);
        const watched = this.games.get(gameId);
        if (watched !== undefined) await this.reread(watched);
        else await this.context.read({ kind: 'state', gameId, present: this.word([]) });
      });
      this.tasks.run(gameId, said);
    });
  }

  /** What this member says of those who follow a game here. */
  private word(watchers: Iterable<Watcher<State>>): Word {
    const players: Record<string, number> = {};
    let spectators = 0;
    for (const watcher of watchers) {
      const { caller, openedAt } = watcher;
      if (!isCounted(watcher)) continue;
      if (caller.kind === 'public') spectators += 1;
      else if (caller.kind === 'player')
        players[caller.playerId] = Math.min(openedAt, players[caller.playerId] ?? openedAt);
    }
    return { gateway: this.context.self, at: this.context.now(), players, spectators };
  }

  private tellPresence(watched: Watched<State>, presence: Presence): void {
    // Another owner's may come late.
    if (watched.presence !== null && watched.presence.at >= presence.at) return;
    watched.presence = presence;
    for (const watcher of watched.watchers) this.tell(watched, () => watcher.deliverPresence(presence));
  }

  private async reread(watched: Watched<State>): Promise<void> {
    if (watched.reading) {
      watched.readAgain = true;
      return;
    }
    watched.reading = true;
    try {
      do await this.readOnce(watched);
      while (watched.readAgain);
    } finally {
      watched.reading = false;
    }
  }

  private async readOnce(watched: Watched<State>): Promise<void> {
    watched.readAgain = false;
    this.subscribe(watched);
    const asked = new Map([...watched.watchers].map((watcher) => [watcher, watcher.had]));
    // So the owner knows that the host is there, whose socket answers pings.
    const host = [...watched.watchers].find(({ isHost }) => isHost)?.caller;
    const present = this.word(watched.watchers);
    const answer = await this.context.read({ kind: 'state', gameId: watched.gameId, present, ...(host && { host }) });
    if (answer.status === 200) this.deliver(watched, answer.body, asked);
    else if (answer.status === 404) this.deliverGone(watched, asked);
  }

  private deliver(watched: Watched<State>, update: string, asked: Asked<State> = new Map()): void {
    try {
      const game = decodeUpdate(this.context.rules, update);
      for (const [watcher, had] of asked) this.tell(watched, () => watcher.deliverRead(game, had));
      this.deliverAll(watched, game);
      const presence = presenceIn(update);
      if (presence !== null) this.tellPresence(watched, presence);
    } catch (error) {
      this.context.broken(watched.gameId, error);
    }
  }

  private subscribe(watched: Watched<State>): void {
    if (watched.subscription !== null || this.games.get(watched.gameId) !== watched) return;
    watched.subscription =
      this.context.messaging()?.subscribe(watched.slot, watched.gameId, (payload) => {
        this.deliver(watched, new TextDecoder().decode(payload));
      }) ?? null;
  }

  private deliverAll(watched: Watched<State>, game: CommittedGame<State>): void {
    for (const watcher of watched.watchers) this.tell(watched, () => watcher.deliver(game));
  }

  /** To those who have seen nothing new since the read that found no such game: it may have been made meanwhile. */
  private deliverGone(watched: Watched<State>, asked: Asked<State>): void {
    for (const [watcher, { version }] of asked) {
      if (!watcher.isGone && watcher.had.version === version) this.tell(watched, () => watcher.deliverGone());
    }
  }

  /** One watcher that fails costs nobody else anything: neither the other ones, nor whoever committed. */
  private tell({ gameId }: Watched<State>, tell: () => void): void {
    try {
      tell();
    } catch (error) {
      this.context.broken(gameId, error);
    }
  }
}

/** Administrators follow unseen; whose token holds no more follows nothing. */
function isCounted<State>({ caller, isStopped }: Watcher<State>): boolean {
  return caller.kind !== 'admin' && !isStopped;
}
