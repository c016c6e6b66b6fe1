/**
 * The time by which this member's games go.
 *
 * Role: feeds the cluster clock with the store's stamps on this member's own renewals and with what its peers announce, and reports jumps.
 * Why renewals: they are written ten times a second anyway, and the watch of the members brings each one back with its stamp.
 * Invariant: one for the life of the process: it outlives incarnations, or a member that was expelled would forget what is held off.
 */
import { ClusterClock, type HeldAs } from '../../cluster/cluster-clock.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Entry } from '../../ports/store.ts';
import type { Incidents } from '../kit/incidents.ts';

/** Renewals whose acknowledgement or stamp is still to come; more are under way only if the watch is seconds late. */
const MOST_UNMATCHED = 64;
/** What a peer announced longer ago than this, by the store's clock, was said before the present could be known. */
const HEARD_WITHIN_MS = 3_000;
/** An announcement is made anew this often: a key whose value changes costs its readers more than one that says the same. */
const ANNOUNCED_EVERY_MS = 1_000;

export interface Renewal {
  readonly revision: number;
  /** Monotonic ms. */
  readonly sentAt: number;
  readonly acknowledgedAt: number;
}

/** What a peer's key says about its clock, and when that was written by the store's. */
export interface Announcement {
  readonly held: HeldAs;
  readonly writtenAt: number;
}

/** What other members say about their clocks. */
export interface Heard {
  readonly peers: readonly Announcement[];
  /** What was announced last, by whoever was there; null: nothing is known of that. */
  readonly last: Announcement | null;
}

export class ClusterTime {
  private readonly clock: Clock;
  private readonly incidents: Incidents;
  private readonly setForward: (byMs: number) => void;
  private readonly cluster = new ClusterClock();
  /** By revision. */
  private readonly renewals = new Map<number, Renewal>();
  private readonly stamps = new Map<number, { readonly storeTime: number; readonly seenAt: number }>();
  /** Monotonic ms since when the store's clock is known to run without a jump. */
  private steadySince = Number.POSITIVE_INFINITY;
  /** The newest stamp. */
  private heardAt = 0;
  /** The last word that others could go by. */
  private announced: HeldAs | null = null;

  /** `setForward` is told when time was set forward at once, ms: whoever waits for a time has that much less left. */
  constructor(clock: Clock, incidents: Incidents, setForward: (byMs: number) => void) {
    this.clock = clock;
    this.incidents = incidents;
    this.setForward = setForward;
  }

  /** False until NATS has been heard of: nothing can be decided before. */
  get isKnown(): boolean {
    return this.cluster.isKnown;
  }

  /** It is known, and was compared with those of the others since this incarnation began. */
  get isCompared(): boolean {
    return this.cluster.isCompared;
  }

  /** A new incarnation begins. */
  rejoin(): void {
    this.cluster.rejoin();
  }

  /** Whole ms since the epoch. Throws while nothing is known. */
  now(): number {
    return this.cluster.now(this.clock.monotonic());
  }

  /** What it was at a monotonic time not long ago. */
  at(monotonic: number): number {
    return Math.floor(this.now() - (this.clock.monotonic() - monotonic));
  }

  /** By how much it is ahead of the store's clock on purpose, ms: what is left of a jump. */
  get heldMs(): number {
    return this.cluster.heldMs(this.clock.monotonic());
  }

  /** What the store's clock showed then, as cluster time. */
  ofStore(writtenAt: number): number {
    return writtenAt + this.heldMs;
  }

  /** How long ago the store wrote that at least, ms, by its own clock; a jump of that which is not held off yet counts. */
  leastSince(writtenAt: number): number {
    return this.cluster.leastSince(writtenAt, this.clock.monotonic());
  }

  /** How old what the store wrote then is at least, ms: no jump of the store's clock can make it older. */
  ageOf(writtenAt: number): number {
    return Math.min(this.now() - this.heldMs - writtenAt, this.clock.monotonic() - this.steadySince);
  }

