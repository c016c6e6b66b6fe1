/**
 * The life of a member: one incarnation after another, until it is stopped.
 *
 * Role: joins, waits for the end of what has joined, pauses, joins again.
 * Why one loop: whatever ends an incarnation, and whenever, comes to the same place; a second join cannot begin beside a first one.
 * Invariants:
 *  - The next incarnation begins after the last one has dropped everything and left.
 *  - Each has a name of its own: the key of one that was expelled is a deletion marker for ever.
 *  - Pauses grow while incarnations do not last.
 */
import type { Clock, Timer } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { Incarnation } from './incarnation.ts';
import type { Incidents, Log } from './kit/incidents.ts';
import { pauseAfter } from './kit/retry.ts';
import { StartRefused } from './membership/cluster-key.ts';

const INCARNATION_LENGTH = 12;
const PAUSES = { firstMs: 50, factor: 2, longestMs: 5_000 };
/** What NATS has not answered by then when it is stopped is given up: others find out that it is gone. */
export const LEAVES_WITHIN_MS = 5_000;
/** An incarnation that lasted so long was no failure. */
const LASTING_MS = 10_000;

export interface LifeContext<State> {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly incidents: Incidents;
  create(incarnation: string): Incarnation<State>;
  /** How the next one shall join. */
  status(): 'active' | 'leaving';
  joined(incarnation: Incarnation<State>): void;
}

type Phase<State> =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'living'; readonly incarnation: Incarnation<State> }
  | { readonly kind: 'pausing'; wake(): void }
  | { readonly kind: 'stopped' };

export class Life<State> {
  private readonly context: LifeContext<State>;
  private phase: Phase<State> = { kind: 'waiting' };
  private running: Promise<unknown> = Promise.resolve();
  /** Of the incarnation that lives, or else of the next one. */
  private name: string;
  /** Monotonic ms at which the last acknowledged renewal of an incarnation that has ended was sent. */
  private lastRenewedAt = 0;

  constructor(context: LifeContext<State>) {
    this.context = context;
    this.name = this.newName();
  }

  get incarnationName(): string {
    return this.name;
  }

  /** What has joined or is joining; null between two of them. */
  get incarnation(): Incarnation<State> | null {
    return this.phase.kind === 'living' && this.phase.incarnation.ending === null ? this.phase.incarnation : null;
  }

  /** Monotonic ms at which the last acknowledged renewal was sent, by any incarnation. */
  get renewedAt(): number {
    return Math.max(this.lastRenewedAt, this.incarnation?.membership.keeper?.renewedAt ?? 0);
  }

  /** Resolves when it is stopped. Rejects with StartRefused. */
  run(): Promise<void> {
    const running = this.liveOn();
    this.running = running.catch(() => undefined);
    return running;
  }

  /** Leaves the cluster for good; resolves when nothing of it goes on, within `LEAVES_WITHIN_MS`. */
  async stop(): Promise<void> {
    const { phase } = this;
    this.phase = { kind: 'stopped' };
    if (phase.kind === 'living') phase.incarnation.finish('stopped');
    if (phase.kind === 'pausing') phase.wake();
    let timer: Timer | null = null;
    const late = new Promise<void>((resolve) => {
      timer = this.context.clock.after(LEAVES_WITHIN_MS, resolve);
    });
    await Promise.race([this.running, late]);
    (timer as Timer | null)?.cancel();
  }

  private get isStopped(): boolean {
    return this.phase.kind === 'stopped';
  }

  private async liveOn(): Promise<void> {
    for (let failures = 1; !this.isStopped; failures += 1) {
      const incarnation = this.context.create(this.name);
      this.phase = { kind: 'living', incarnation };
      const lasted = await this.live(incarnation);
      if (lasted >= LASTING_MS) failures = 1;
      await this.pause(pauseAfter(PAUSES, failures, this.context.random.fraction()));
    }
  }

  /** From its join to its end. Answers for how long it was there, ms. */
  private async live(incarnation: Incarnation<State>): Promise<number> {
    const { clock, log, incidents } = this.context;
    let joinedAt: number | null = null;
    try {
      await incarnation.start(this.context.status());
      joinedAt = clock.monotonic();
      log.info({ incarnation: this.name }, 'joined the cluster');
      this.context.joined(incarnation);
      await incarnation.over;
    } catch (error) {
      if (incarnation.ending === null && !(error instanceof StartRefused)) incidents.failed('joining', error);
      if (error instanceof StartRefused) throw error;
    } finally {
      incarnation.finish('not joined');
      this.lastRenewedAt = Math.max(this.lastRenewedAt, incarnation.membership.keeper?.renewedAt ?? 0);
      this.name = this.newName();
      this.tell(incarnation.ending);
      await incarnation.leave();
    }
    return joinedAt === null ? 0 : clock.monotonic() - joinedAt;
  }

  private tell(reason: Incarnation<State>['ending']): void {
    if (reason === 'stopped' || reason === 'not joined') return;
    this.context.log.warn({ reason }, 'this member was expelled: it joins again as a new incarnation');
    this.context.incidents.count('rejoins');
  }

  private newName(): string {
    return this.context.random.token(INCARNATION_LENGTH);
  }

  /** Ends early when it is stopped. */
  private pause(ms: number): Promise<void> {
    if (this.isStopped) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.context.clock.after(ms, resolve);
      const wake = () => {
        timer.cancel();
        resolve();
      };
      this.phase = { kind: 'pausing', wake };
    });
  }
}
