/**
 * Delivers what happens in the games of this incarnation to the webhook.
 *
 * Role: sends one event of a game after another. What is outstanding, sessions say (contract/outbox.ts); how far a game was told they keep. So
 * nothing here has to survive.
 * Invariants:
 *  - Of a game one event is under way at most, and the next one only once that was delivered or is given up.
 *  - No more than schedule.ts allows is under way, whatever the number of games.
 */
import type { Clock, Timer } from '../../ports/clock.ts';
import type { Meter } from '../../ports/meter.ts';
import type { Outgoing } from '../../ports/outgoing.ts';
import type { Random } from '../../ports/random.ts';
import type { Notice } from '../../session/rules.ts';
import type { Told } from '../../session/told.ts';
import type { ClusterTime } from '../contract/cluster-time.ts';
import type { WebhookReport } from '../contract/gateway.ts';
import type { NoticeSource, Outbox } from '../contract/outbox.ts';
import { every } from '../kit/every.ts';
import type { Incidents, Log } from '../kit/incidents.ts';
import { Tasks } from '../kit/tasks.ts';
import { WebhookReports } from './reports.ts';
import {
  afterFailure,
  allowedAtOnce,
  type Condition,
  HEALTHY,
  isOfOneGame,
  isTooOld,
  pauseOfGame,
  verdictOf,
} from './schedule.ts';
import { signedHeaders } from './signature.ts';
import { type Game, WaitingGames } from './waiting-games.ts';

/** So long after the last event that is done with it is stored how far a game was told, if nothing else of it was. */
const KEPT_AFTER_MS = 30_000;
/** What is too old is looked for so often, whatever the receiver does. */
const EXPIRE_MS = 30_000;

/** As an operator has set it up. */
export interface Webhook {
  readonly outgoing: Outgoing;
  readonly secrets: readonly string[];
  readonly timeoutMs: number;
  readonly giveUpMs: number;
}

export interface WebhookContext {
  readonly webhook: Webhook;
  readonly source: NoticeSource;
  readonly clock: Clock;
  readonly time: Pick<ClusterTime, 'now'>;
  readonly random: Random;
  readonly log: Log;
  readonly meter: Meter;
  readonly incidents: Incidents;
}

export interface OutboxSizes {
  /** Games of which something is outstanding. */
  readonly games: number;
  /** For how long the oldest event has waited, ms, as far as it is known. */
  readonly oldestMs: number;
}

export class WebhookOutbox implements Outbox {
  private readonly context: WebhookContext;
  private readonly reports: WebhookReports;
  private readonly games: WaitingGames;
  private readonly tasks: Tasks;
  private readonly expiring: Timer;
  private condition: Condition = HEALTHY;
  private sending = 0;
  private waking: Timer | null = null;
  private isExpiring = false;
  private isStopped = false;

  constructor(context: WebhookContext) {
    const { clock } = context;
    this.context = context;
    this.tasks = new Tasks(context.incidents);
    this.reports = new WebhookReports(context);
    this.games = new WaitingGames(clock, (game) => this.due(game));
    this.expiring = every(clock, EXPIRE_MS, () => this.tasks.run('webhook', this.expire()));
  }

  outstanding(slot: number, gameId: string, isOver: boolean): boolean {
    if (this.isStopped) return true;
    const hasRoom = this.games.add(slot, gameId, isOver);
    if (!hasRoom) this.reports.givenUp({ gameId, events: 1, reason: 'full' });
    this.pump();
    return hasRoom;
  }

  forget(slot: number, gameId: string): void {
    this.games.forget({ slot, gameId });
  }

  forgetSlot(slot: number): void {
    for (const game of this.games.all) if (game.slot === slot) this.games.forget(game);
  }

  stop(): void {
    this.isStopped = true;
    this.expiring.cancel();
    this.waking?.cancel();
    this.games.stop();
  }

  get sizes(): OutboxSizes {
    const waiting = this.games.all.filter(({ phase }) => phase !== 'resting');
    const oldest = waiting.reduce((least, { since }) => Math.min(least, since ?? least), Number.POSITIVE_INFINITY);
    // Before anything is outstanding there may be no cluster time yet.
    const oldestMs = oldest === Number.POSITIVE_INFINITY ? 0 : this.context.time.now() - oldest;
    return { games: waiting.length, oldestMs };
  }

  get report(): WebhookReport {
    const { games: waiting, oldestMs } = this.sizes;
    return { waiting, oldestMs: Math.round(oldestMs), ...this.reports.past };
  }

  private due(game: Game): void {
    if (game.phase === 'resting') this.tasks.run('webhook', this.keep(game));
    else {
      this.games.makeReady(game);
      this.pump();
    }
  }

  /** Until it is stored how far the game was told, it rests. */
  private async keep(game: Game): Promise<void> {
    game.isFurther = false;
    let isStored = false;
    try {
      isStored = await this.context.source.keep(game.slot, game.gameId);
    } finally {
      if (this.games.isKept(game)) {
        if (!isStored) game.isFurther = true;
        // Otherwise something happened meanwhile; it rests again after that.
        if (game.phase === 'resting') this.rest(game);
      }
    }
  }

