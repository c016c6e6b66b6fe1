/**
 * After the faults everything comes to rest where it should be (I8).
 *
 * Role: one look at a world that has been calm for a while: slots, views, memory, readiness. Whoever wants to know how long it took asks
 * again and again with a list of violations of its own.
 * What is right follows from the processes that are to be up and from nothing that any member says.
 */
import { buildRing } from '../../../src/cluster/ring.ts';
import { decodeSlotRecord, type SlotRecord } from '../../../src/cluster/slot-table.ts';
import { CLUSTER_KEY } from '../../../src/cluster/view.ts';
import type { MemberHost } from '../world/member-host.ts';
import { type Belief, type Checked, ranges, watchedGames } from './belief.ts';

export interface Settling extends Checked {
  /** Those that are to be up, and no others live. */
  readonly up: readonly MemberHost[];
  /** Ids of members that an operator has drained. */
  readonly cordoned: readonly string[];
  /** No client asks anything or has a socket open, for longer than a request may take. */
  readonly isQuiet: boolean;
}

/** A renewal comes every heartbeat, the slow ones included. */
const HEARTBEATS = 5;
/** How far the members' times of games may be apart: what they need not agree on, and what each does not know. */
const APART_MS = 300;
/** Longer than anything takes when all is well. */
const UNDER_WAY_MS = 3_000;
/** A deadline that is overdue for longer will not fire. */
const DEADLINE_LATE_MS = 2_000;

/** Reports whatever is not as it should be, as `liveness`. */
export function checkSettled(settling: Settling): void {
  const { beliefs, up, violations } = settling;
  const say: Say = (who, what) =>
    violations.report('liveness', `at ${beliefs.now().toFixed(3)}, when all is calm: ${who}: ${what}`);
  const settled: Belief[] = [];
  for (const host of up) {
    const belief = beliefs.current(host);
    if (!host.process.alive) say(host.name, 'has ended');
    else if (belief === null || belief.ended) say(host.name, 'has not joined');
    else settled.push(belief);
  }
  checkMembers(settling, settled, say);
  checkTimes(settled, say);
  checkSlots(settling, settled, say);
  for (const belief of settled) checkOne(settling, belief, say);
  for (const belief of beliefs.living()) {
    if (belief.ended && belief.open.size > 0) {
      say(belief.name, `has ended and still has slots ${ranges(sorted(belief.open.keys()))} open`);
    }
  }
}

type Say = (who: string, what: string) => void;

/** Who is there: in the store, and in the view of each. */
function checkMembers({ buckets }: Settling, settled: readonly Belief[], say: Say): void {
  const keys = settled.map(({ key }) => key).sort();
  const stored = [...buckets.content('members').entries.values()]
    .filter(({ key, deleted }) => !deleted && key !== CLUSTER_KEY)
    .map(({ key }) => key);
  if (differ(stored.sort(), keys)) say('the store', `has the members ${list(stored)}, but ${list(keys)} are there`);
  for (const { name, key, view, watchedPeers } of settled) {
    const seen = [...view.members.keys()].sort();
    if (differ(seen, keys)) say(name, `sees the members ${list(seen)}, but ${list(keys)} are there`);
    const peers = keys.filter((other) => other !== key);
    if (differ(watchedPeers.sort(), peers))
      say(name, `looks after ${list(watchedPeers)}, but its peers are ${list(peers)}`);
    for (const other of settled) {
      const status = view.members.get(other.key)?.record.status ?? 'absent';
      const really = other.leaving ? 'leaving' : 'active';
      if (status !== really) say(name, `sees ${other.name} ${status}, who is ${really}`);
    }
  }
}

/** All go by the same time. */
function checkTimes(settled: readonly Belief[], say: Say): void {
  const awake = settled.filter(({ host }) => host.process.awake);
  const times = awake.map(({ clusterTime }) => clusterTime ?? Number.NaN);
  const apart = Math.max(...times) - Math.min(...times);
  if (awake.length === 0 || apart <= APART_MS) return;
  say(list(awake.map(({ name }) => name)), `their times of games are ${apart} ms apart: ${times.join(', ')}`);
}

/** Each slot is where the ring wants it, in the store and in the eyes of all. */
function checkSlots({ buckets, cordoned }: Settling, settled: readonly Belief[], say: Say): void {
  const slots = settled[0]?.host.settings.slots ?? 0;
  const active = settled.filter(({ host }) => !cordoned.includes(host.id));
  // If all are cordoned nobody hands off: the owners stay whoever they are.
  const ring = buildRing(active.map(({ host }) => host.id).sort(), slots);
  const wrong = new Gathered(say);
  for (const belief of settled) {
    if (active.length > 0 && differ(belief.ring.members, ring.members)) {
      say(belief.name, `has a ring of ${list(belief.ring.members)}, not of ${list(ring.members)}`);
    }
  }
  for (let slot = 0; slot < slots; slot += 1) {
    const entry = buckets.content('slots').entries.get(String(slot));
    const record = entry === undefined ? null : decodeSlotRecord(slot, entry.revision, entry.value);
    const owner = settled.find(({ key }) => record !== null && key === `${record.owner}.${record.incarnation}`);
    const desired = active.find(({ host }) => host.id === ring.owner(slot)) ?? owner;
    if (record === null) wrong.add('the store', 'no record', slot);
    else if (owner === undefined || owner !== desired) {
      const wanted = desired?.name ?? 'somebody who is there';
      wrong.add('the store', `the record names ${record.owner}/${record.incarnation}, not ${wanted}`, slot);
    }
    for (const belief of settled) checkSlot(belief, slot, record, belief === owner, wrong);
  }
  wrong.tell();
}

