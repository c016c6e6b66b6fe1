/**
 * Whoever believes that it may answer alone is right to (I5).
 *
 * Role: knows when renewals landed, in true time, and compares what each process believes of its own lease with that.
 * Rules:
 *  - A lease that is valid by its holder's clocks rests on a renewal that landed less than the lease ago in true time.
 *  - Its key is live in the store: when a deletion marker lands, the lease is over already.
 */
import { decodeMemberRecord, parseMemberKey } from '../../../src/cluster/view.ts';
import type { Entry } from '../../../src/ports/store.ts';
import type { Content } from '../../support/memory-store.ts';
import type { Machine } from '../world/machine.ts';
import type { Belief, Checked } from './belief.ts';
import { Once } from './once.ts';

export interface Renewal {
  /** True ms at which it landed. */
  readonly at: number;
  /** As it announces. */
  readonly leaseMs: number;
  /** What the holder's monotonic clock showed then. */
  readonly monotonic: number;
}

/** A wall clock shows whole milliseconds. */
const ROUNDING_MS = 1;
/** For the rounding of rates. */
const HAIR_MS = 1e-3;
/** The longest time between the sending of a renewal and its acknowledgement: after that it counts as lost. */
const UNDER_WAY_MS = 2_500;

const MOST_COUNTED = 16;

interface Wall {
  offsetMs: number;
  setBackAt: number;
}

export class Leases {
  readonly #checked: Checked;
  readonly #members: Content;
  readonly #once: Once;
  readonly #renewals = new Map<string, Renewal>();
  /** By key, true ms at which the last renewals landed. */
  readonly #times = new Map<string, number[]>();
  readonly #walls = new Map<Machine, Wall>();
  #rolledBackAt = Number.NEGATIVE_INFINITY;

  constructor(checked: Checked) {
    this.#checked = checked;
    this.#once = new Once(checked.violations);
    this.#members = checked.buckets.content('members');
    this.#members.listeners.add((entry) => this.#landed(entry));
  }

  /** The last one of this key that landed; a creation is one. Kept after the key was deleted. */
  lastRenewal(key: string): Renewal | null {
    return this.#renewals.get(key) ?? null;
  }

  /** How many renewals have landed since `at`, of whoever had most. At most MOST_COUNTED. */
  mostSince(at: number): number {
    return Math.max(0, ...[...this.#times.values()].map((times) => times.filter((time) => time > at).length));
  }

  /** The store has forgotten acknowledged writes: leases that rest on renewals before that say nothing. */
  storeRolledBack(): void {
    this.#rolledBackAt = this.#checked.beliefs.now();
  }

  /** Whether the store may have forgotten it. */
  mayBeLost(renewal: Renewal): boolean {
    return renewal.at < this.#rolledBackAt;
  }

  /**
   * Whether both clocks of its machine deceive it at once: it slept, which stops the one, and the other was set back. A lease that is
   * valid by both may be over then.
   */
  isFooled({ key, host, monotonic }: Belief): boolean {
    const renewal = this.lastRenewal(key);
    if (renewal === null) return false;
    const { machine, trueNow } = host.process;
    const hasSlept = machine.trueMs(monotonic - renewal.monotonic) < trueNow - renewal.at - HAIR_MS;
    return hasSlept && this.#setBackAt(machine) >= renewal.at - UNDER_WAY_MS;
  }

  /** To be called often: whatever a process believes between two calls is not seen. */
  look(): void {
    for (const belief of this.#checked.beliefs.living()) {
      this.#setBackAt(belief.host.process.machine);
      if (belief.leaseValid) this.#judge(belief);
    }
  }

  #landed(entry: Entry): void {
    const { beliefs } = this.#checked;
    if (parseMemberKey(entry.key) === null) return;
    if (!entry.deleted) {
      const at = beliefs.now();
      this.#times.set(entry.key, [...(this.#times.get(entry.key) ?? []), at].slice(-MOST_COUNTED));
      const monotonic = beliefs.of(entry.key)?.host.process.machine.monotonicAt(at) ?? 0;
      this.#renewals.set(entry.key, { at, leaseMs: decodeMemberRecord(entry.value).leaseMs, monotonic });
      return;
    }
    const belief = beliefs.of(entry.key);
    if (belief?.leaseValid) this.#judge(belief);
  }

  #judge(belief: Belief): void {
    const { key, host } = belief;
    const renewal = this.lastRenewal(key);
    if ((renewal !== null && this.mayBeLost(renewal)) || this.isFooled(belief)) return;
    const entry = this.#members.entries.get(key);
    const { process, settings } = host;
    if (entry === undefined || entry.deleted) {
      const stands = entry === undefined ? 'is not in the store' : `is a deletion marker (revision ${entry.revision})`;
      this.#tell(belief, 'marker', `its key ${stands}`);
    }
    const mostMs = Math.max(process.machine.trueMs(settings.leaseMs), settings.leaseMs + ROUNDING_MS);
    const sinceMs = process.trueNow - (renewal?.at ?? Number.NEGATIVE_INFINITY);
    if (sinceMs <= mostMs) return;
    const last = renewal === null ? 'none ever did' : `the last one landed at ${renewal.at.toFixed(3)}`;
    this.#tell(belief, 'lapsed', `no renewal of it landed in the ${mostMs.toFixed(3)} ms before: ${last}`);
  }

  /** When the machine's wall clock was last seen set back, true ms. */
  #setBackAt(machine: Machine): number {
    const { wallOffsetMs } = machine;
    const wall = this.#walls.get(machine) ?? { offsetMs: wallOffsetMs, setBackAt: Number.NEGATIVE_INFINITY };
    if (wallOffsetMs < wall.offsetMs) wall.setBackAt = this.#checked.beliefs.now();
    wall.offsetMs = wallOffsetMs;
    this.#walls.set(machine, wall);
    return wall.setBackAt;
  }

  #tell(belief: Belief, rule: string, what: string): void {
    const at = `${this.#checked.beliefs.now().toFixed(3)} (its own step: ${belief.host.process.trueNow.toFixed(3)})`;
    this.#once.report(`${rule} ${belief.key}`, 'I5', `at ${at} ${belief} believes in its lease, but ${what}`);
  }
}
