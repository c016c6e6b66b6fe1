/**
 * Makes faults happen.
 *
 * Role: one function for each kind of fault that is more than weather; those that last are ended by themselves. What a fault does to messages
 * and to the store as long as it is on, `sky.ts` knows.
 */
import type { MemoryBroker } from '../../support/memory-broker.ts';
import type { MemoryBuckets, MemoryFollow } from '../../support/memory-store.ts';
import type { Random } from '../../support/seeded.ts';
import { describeFault, type Fault, type FaultKind, type FaultOf } from './fault.ts';
import type { MachineRoom } from './machine-room.ts';
import { finalizeOnce } from './operator.ts';
import type { Plan } from './plan.ts';
import { pingsOutMs, type Sky } from './sky.ts';
import { chance, type Streams } from './streams.ts';
import type { Timeline } from './timeline.ts';

export interface EventContext {
  readonly plan: Pick<Plan, 'calmFrom'>;
  readonly timeline: Timeline;
  readonly streams: Streams;
  readonly broker: MemoryBroker;
  readonly buckets: MemoryBuckets;
  readonly room: MachineRoom;
  readonly sky: Sky;
  note(who: string, what: string): void;
  /** The store forgets what was written since that time. */
  rolledBack(time: number): void;
}

const ALL_BUCKETS = ['members', 'slots', 'sessions', 'archive'] as const;

type Event<Kind extends FaultKind> = (world: EventContext, fault: FaultOf<Kind>, random: Random) => void;

/** Sets the fault off at its time. Its randomness is its own: it does not change when others are taken away. */
export function schedule(world: EventContext, fault: Fault): void {
  const random = world.streams.get(JSON.stringify(fault));
  world.timeline.at(fault.at, () => {
    world.note('fault', describeFault(fault));
    const event = events[fault.kind] as Event<FaultKind> | undefined;
    if (event !== undefined) event(world, fault, random);
    else lasting(world, fault, random);
  });
}

/** On for as long as it says; nothing else has to be done for it. */
function lasting({ sky, timeline }: EventContext, fault: Fault, random: Random): void {
  sky.begin(fault, random);
  if ('ms' in fault) timeline.after(fault.ms, () => sky.end(fault));
}

/** From the end of the stall that it is in, if it is in one; not beyond the end of all faults, however many come together. */
function standStill({ plan, room }: EventContext, member: string, ms: number): void {
  const process = room.place(member).host?.process;
  if (process === undefined) return;
  const mostMs = plan.calmFrom - process.trueNow;
  if (mostMs > 0) process.stall(Math.min(ms, mostMs));
}