  /**
   * What this member's key says about it, and the marker that it leaves. While the store is silent that is its last word, as old as it says
   * itself: nobody who is there goes by it then, and it is all that one who comes when everybody is gone has to go on from.
   */
  get announcement(): HeldAs | null {
    this.announce();
    return this.announced;
  }

  acknowledged(renewal: Renewal, heard: () => Heard): void {
    const stamp = this.stamps.get(renewal.revision);
    if (stamp === undefined) remember(this.renewals, renewal.revision, renewal);
    else this.take(renewal, stamp, heard);
  }

  /** The watch shows one of this member's own writes. */
  seen({ revision, writtenAt }: Pick<Entry, 'revision' | 'writtenAt'>, heard: () => Heard): void {
    const stamp = { storeTime: writtenAt, seenAt: this.clock.monotonic() };
    const renewal = this.renewals.get(revision);
    if (renewal === undefined) remember(this.stamps, revision, stamp);
    else this.take(renewal, stamp, heard);
  }

  private take(
    { revision, sentAt, acknowledgedAt }: Renewal,
    { storeTime, seenAt }: { readonly storeTime: number; readonly seenAt: number },
    heard: () => Heard,
  ): void {
    forgetUpTo(this.renewals, revision);
    forgetUpTo(this.stamps, revision);
    const now = this.clock.monotonic();
    const receivedAt = Math.min(acknowledgedAt, seenAt);
    const jumpMs = this.cluster.stamped({ sentAt, receivedAt, storeTime }, now);
    if (jumpMs !== 0) this.incidents.storeClockJumped(Math.round(jumpMs));
    this.steadySince = jumpMs === 0 ? Math.min(this.steadySince, now) : now;
    this.heardAt = storeTime;
    const steppedMs = this.cluster.steppedMs;
    const { peers, last } = heard();
    const fresh = peers.filter((announcement) => isFresh(announcement, storeTime));
    const correctedMs = this.cluster.agree(
      fresh.map(({ held }) => held),
      now,
      last === null ? null : { ...last.held, leftAt: lastHeard(last) },
    );
    if (correctedMs !== 0) this.incidents.clusterTimeCorrected(Math.round(correctedMs));
    const stepMs = this.cluster.steppedMs - steppedMs;
    if (stepMs > 0) this.setForward(stepMs);
    // Now: by the next renewal the store may have been silent for too long.
    this.announce();
  }

  private announce(): void {
    const held = this.cluster.announcement(this.clock.monotonic());
    if (held === null) return;
    const { announced, heardAt } = this;
    const isSame = held.ms === announced?.ms && held.since === announced.since;
    if (isSame && Math.abs(heardAt - announced.heardAt) < ANNOUNCED_EVERY_MS) return;
    this.announced = { ...held, heardAt };
  }
}

/** Neither this member nor the announcing one can have missed a jump since. (A small one does little harm.) */
function isFresh(announcement: Announcement, storeTime: number): boolean {
  return Math.abs(announcement.writtenAt - storeTime) <= HEARD_WITHIN_MS && isCurrent(announcement);
}

/** The announcing member has not missed a jump before it was written. */
function isCurrent({ held, writtenAt }: Announcement): boolean {
  return Math.abs(writtenAt - held.heardAt) <= HEARD_WITHIN_MS;
}

/** What the store's clock showed when what is announced was so. */
function lastHeard(announcement: Announcement): number {
  return isCurrent(announcement) ? announcement.writtenAt : announcement.held.heardAt;
}

function remember<Value>(map: Map<number, Value>, revision: number, value: Value): void {
  map.set(revision, value);
  const [oldest] = map.keys();
  if (map.size > MOST_UNMATCHED && oldest !== undefined) map.delete(oldest);
}

function forgetUpTo(map: Map<number, unknown>, revision: number): void {
  for (const known of map.keys()) if (known <= revision) map.delete(known);
}
