/**
 * One process of a member in the simulated world: the unchanged member code on a process, a link and the game of simulations.
 *
 * Role: what a machine runs between two starts. A restart is a new one of these on the same machine.
 */
import type { GameCommand } from '../../../src/game/commands.ts';
import { Incidents, type Log } from '../../../src/member/kit/incidents.ts';
import { Member, type MemberSettings } from '../../../src/member/member.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { Rules } from '../../../src/session/rules.ts';
import { SummedLog } from '../../../src/summed-log.ts';
import type { MemoryBroker, MemoryLink } from '../../support/memory-broker.ts';
import { type MemoryBus, MemoryMessaging } from '../../support/memory-messaging.ts';
import { type MemoryBuckets, MemoryStore } from '../../support/memory-store.ts';
import { silentMeter } from '../../support/meters.ts';
import { type GameState, oldRules, rules } from './game.ts';
import type { Process } from './machine.ts';
import type { Receiver } from './receiver.ts';
import type { Streams } from './streams.ts';
import { type TableGame, tableRules } from './table-game.ts';

/** What all members have in common. */
export interface Shared {
  readonly broker: MemoryBroker;
  readonly bus: MemoryBus;
  readonly buckets: MemoryBuckets;
  readonly streams: Streams;
  /** Where the members tell what happens in games; null: nowhere. */
  readonly receiver: Receiver | null;
  /** A real game is played. */
  readonly played: TableGame | null;
  note(who: string, what: string): void;
  /** What somebody of a newer version stored or said reached a member that cannot read it. */
  notUnderstood(who: string, what: string): void;
  /** A request took longer than its deadline allows. */
  overdue(who: string, tookMs: number): void;
}

export interface MemberHostOptions {
  readonly process: Process;
  readonly settings: MemberSettings;
  /** 1: a member that does not know the newest state version yet. */
  readonly stateVersion: 1 | 2;
  /** Counts the processes of this member id. */
  readonly start: number;
  /** The member gave up: the process ends. */
  exited(host: MemberHost, error: unknown): void;
}

/** An answer may come a little after the deadline. */
const OVERTIME_MS = 200;

export class MemberHost {
  readonly id: string;
  /** Unique among all processes of the world: `m1#2` is the second one of m1. */
  readonly name: string;
  readonly process: Process;
  readonly link: MemoryLink;
  readonly settings: MemberSettings;
  readonly stateVersion: 1 | 2;
  readonly incidents: Incidents;
  readonly member: Member<GameState>;
  /** It was told to stop: SIGTERM. */
  isStopping = false;
  /** Clients and peers can connect. */
  isListening = true;
  #requests = 0;
  #nowIdle: () => void = () => undefined;
  /** That it has logged, without sums of lines before. */
  lines = 0;
  readonly #shared: Shared;

  constructor(shared: Shared, { process, settings, stateVersion, start, exited }: MemberHostOptions) {
    this.id = settings.id;
    this.name = `${settings.id}#${start}`;
    this.process = process;
    this.settings = settings;
    this.stateVersion = stateVersion;
    this.#shared = shared;
    this.link = shared.broker.attach(process);
    // What is written about a step is no step: the process cannot stand still before it.
    const { machine } = process;
    const clock: Clock = {
      wall: () => machine.wallAt(process.trueNow),
      monotonic: () => machine.monotonicAt(process.trueNow),
      after: (ms, run) => process.after(ms, run),
    };
    const log = new SummedLog(this.#log(), clock);
    this.incidents = new Incidents(log);
    this.member = new Member<GameState>({
      clock: process,
      random: shared.streams.port(this.name),
      rules: rulesFor(shared.played, stateVersion),
      settings,
      log,
      incidents: this.incidents,
      meter: silentMeter,
      tracing: null,
      appVersion: `${stateVersion}.0.0`,
      webhook: shared.receiver?.webhookOf(process) ?? null,
      failed: (error) => exited(this, error),
    });
  }

  /** Where peers look for it. The same for every process of this id. */
  get address(): string {
    return `${this.id}:1`;
  }

  /** Joins. Rejects if it must not run. */
  start(): Promise<void> {
    const { buckets, bus } = this.#shared;
    const store = new MemoryStore(buckets, this.link);
    return this.member.start({ store, messaging: new MemoryMessaging(bus, this.link), addresses: [this.address] });
  }

  /** A client's request: what has come in is finished before the process ends. */
  async serve<T>(run: (member: Member<GameState>) => Promise<T> | T): Promise<T> {
    this.#requests += 1;
    const { machine, trueNow, stalls } = this.process;
    try {
      return await run(this.member);
    } finally {
      this.#requests -= 1;
      if (this.#requests === 0) this.#nowIdle();
      // Whoever stood still meanwhile may be late.
      const tookMs = machine.monotonicAt(this.process.trueNow) - machine.monotonicAt(trueNow);
      if (stalls === this.process.stalls && tookMs > this.settings.requestDeadlineMs + OVERTIME_MS) {
        this.#shared.overdue(this.name, tookMs);
      }
    }
  }

  /** Takes no new requests; resolves when those that came in are answered. */
  closeListener(): Promise<void> {
    this.isListening = false;
    return new Promise((resolve) => {
      this.#nowIdle = resolve;
      if (this.#requests === 0) resolve();
    });
  }

  #log(): Log {
    const note = (fields: object, message: string) => {
      if (!('until' in fields)) this.lines += 1;
      const line = `${message} ${brief(fields)}`;
      this.#shared.note(this.name, line);
      if (line.includes('knows no way from there')) this.#shared.notUnderstood(this.name, line);
    };
    return { info: note, warn: note, error: note };
  }
}

function rulesFor(played: TableGame | null, stateVersion: 1 | 2): Rules<GameState, GameCommand> {
  const own = stateVersion === 1 ? oldRules : rules;
  return (played === null ? own : tableRules[played]) as Rules<GameState, GameCommand>;
}

function brief(fields: object): string {
  return JSON.stringify(fields, (_, value) => (value instanceof Error ? `${value.name}: ${value.message}` : value));
}