const events: { readonly [Kind in FaultKind]?: Event<Kind> } = {
  crash: ({ room, timeline }, { member, lingerMs, restartMs }) => {
    room.crash(member, lingerMs);
    if (restartMs === null) room.place(member).isWanted = false;
    else timeline.after(Math.max(restartMs, lingerMs), () => room.start(member));
  },
  powerOff: ({ room, timeline }, { member, noticeMs, restartMs }) => {
    room.powerOff(member, noticeMs);
    if (restartMs === null) room.place(member).isWanted = false;
    else
      timeline.after(restartMs, () => {
        room.place(member).isOff = false;
        room.start(member);
      });
  },
  stop: ({ room, timeline }, { member, restartMs, upgrade }) => {
    room.terminate(member);
    const place = room.place(member);
    if (upgrade) place.stateVersion = 2;
    if (restartMs !== null) timeline.after(restartMs, () => startAfterItsEnd(room, timeline, member));
  },
  roll: ({ room, timeline }, { member, to, restartMs }) => {
    room.terminate(member);
    room.place(member).stateVersion = to;
    timeline.after(restartMs, () => startAfterItsEnd(room, timeline, member));
  },
  finalize: (world, call) => void finalizeOnce({ ...world, ids: [...world.room.places.keys()] }, call),
  start: ({ room }, { member }) => room.start(member),
  cordon: ({ room, timeline }, { member, by, ms }) => {
    const ask = (on: boolean) => {
      const host = room.place(by).host;
      host?.process.enter(() => void host.member.setDrain(member, on).catch(() => undefined));
    };
    ask(true);
    timeline.after(ms, () => ask(false));
  },
  stall: (world, { member, ms }) => standStill(world, member, ms),
  stumble: ({ room, timeline }, { member, ms, probability, stallMs }, random) => {
    const place = room.place(member);
    const stumbles = () => (chance(random, probability) ? random() * stallMs : 0);
    place.stumbles = stumbles;
    timeline.after(ms, () => {
      if (place.stumbles === stumbles) place.stumbles = null;
    });
  },
  sleep: (world, fault, random) => {
    const { room, timeline } = world;
    const { member, ms, isCut } = fault;
    const place = room.place(member);
    if (place.isAsleep) return;
    place.isAsleep = true;
    place.machine.sleep();
    if (isCut) room.disconnect(member, fault, () => random() * ms);
    // Set before the process wakes at the same time.
    timeline.after(ms, () => {
      place.machine.wake();
      place.isAsleep = false;
      room.reconnect(member, fault);
      if (place.isWanted) room.start(member);
    });
    standStill(world, member, ms);
  },
  wallJump: ({ room, timeline }, { member, ms, offsetMs }) => {
    const { machine } = room.place(member);
    machine.jumpWall(offsetMs);
    timeline.after(ms, () => machine.jumpWall(-offsetMs));
  },
  cut: ({ room, timeline }, fault, random) => {
    const { member, ms, strays, lateMs } = fault;
    room.disconnect(
      member,
      fault,
      strays === 'arrive' ? undefined : () => (strays === 'lost' ? null : random() * lateMs),
    );
    timeline.after(ms, () => room.reconnect(member, fault));
  },
  hold,
  routeDown: (world, fault, random) => {
    const { room, timeline } = world;
    lasting(world, fault, random);
    const follows = fault.members.flatMap((member) => followsOf(room, member));
    for (const follow of follows) follow.stall();
    // The client misses the heartbeats of its consumers.
    timeline.after(fault.ms, () => {
      for (const member of fault.members) for (const follow of followsOf(room, member)) newPass(room, member, follow);
    });
  },
  natsRestart: ({ broker, buckets, room, sky, timeline, rolledBack }, fault) => {
    const { ms, lostMs } = fault;
    broker.stop();
    if (lostMs > 0) {
      const since = timeline.monotonic() - lostMs;
      for (const bucket of ALL_BUCKETS) buckets.content(bucket).rollBack(since);
      sky.forget();
      rolledBack(since);
    }
    timeline.after(ms, () => {
      broker.start(() => undefined);
      for (const id of room.places.keys()) room.reconnect(id, fault);
    });
  },
  watchStall: ({ room, timeline }, { member, bucket, ms, isNoticed }) => {
    const stalled = followsOf(room, member).filter((follow) => follow.bucket === bucket);
    for (const follow of stalled) follow.stall();
    timeline.after(ms, () => {
      for (const follow of stalled) {
        if (isNoticed) newPass(room, member, follow);
        else follow.resume();
      }
    });
  },
  watchDeath: ({ room, timeline }, { member, bucket, noticeMs }) => {
    for (const follow of followsOf(room, member)) {
      if (follow.bucket !== bucket) continue;
      follow.die();
      if (noticeMs !== null) timeline.after(noticeMs, () => newPass(room, member, follow));
    }
  },
};

/** The next one begins when this one has ended, as with an orchestrator that waits for it. */
function startAfterItsEnd(room: MachineRoom, timeline: Timeline, member: string): void {
  const place = room.place(member);
  if (place.isRunning && place.host?.isStopping) {
    timeline.after(100, () => startAfterItsEnd(room, timeline, member));
  } else {
    room.start(member);
  }
}

function hold({ room, timeline }: EventContext, fault: FaultOf<'hold'>, random: Random): void {
  const { member, ms, direction } = fault;
  const link = room.place(member).host?.link;
  if (link === undefined) return;
  if (direction !== 'in') link.toBroker.hold();
  if (direction !== 'out') {
    link.toMember.hold();
    for (const follow of link.follows) follow.stall();
  }
  const pingsOut = timeline.after(pingsOutMs(random), () => {
    // What the client had sent is still on its way: it arrives when the way is free again, or never.
    if (chance(random, 0.5)) room.disconnect(member, fault);
    else room.disconnect(member, fault, () => null);
  });
  timeline.after(ms, () => {
    pingsOut.cancel();
    link.toBroker.release();
    link.toMember.release();
    for (const follow of link.follows) follow.resume();
    room.reconnect(member, fault);
  });
}

function followsOf(room: MachineRoom, member: string): readonly MemoryFollow[] {
  return [...(room.place(member).host?.link.follows ?? [])];
}

/** The member's client begins the watch anew. */
function newPass(room: MachineRoom, member: string, follow: MemoryFollow): void {
  room.place(member).host?.process.enter(() => follow.restart());
}
