/**
 * All machines of a world, and which process runs on each.
 *
 * Role: starts, kills and ends processes, cuts their connections, as an orchestrator, a kernel and a network would.
 * Invariants: at most one process a machine; what is to run there (`isWanted`) is started again when it ended, a second later.
 */
import type { MemberSettings } from '../../../src/member/member.ts';
import type { ProbeOutcome } from '../../../src/ports/messaging.ts';
import type { MemoryLink } from '../../support/memory-broker.ts';
import { Machine, Process } from './machine.ts';
import { MemberHost, type Shared } from './member-host.ts';
import { between } from './streams.ts';
import type { Timeline } from './timeline.ts';

/** How a machine is set up. */
export interface MachinePlan {
  readonly id: string;
  /** Of its monotonic clock. */
  readonly rate: number;
  readonly wallOffsetMs: number;
  readonly stateVersion: 1 | 2;
  readonly settings: MemberSettings;
}

const RESTART_MS = 1_000;
/** A client that lost its connection tries again after a pause of its own. */
const RECONNECT_MS = 250;

export class Place {
  readonly plan: MachinePlan;
  readonly machine: Machine;
  host: MemberHost | null = null;
  isWanted = false;
  /** Nothing runs here any more. */
  isRetired = false;
  isOff = false;
  isAsleep = false;
  /** After its process died the kernel still holds its sockets. */
  lingersUntil = 0;
  stateVersion: 1 | 2;
  starts = 0;
  /** Why it is cut off from NATS; empty: it is not. */
  readonly away = new Set<object>();
  /** Why its process may stumble: ms of a stall that begins now, or 0. */
  stumbles: (() => number) | null = null;

  constructor(plan: MachinePlan, timeline: Timeline) {
    this.plan = plan;
    this.machine = new Machine(plan.id, timeline, plan);
    this.stateVersion = plan.stateVersion;
  }

  get isRunning(): boolean {
    return this.host?.process.alive === true;
  }
}

export interface RoomContext extends Shared {
  readonly timeline: Timeline;
}

export class MachineRoom {
  readonly places = new Map<string, Place>();
  /** Every process there ever was. */
  readonly hosts: MemberHost[] = [];
  readonly #context: RoomContext;
  readonly #byLink = new Map<MemoryLink, string>();

  constructor(context: RoomContext, machines: readonly MachinePlan[]) {
    this.#context = context;
    for (const plan of machines) this.places.set(plan.id, new Place(plan, context.timeline));
  }

  place(id: string): Place {
    const place = this.places.get(id);
    if (place === undefined) throw new Error(`there is no machine ${id}`);
    return place;
  }

  /** The newest process of each machine, dead or alive. */
  get current(): readonly MemberHost[] {
    return [...this.places.values()].map(({ host }) => host).filter((host) => host !== null);
  }

  get running(): readonly MemberHost[] {
    return this.current.filter(({ process }) => process.alive);
  }

  memberOf(link: MemoryLink): string {
    return this.#byLink.get(link) ?? '';
  }

  /** Stopped for good. */
  retire(id: string): void {
    this.place(id).isRetired = true;
    this.terminate(id);
  }

  start(id: string): void {
    const place = this.place(id);
    if (place.isRetired) return;
    place.isWanted = true;
    if (place.isRunning || place.isOff || place.isAsleep) return;
    const { timeline } = this.#context;
    const process = new Process(place.machine, timeline, () => place.stumbles?.() ?? 0);
    const host = new MemberHost(this.#context, {
      process,
      settings: place.plan.settings,
      stateVersion: place.stateVersion,
      start: ++place.starts,
      exited: (gone, error) => this.#gone(gone, String(error)),
    });
    place.host = host;
    this.hosts.push(host);
    this.#byLink.set(host.link, id);
    if (place.away.size > 0) host.link.cut();
    this.#context.note(host.name, `starts, state version ${place.stateVersion}`);
    host.start().catch((error: unknown) => this.#gone(host, String(error)));
  }

  /** SIGKILL. */
  crash(id: string, lingerMs: number): void {
    const place = this.place(id);
    const { host } = place;
    if (host === null || !place.isRunning) return;
    this.#context.note(host.name, 'is killed');
    host.process.die();
    place.lingersUntil = this.#context.timeline.monotonic() + lingerMs;
    this.#context.timeline.after(lingerMs, () => host.link.cut());
  }

  /** The machine is gone, and nobody says so to its peers. */
  powerOff(id: string, noticeMs: number): void {
    const place = this.place(id);
    const { host } = place;
    place.isOff = true;
    if (host === null || !place.isRunning) return;
    this.#context.note(host.name, 'loses power');
    host.process.die();
    this.#context.timeline.after(noticeMs, () => host.link.cut());
  }

  /** SIGTERM, as src/app.ts handles it: drain, finish what came in, leave. */
  terminate(id: string): void {
    const place = this.place(id);
    place.isWanted = false;
    const { host } = place;
    if (host === null || !place.isRunning || host.isStopping) return;
    this.#context.note(host.name, 'is told to stop');
    host.process.enter(() => void this.#leave(host));
  }

  async #leave(host: MemberHost): Promise<void> {
    host.isStopping = true;
    await host.member.drain();
    await host.closeListener();
    await host.member.stop();
    this.#end(host, 'has stopped');
  }

  /** Cuts its connection to NATS until `reconnect` with the same reason. */
  disconnect(id: string, reason: object, strays?: () => number | null): void {
    const place = this.place(id);
    place.away.add(reason);
    place.host?.link.cut(strays);
  }

  reconnect(id: string, reason: object): void {
    const place = this.place(id);
    place.away.delete(reason);
    const { timeline, streams } = this.#context;
    const restore = () => {
      if (place.away.size === 0 && place.isRunning) place.host?.link.restore();
    };
    timeline.after(between(streams.get(`reconnect ${id}`), 1, RECONNECT_MS), restore);
  }

  /** What whoever connects to the address of a machine finds; null: nothing answers. */
  look(address: string, answer: (outcome: ProbeOutcome | null) => void): void {
    const place = this.places.get(address.split(':')[0] ?? '');
    const host = place?.host;
    const lingers = (place?.lingersUntil ?? 0) > this.#context.timeline.monotonic();
    if (place?.isOff || place?.isAsleep || lingers) answer(null);
    else if (!host?.process.alive || !host.isListening) answer({ kind: 'refused' });
    else host.process.enter(() => answer({ kind: 'answered', id: host.id, incarnation: host.member.self.incarnation }));
  }

  /** The process ended by itself: it must not run, or cannot. */
  #gone(host: MemberHost, why: string): void {
    // Games have moved on to a later version meanwhile: that is what an operator deploys then.
    if (/plays version 1|knows state version 1/.test(why)) this.place(host.id).stateVersion = 2;
    if (host.process.alive) this.#end(host, `exits: ${why}`);
  }

  #end(host: MemberHost, how: string): void {
    if (!host.process.alive) return;
    this.#context.note(host.name, how);
    host.process.die();
    host.link.cut();
    const place = this.place(host.id);
    // An orchestrator starts again what is to run.
    if (place.isWanted) this.#context.timeline.after(RESTART_MS, () => place.isWanted && this.start(host.id));
  }
}