  /** Begins as much as may be under way now. */
  private pump(): void {
    const { clock } = this.context;
    while (!this.isStopped && this.sending < allowedAtOnce(this.condition, clock.monotonic())) {
      const game = this.games.takeNext(this.condition.failures > 0);
      if (game === null) return;
      this.sending += 1;
      this.tasks.run('webhook', this.work(game));
    }
    if (!this.games.hasReady || this.sending > 0 || this.isStopped) return;
    // Nothing is under way that would come back here.
    this.waking ??= clock.after(Math.max(1, this.condition.until - clock.monotonic()), () => {
      this.waking = null;
      this.pump();
    });
  }

  private async work(game: Game): Promise<void> {
    try {
      await this.step(game, true);
    } finally {
      this.sending -= 1;
      this.pump();
    }
  }

  /** Looks what is next of a game, and delivers it or gives it up. `maySend`: if not, what is not to be given up stays. */
  private async step(game: Game, maySend: boolean): Promise<void> {
    game.isNews = false;
    try {
      const next = await this.context.source.next(game.slot, game.gameId, game.looks);
      if (!this.games.isKept(game)) return;
      game.looks = next.kind === 'later' && next.isLagging ? game.looks + 1 : 0;
      switch (next.kind) {
        case 'later':
          return this.pause(game);
        case 'none':
          return this.rest(game);
        case 'lost': {
          const { upTo, events, reason } = next;
          this.done(game, upTo);
          if (events > 0) this.reports.givenUp({ gameId: game.gameId, round: upTo.round, events, reason });
          return this.games.makeReady(game);
        }
        case 'notice':
          await this.tell(game, next.notice, maySend);
      }
    } catch (error) {
      if (this.games.isKept(game)) {
        game.looks += 1;
        this.pause(game);
      }
      this.context.incidents.failed(`telling the webhook of ${game.slot}.${game.gameId}`, error);
    }
  }

  private async tell(game: Game, notice: Notice, maySend: boolean): Promise<void> {
    const { time, webhook } = this.context;
    const { at, seq, round, type } = notice;
    game.since = at;
    if (isTooOld(at, time.now(), webhook.giveUpMs)) {
      this.done(game, { seq, round });
      this.reports.givenUp({ gameId: game.gameId, round, type, events: 1, reason: 'age' });
      this.goOn(game);
    } else if (!maySend) this.games.makeReady(game);
    else if (await this.send(game, notice)) {
      // Erased meanwhile, or not ours: what is there under this id now may be another game.
      if (!this.games.isKept(game)) return;
      this.done(game, { seq, round });
      this.goOn(game);
    } else if (this.games.isKept(game)) this.pause(game);
  }

  /** Whether it was accepted. */
  private async send(game: Game, { id, body, at }: Notice): Promise<boolean> {
    const { webhook, clock, meter, time, random } = this.context;
    const headers = signedHeaders({ id, body, wall: clock.wall() }, webhook.secrets);
    const outcome = await webhook.outgoing.post({ headers, body }, webhook.timeoutMs);
    const verdict = verdictOf(outcome);
    this.reports.attempted(verdict, outcome);
    meter.count('webhook_attempts', { outcome: verdict });
    if (verdict === 'delivered') {
      this.condition = HEALTHY;
      this.reports.delivered();
      meter.observe('webhook_seconds', Math.max(0, time.now() - at) / 1000, {});
      return true;
    }
    if (isOfOneGame(outcome)) this.reports.refused(outcome, game.gameId, game.failures + 1);
    else {
      this.condition = afterFailure(this.condition, clock.monotonic(), random.fraction());
      this.reports.failed(outcome, this.condition.failures);
    }
    return false;
  }

  /** Whatever the receiver does: what is too old goes, game by game. */
  private async expire(): Promise<void> {
    if (this.isExpiring) return;
    this.isExpiring = true;
    try {
      for (const game of this.games.all) {
        while (!this.isStopped && this.games.isKept(game) && this.mayBeTooOld(game)) {
          this.games.begin(game);
          await this.step(game, false);
        }
      }
    } finally {
      this.isExpiring = false;
      this.pump();
    }
  }

  /** Of what nobody could read it is not known. */
  private mayBeTooOld({ phase, since }: Game): boolean {
    const { time, webhook } = this.context;
    if (since === null) return phase === 'ready';
    return (phase === 'ready' || phase === 'paused') && isTooOld(since, time.now(), webhook.giveUpMs);
  }

  /** Everything up to there is delivered or given up. */
  private done(game: Game, upTo: Told): void {
    this.context.source.told(game.slot, game.gameId, upTo);
    game.isFurther = true;
  }

  /** To what is next of it. */
  private goOn(game: Game): void {
    game.failures = 0;
    game.since = null;
    this.games.makeReady(game);
  }

  /** Nothing is outstanding. */
  private rest(game: Game): void {
    game.since = null;
    if (game.isNews) this.games.makeReady(game);
    else if (!game.isFurther || game.isOver) this.games.forget(game);
    else this.games.rest(game, KEPT_AFTER_MS);
  }

  private pause(game: Game): void {
    game.failures += 1;
    this.games.pause(game, pauseOfGame(game.failures, this.context.random.fraction()));
  }
}
