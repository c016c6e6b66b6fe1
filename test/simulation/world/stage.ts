/**
 * One simulated world, put together: members on machines, what they share, clients before them.
 *
 * Role: the parts and how they hang together; `world.ts` leads it from beginning to end.
 * Invariant: the plan decides everything; nothing here looks at the clock or the randomness of the machine that it runs on.
 */
import { MemoryBroker } from '../../support/memory-broker.ts';
import { MemoryBus } from '../../support/memory-messaging.ts';
import { MemoryBuckets } from '../../support/memory-store.ts';
import { Costs } from '../checks/costs.ts';
import { Chronicle } from './chronicle.ts';
import { schedule } from './events.ts';
import { Front } from './front.ts';
import { rules } from './game.ts';
import { MachineRoom } from './machine-room.ts';
import type { MemberHost } from './member-host.ts';
import type { Plan } from './plan.ts';
import { Receiver } from './receiver.ts';
import { Sky } from './sky.ts';
import { Streams } from './streams.ts';
import { Timeline } from './timeline.ts';
import { isUpdated } from './updates.ts';
import { Violations } from './witness.ts';

/** Longer than an order to drain is obeyed after it was given. */
const ORDER_MS = 2_000;

export class Stage {
  readonly plan: Plan;
  readonly timeline = new Timeline();
  readonly streams: Streams;
  readonly buckets = new MemoryBuckets();
  readonly broker: MemoryBroker;
  readonly sky: Sky;
  readonly room: MachineRoom;
  readonly front: Front;
  readonly chronicle: Chronicle;
  readonly violations: Violations;
  readonly costs: Costs;
  /** Null: in this world nobody is told what happens in games. */
  readonly receiver: Receiver | null;

  constructor(plan: Plan, { journal }: { readonly journal: boolean }) {
    const { timeline, buckets } = this;
    this.plan = plan;
    this.streams = new Streams(plan.seed);
    this.chronicle = new Chronicle(timeline, journal);
    this.violations = new Violations(() => timeline.monotonic());
    this.costs = new Costs(this.violations, () => timeline.monotonic());
    this.sky = new Sky({
      timeline,
      costs: this.costs,
      latency: this.streams.get('latency'),
      memberOf: (link) => this.room.memberOf(link),
      look: (address, answer) => this.room.look(address, answer),
    });
    this.broker = new MemoryBroker(timeline, undefined, this.sky);
    const note = (who: string, what: string) => this.chronicle.note(who, what);
    const overdue = (who: string, tookMs: number) =>
      this.violations.report('liveness', `${who} took ${tookMs.toFixed(0)} ms for a request`);
    const notUnderstood = (who: string, what: string) => {
      if (isUpdated(plan)) this.violations.report('versions', `${who}: ${what}`);
    };
    this.receiver = plan.webhook && new Receiver(plan.webhook, timeline, this.streams.get('receiver'));
    const shared = {
      timeline,
      buckets,
      broker: this.broker,
      bus: new MemoryBus(),
      streams: this.streams,
      receiver: this.receiver,
      played: plan.tables?.game ?? null,
      note,
      notUnderstood,
      overdue,
    };
    this.room = new MachineRoom(shared, plan.machines);
    this.front = new Front(timeline, this.streams.get('front'));
    this.chronicle.follow(buckets);
    this.#writeClusterRecord();
  }

  /** Starts the first members and sets all faults. `rolledBack`: the store forgot what was written since that time. */
  begin(rolledBack: (since: number) => void): void {
    const note = (who: string, what: string) => this.chronicle.note(who, what);
    for (const id of this.plan.first) this.room.start(id);
    for (const fault of this.plan.faults) schedule({ ...this, note, rolledBack }, fault);
  }

  /** Ends every fault that does not end by itself: from now on exactly the members of `plan.last` are to run. */
  heal(): void {
    this.chronicle.note('world', `the faults are over; ${this.plan.last.join(', ')} are to run`);
    this.receiver?.heal();
    for (const place of this.room.places.values()) {
      place.isOff = false;
      place.stumbles = null;
      const { id } = place.plan;
      if (this.plan.last.includes(id)) this.room.start(id);
      else this.room.retire(id);
      // Twice: an order to drain that is still under way may come in between.
      for (const ms of [0, ORDER_MS]) this.timeline.after(ms, () => this.#undrain(id));
    }
  }

  #undrain(id: string): void {
    const { host } = this.room.place(id);
    host?.process.enter(() => void host.member.setDrain(id, false));
  }

  get hosts(): readonly MemberHost[] {
    return this.room.hosts;
  }

  /** Made by the first member that ever ran, of the older version if the cluster is a mixed one. */
  #writeClusterRecord(): void {
    const { slots, writtenVersion } = this.plan;
    const written = { stateVersion: writtenVersion, protocol: 1, module: writtenVersion };
    const value = new TextEncoder().encode(
      JSON.stringify({ slots, game: rules.module.name, minimum: written, written }),
    );
    this.buckets.content('members').put('cluster', 0, value, {}, false, { wall: this.timeline.wall(), now: 0 });
  }
}
