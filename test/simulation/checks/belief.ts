/**
 * What a process believes: who it is, whether it may answer, which slots it serves.
 *
 * Role: the only window into the members' private state; the checkers judge by what is seen here.
 * Invariants:
 *  - It reads and calls nothing that changes a member or draws from its randomness: a world runs the same with and without checkers.
 *  - A process that stands still is judged by what its clocks will show when it wakes: until then it does nothing.
 */
import type { ClusterClock } from '../../../src/cluster/cluster-clock.ts';
import type { Ring } from '../../../src/cluster/ring.ts';
import { isInvolved, isServed, type SlotState } from '../../../src/cluster/slot-state.ts';
import type { SlotRecord } from '../../../src/cluster/slot-table.ts';
import type { View } from '../../../src/cluster/view.ts';
import type { Incarnation } from '../../../src/member/incarnation.ts';
import type { LeaseKeeper } from '../../../src/member/membership/lease-keeper.ts';
import type { SlotSessions } from '../../../src/member/sessions/slot-sessions.ts';
import { stuckKinds } from '../../../src/metrics.ts';
import type { MemoryBuckets } from '../../support/memory-store.ts';
import type { GameState } from '../world/game.ts';
import type { MemberHost } from '../world/member-host.ts';
import type { Violations } from '../world/witness.ts';

/** What every checker of the cluster is given. */
export interface Checked {
  readonly beliefs: Beliefs;
  readonly buckets: MemoryBuckets;
  readonly violations: Pick<Violations, 'report'>;
}

type Running = Incarnation<GameState>;

/** Every incarnation that was ever seen to run, in the processes that the world names. */
export class Beliefs {
  /** True ms since the beginning of the world. */
  readonly now: () => number;
  readonly #hosts: () => Iterable<MemberHost>;
  readonly #seen = new Map<string, Belief>();

  constructor(hosts: () => Iterable<MemberHost>, now: () => number) {
    this.#hosts = hosts;
    this.now = now;
  }

