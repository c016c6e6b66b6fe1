/**
 * Turns reports of the cluster into the few lines worth reading: what moved, where to, and how long it took.
 *
 * Role: pure; fed with reports and times, it answers lines.
 * Why: while slots move, every report differs from the one before; only where they came to rest is news.
 */
import type { ClusterReport } from '../member/contract/gateway.ts';

/** A distribution counts once it has stayed the same for this long. */
const restMs = 1_000;

interface Departure {
  readonly sinceMs: number;
  readonly slots: ReadonlyMap<string, number>;
}

export class OwnershipLog {
  #told: ReadonlyMap<string, number> = new Map();
  #now: ReadonlyMap<string, number> = new Map();
  #changedAtMs = 0;
  readonly #departures = new Map<string, Departure>();

  /** A member was killed, paused or told to leave at that time: its slots should find new owners. */
  departs(memberId: string, nowMs: number): void {
    if ((this.#now.get(memberId) ?? 0) > 0) this.#departures.set(memberId, { sinceMs: nowMs, slots: this.#now });
  }

  /** It is back before that happened. */
  returns(memberId: string): void {
    this.#departures.delete(memberId);
  }

  /** Lines about what this report settles; often none. */
  report(report: ClusterReport, nowMs: number): readonly string[] {
    const slots = new Map(report.members.map((member) => [member.id, member.slots]));
    if (!same(slots, this.#now)) this.#changedAtMs = nowMs;
    this.#now = slots;
    // Until every slot belongs to a member, what is seen is a step on the way.
    if (sum(slots) < report.slots) return [];
    const lines = this.#finishedDepartures(nowMs);
    if (this.#departures.size > 0 || lines.length > 0) return lines;
    if (nowMs - this.#changedAtMs < restMs || same(this.#now, this.#told)) return [];
    this.#told = this.#now;
    return [`slots: ${[...this.#now].map(([id, count]) => `${id} ${count}`).join(', ')}`];
  }

  #finishedDepartures(nowMs: number): readonly string[] {
    const lines: string[] = [];
    for (const [id, { sinceMs, slots }] of this.#departures) {
      if ((this.#now.get(id) ?? 0) > 0) continue;
      this.#departures.delete(id);
      this.#told = this.#now;
      const gains = [...this.#now].flatMap(([other, count]) => {
        const gain = count - (slots.get(other) ?? 0);
        return gain > 0 ? [`${other} +${gain}`] : [];
      });
      const seconds = ((nowMs - sinceMs) / 1000).toFixed(1);
      lines.push(`the ${slots.get(id)} slots of ${id} have new owners after ${seconds} s: ${gains.join(', ')}`);
    }
    return lines;
  }
}

function sum(slots: ReadonlyMap<string, number>): number {
  return [...slots.values()].reduce((total, count) => total + count, 0);
}

function same(one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): boolean {
  return one.size === other.size && [...one].every(([id, count]) => other.get(id) === count);
}