/** One slot in the eyes of one member. */
function checkSlot(belief: Belief, slot: number, record: SlotRecord | null, isOwner: boolean, wrong: Gathered): void {
  const known = belief.record(slot);
  if (known?.revision !== record?.revision || known?.incarnation !== record?.incarnation) {
    wrong.add(belief.name, `knows a record that is not the one in the store (of ${known?.owner ?? 'nobody'})`, slot);
  }
  const state = belief.state(slot);
  const should = isOwner ? 'serving' : 'idle';
  if (state !== should) wrong.add(belief.name, `the slot is ${state}, not ${should}`, slot);
  const sessions = belief.open.get(slot);
  if ((sessions !== undefined) !== isOwner) {
    wrong.add(belief.name, `its sessions are ${isOwner ? 'not ' : ''}open`, slot);
  }
  if (sessions === undefined) return;
  if (sessions.isClosed || sessions.isFrozen) wrong.add(belief.name, 'frozen or closed', slot);
  if (!sessions.listed) wrong.add(belief.name, 'not listed yet', slot);
  if (isOwner && belief.epoch(slot) !== record?.epoch) wrong.add(belief.name, 'hosted at another epoch', slot);
}

/** What concerns only itself: readiness, and what must not pile up. */
function checkOne({ cordoned, isQuiet }: Settling, belief: Belief, say: Say): void {
  const { name, host, stashes, kept, sessions } = belief;
  const { settings, member } = host;
  const isCordoned = cordoned.includes(host.id);
  const { slotsUnowned } = member.measurements();
  if (slotsUnowned > 0) say(name, `says that ${slotsUnowned} slots are unowned`);
  const { ready, reasons } = member.readiness;
  if (ready === isCordoned) say(name, isCordoned ? 'is ready, though it is drained' : `is not ready: ${list(reasons)}`);
  if (belief.leaving !== isCordoned) say(name, isCordoned ? 'does not leave, though it is drained' : 'is leaving');
  if (belief.unrenewedMs > HEARTBEATS * settings.heartbeatMs) {
    say(name, `its last renewal was sent ${Math.round(belief.unrenewedMs)} ms ago`);
  }
  if (stashes.length > 0) say(name, `keeps stashes that nobody redeems, of slots ${ranges(sorted(stashes))}`);
  const lateMs = (belief.clusterTime ?? 0) - (kept.nextDeadline ?? Number.POSITIVE_INFINITY);
  if (lateMs > DEADLINE_LATE_MS) say(name, `a deadline has been due for ${lateMs} ms`);
  if (kept.deadlines > sessions) say(name, `keeps ${kept.deadlines} deadlines for ${sessions} sessions`);
  const forgotten = [...belief.interest].filter(([, until]) => until < belief.monotonic - sweepMs(settings.idleMs));
  if (forgotten.length > 0)
    say(name, `still publishes for ${list(forgotten.map(([game]) => game))}: nobody asks for it`);
  for (const [what, since] of belief.underWay) {
    const forMs = Math.round(belief.monotonic - since);
    if (forMs > UNDER_WAY_MS) say(name, `has begun this ${forMs} ms ago, and not ended it: ${what}`);
  }
  if (!isQuiet) return;
  const { slots, renewal, gate } = belief.waiters;
  if (slots + renewal + gate > 0) {
    say(name, `still waiting: ${slots} for slots, ${renewal} for renewals, ${gate} for the gate`);
  }
  const watched = watchedGames(host);
  if (watched.length > 0) say(name, `watches ${list(watched)} for nobody`);
}

/** The longest time between two sweeps of a session host, and some. */
function sweepMs(idleMs: number): number {
  return Math.min(Math.max(50, idleMs / 4), 30_000) + 1_000;
}

/** The same finding about several slots is told once. */
class Gathered {
  readonly #say: Say;
  readonly #found = new Map<string, { readonly who: string; readonly what: string; readonly slots: number[] }>();

  constructor(say: Say) {
    this.#say = say;
  }

  add(who: string, what: string, slot: number): void {
    const found = this.#found.get(`${who} ${what}`) ?? { who, what, slots: [] };
    found.slots.push(slot);
    this.#found.set(`${who} ${what}`, found);
  }

  tell(): void {
    for (const { who, what, slots } of this.#found.values()) this.#say(who, `slots ${ranges(slots)}: ${what}`);
  }
}

function differ(some: readonly string[], others: readonly string[]): boolean {
  return some.join() !== others.join();
}

function list(names: readonly string[]): string {
  return names.join(', ') || 'nobody';
}

function sorted(numbers: Iterable<number>): number[] {
  return [...numbers].sort((one, other) => one - other);
}