  /** Of all living processes, those that have ended included: an end does not make them silent, what they dropped does. */
  living(): Belief[] {
    for (const host of this.#hosts()) this.current(host);
    return [...this.#seen.values()].filter(({ host }) => host.process.alive);
  }

  /** Whoever runs or ran under this key of the members bucket, in whatever process. */
  of(key: string): Belief | null {
    if (!this.#seen.has(key)) for (const host of this.#hosts()) this.current(host);
    return this.#seen.get(key) ?? null;
  }

  /** What this process is right now; null before it joins and between two incarnations. */
  current(host: MemberHost): Belief | null {
    const incarnation = secret<Running | null>(host.member, 'incarnation');
    if (incarnation === null) return null;
    const { key } = incarnation.membership;
    const belief = this.#seen.get(key) ?? new Belief(host, incarnation);
    this.#seen.set(key, belief);
    return belief;
  }

  /** One process for a timeline: `m2#1/abc active lease 31 ms holds 0-7,12 busy 3`. */
  describe(host: MemberHost): string {
    const standing = host.process.alive ? (host.process.awake ? '' : ' stands still') : ' dead';
    return `${this.current(host)?.toString() ?? `${host.name} not joined`}${standing}`;
  }
}

/** What one incarnation believes at the moment of asking. */
export class Belief {
  readonly host: MemberHost;
  /** Of the members bucket. */
  readonly key: string;
  readonly name: string;
  readonly #incarnation: Running;
  readonly #states: readonly SlotState[];

  constructor(host: MemberHost, incarnation: Running) {
    this.host = host;
    this.#incarnation = incarnation;
    this.key = incarnation.membership.key;
    this.name = `${host.name}/${incarnation.self.incarnation}`;
    this.#states = incarnation.slots.inspect().states;
  }

  get ended(): boolean {
    return secret(this.#incarnation, 'ended');
  }

  get leaving(): boolean {
    return this.#incarnation.membership.leaving;
  }

  /** What it has begun, and since when, by its monotonic clock. */
  get underWay(): readonly (readonly [what: string, since: number])[] {
    const { progress } = this.#incarnation;
    return stuckKinds.flatMap((kind) =>
      [...progress.of(kind)].map(([what, since]) => [`${kind} ${what}`, since] as const),
    );
  }

  /** Its monotonic clock at its present step. */
  get monotonic(): number {
    const { machine, trueNow } = this.host.process;
    return machine.monotonicAt(trueNow);
  }

  /** Its wall clock at its present step. */
  get wall(): number {
    const { machine, trueNow } = this.host.process;
    return machine.wallAt(trueNow);
  }

  /** The time by which its games go; null before it knows one. */
  get clusterTime(): number | null {
    const clock = secret<ClusterClock>(secret<object>(this.host.member, 'time'), 'cluster');
    return clock.isKnown ? clock.now(this.monotonic) : null;
  }

  /** Whether it would answer from memory, asking nobody. */
  get leaseValid(): boolean {
    const keeper = this.#keeper;
    if (keeper === null || !this.host.process.alive || secret<boolean>(keeper, 'ended')) return false;
    return secret<LeaseTerm>(keeper, 'term').valid(this.monotonic, this.wall);
  }

  /** Until its lease lapses by its monotonic clock, ms. */
  get leaseLeftMs(): number {
    if (!this.leaseValid || this.#keeper === null) return 0;
    const { leaseMs, sentMonotonic } = secret<{ leaseMs: number; sentMonotonic: number }>(this.#keeper, 'term');
    return sentMonotonic + leaseMs - this.monotonic;
  }

  /** Of its own key, as last acknowledged; 0 while it joins. */
  get keyRevision(): number {
    return this.#keeper?.keyRevision ?? 0;
  }

  /** Ms since its last acknowledged renewal was sent, by its clock. */
  get unrenewedMs(): number {
    return this.monotonic - (this.#keeper?.renewedAt ?? Number.NEGATIVE_INFINITY);
  }

  state(slot: number): SlotState {
    return this.#states[slot] ?? 'idle';
  }

  /** Those that it serves and gives to nobody. */
  get served(): number[] {
    return this.#where(isServed);
  }

  /** Slots on whose sessions it answers if the lease allows: those that it holds, and those with a handoff that is not frozen yet. */
  acting(): number[] {
    const open = [...this.open].filter(([, sessions]) => !sessions.isClosed && !sessions.isFrozen);
    return open.map(([slot]) => slot);
  }

  /** By slot, what its session host has open. */
  get open(): ReadonlyMap<number, SlotSessions<GameState>> {
    return secret(this.#incarnation.host, 'slots');
  }

  /** Under which it hosts the slot; null if it does not. */
  epoch(slot: number): number | null {
    return this.open.get(slot)?.stamp.epoch ?? null;
  }

  record(slot: number): SlotRecord | null {
    return this.#incarnation.slots.table.get(slot);
  }

  get ring(): Ring {
    return this.#incarnation.slots.ring;
  }

  get view(): View {
    return this.#incarnation.membership.view;
  }

  /** Keys of the peers that its failure detector looks after. */
  get watchedPeers(): string[] {
    const detector = secret<object>(secret<object>(this.#incarnation.membership, 'peers'), 'detector');
    return [...secret<Map<string, unknown>>(detector, 'peers').keys()];
  }

  /** Slots with a stash that no record has redeemed. */
  get stashes(): number[] {
    return this.#incarnation.slots.inspect().stashes;
  }

  /** Who waits for a slot to change hands, for a renewal, or for renewals to be acknowledged again. */
  get waiters(): { readonly slots: number; readonly renewal: number; readonly gate: number } {
    const count = (field: string) => (this.#keeper === null ? 0 : secret<unknown[]>(this.#keeper, field).length);
    return { slots: this.#incarnation.slots.inspect().waiting, renewal: count('waiters'), gate: count('gateWaiters') };
  }

  /** How much its session host keeps. */
  get kept(): ReturnType<Running['host']['inspect']> {
    return this.#incarnation.host.inspect();
  }

  /** Sessions that are being read, claimed or purged. */
  get loading(): number {
    let count = 0;
    for (const sessions of this.open.values())
      for (const item of sessions.items.values()) if (item.loading !== null) count += 1;
    return count;
  }

  /** Until when, by its monotonic clock, the updates of each game are published. */
  get interest(): ReadonlyMap<string, number> {
    return this.kept.interest;
  }

  /** Sessions that it knows of, in all its slots. */
  get sessions(): number {
    return [...this.open.values()].reduce((sum, { items }) => sum + items.size, 0);
  }

  toString(): string {
    const status = this.ended ? 'ended' : this.leaving ? 'leaving' : 'active';
    const lease = this.leaseValid ? `lease ${Math.round(this.leaseLeftMs)} ms` : 'no lease';
    const busy = this.#where((state) => isInvolved(state) && !isServed(state));
    const holds = `holds ${ranges(this.served)}${busy.length > 0 ? ` busy ${ranges(busy)}` : ''}`;
    return `${this.name} ${status} ${lease} ${holds} (${this.sessions} sessions)`;
  }

  #where(holds: (state: SlotState) => boolean): number[] {
    return this.#states.flatMap((state, slot) => (holds(state) ? [slot] : []));
  }

  get #keeper(): LeaseKeeper | null {
    return this.#incarnation.membership.keeper;
  }
}

/** Games that the process watches for its sockets. */
export function watchedGames(host: MemberHost): string[] {
  return [...secret<Map<string, unknown>>(secret<object>(host.member, 'hub'), 'games').keys()];
}

/** Rising numbers in short: `0-7,12`. */
export function ranges(numbers: readonly number[]): string {
  const parts: string[] = [];
  for (let from = 0; from < numbers.length; ) {
    let to = from;
    while (numbers[to + 1] === (numbers[to] ?? 0) + 1) to += 1;
    parts.push(to > from ? `${numbers[from]}-${numbers[to]}` : `${numbers[from]}`);
    from = to + 1;
  }
  return parts.join(',') || 'nothing';
}

interface LeaseTerm {
  valid(nowMonotonic: number, nowWall: number): boolean;
}

/** A field of that name, private or not. */
function secret<T>(owner: object, name: string): T {
  if (!(name in owner)) throw new Error(`${owner.constructor.name} has no field ${name} any more`);
  return Reflect.get(owner, name) as T;
}
