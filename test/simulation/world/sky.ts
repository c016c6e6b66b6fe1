/**
 * The weather of a simulated world: what the faults that are on right now do to each message, write and read.
 *
 * Role: implements the twins' `Weather`. Faults that last switch themselves on and off here; single events are `events.ts`.
 * Invariant: it draws from the stream of the fault that spoils something, so that a fault taken away takes only its own draws along.
 */
import type { ProbeOutcome } from '../../../src/ports/messaging.ts';
import type { BucketName, Entry, WriteOutcome } from '../../../src/ports/store.ts';
import type { MemoryLink } from '../../support/memory-broker.ts';
import type { ReadManySteps, ReadSteps, Target, Weather, WriteSteps } from '../../support/memory-weather.ts';
import type { Random } from '../../support/seeded.ts';
import type { Costs } from '../checks/costs.ts';
import type { Fault, FaultKind, FaultOf } from './fault.ts';
import { inOtherWords } from './other-release.ts';
import { between, chance } from './streams.ts';
import type { Timeline } from './timeline.ts';

/** A fault that is on. */
interface Active<Kind extends FaultKind> {
  readonly fault: FaultOf<Kind>;
  readonly random: Random;
  readonly since: number;
}

/** What the sky has to know of the members. */
export interface Ground {
  readonly timeline: Timeline;
  readonly latency: Random;
  /** The machine's id behind a link. */
  memberOf(link: MemoryLink): string;
  /** Looks at an address from outside; null: the machine is off, or its process does not answer. */
  look(address: string, answer: (outcome: ProbeOutcome | null) => void): void;
  readonly costs: Costs;
}

const USUAL_LATENCY_MS = 1;
const RARE = 0.01;
const RARE_LATENCY_MS = 15;
/** Of the writes that arrive during an election: answered at once that nobody is there; carried out by the next leader; lost. */
const UNAVAILABLE = 0.6;
const CARRIED_OVER = 0.2;
/** Of the reads during an election, how many the deposed leader still answers. */
const DEPOSED = 0.5;
/** Of stale reads, how many show nothing at all. */
const NOTHING_SHOWN = 0.1;

export class Sky implements Weather {
  readonly passesTogether = 1;
  readonly #ground: Ground;
  #losses = 0;
  #hasClockJumped = false;
  readonly #active = new Map<FaultKind, Active<FaultKind>[]>();

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /** The store forgets: what it has not carried out yet, it never will. */
  forget(): void {
    this.#losses += 1;
  }

  begin(fault: Fault, random: Random): void {
    const active = { fault, random, since: this.#ground.timeline.monotonic() } as Active<FaultKind>;
    this.#hasClockJumped ||= fault.kind === 'storeClock';
    this.#active.set(fault.kind, [...(this.#active.get(fault.kind) ?? []), active]);
  }

  end(fault: Fault): void {
    const left = (this.#active.get(fault.kind) ?? []).filter((active) => active.fault !== fault);
    if (left.length > 0) this.#active.set(fault.kind, left);
    else this.#active.delete(fault.kind);
  }

  /** Whether the store's clock was ever wrong. */
  get hasClockJumped(): boolean {
    return this.#hasClockJumped;
  }

  storeAheadMs(): number {
    const now = this.#ground.timeline.monotonic();
    return this.#all('storeClock').reduce(
      (sum, { fault, since }) => sum + fault.offsetMs + fault.rate * (now - since),
      0,
    );
  }

  latencyMs(): number {
    const { latency } = this.#ground;
    return latency() < RARE ? latency() * RARE_LATENCY_MS : latency() * USUAL_LATENCY_MS;
  }

  slownessMs(link: MemoryLink): number {
    let ms = 0;
    for (const { fault, random } of this.#ofLink('slowLink', link)) ms += random() * fault.delayMs;
    return ms;
  }

  carry(from: MemoryLink, to: MemoryLink): readonly number[] {
    if (this.#ofLink('deaf', to).length > 0 || this.#isLostBetween(from, to)) return [];
    let copies: number[] = [0];
    for (const { fault, random } of this.#all('messages')) {
      if (chance(random, fault.loss)) return [];
      if (chance(random, fault.doubling)) copies.push(random() * fault.delayMs);
      copies = copies.map((ms) => (chance(random, 0.5) ? ms : ms + random() * fault.delayMs));
    }
    for (const { fault, random } of this.#all('lateCopies')) {
      for (let more = Math.floor(random() * (fault.most + 1)); more > 0; more -= 1)
        copies.push(random() * fault.lateMs);
    }
    return copies;
  }

  says(from: MemoryLink, payload: Uint8Array): Uint8Array {
    const all = this.#all('incompatiblePeer');
    if (all.length === 0) return payload;
    const member = this.#ground.memberOf(from);
    const mine = all.filter(({ fault, random }) => fault.member === member && chance(random, fault.probability));
    return mine.reduce((said, { random }) => inOtherWords(random, said), payload);
  }

  reaches(from: MemoryLink, to: MemoryLink): boolean {
    return this.#all('routeDown').every(({ fault }) => this.#isCutOff(fault, from) === this.#isCutOff(fault, to));
  }

  write(from: MemoryLink, target: Target, steps: WriteSteps): void {
    const { costs, memberOf } = this.#ground;
    const fate = this.#fateOf(from, target);
    costs.asked(from);
    if (fate.afterMs === null) {
      costs.failed(memberOf(from), target);
      if (fate.says !== null) steps.answer(fate.says);
    } else if (fate.afterMs === 0) this.#carryOut(target, steps, fate.isHeard);
    else {
      const losses = this.#losses;
      this.#ground.timeline.after(fate.afterMs, () => {
        if (losses === this.#losses) this.#carryOut(target, steps, fate.isHeard);
      });
    }
  }

  read(from: MemoryLink, target: Target, { look, answer }: ReadSteps): void {
    this.#ground.costs.asked(from);
    const agoMs = this.#agoMs(from, target);
    const catchingUpMs = this.#catchingUpMs(target);
    if (agoMs === Number.POSITIVE_INFINITY) answer(null);
    else if (agoMs !== null && catchingUpMs > agoMs) {
      const shown = look(catchingUpMs);
      answer(shown === look(0) ? shown : null);
    } else if (agoMs !== null) answer(look(agoMs));
  }

  readMany(from: MemoryLink, target: Pick<Target, 'bucket'>, { look, answer }: ReadManySteps): void {
    this.#ground.costs.asked(from);
    const agoMs = this.#agoMs(from, target);
    const catchingUpMs = this.#catchingUpMs(target);
    if (agoMs === Number.POSITIVE_INFINITY) answer([]);
    else if (agoMs !== null) answer(look(Math.max(agoMs, catchingUpMs), catchingUpMs > agoMs));
  }

  mostKeys(bucket: BucketName): number {
    return Math.min(...this.#of('fewKeys', { bucket }).map(({ fault }) => fault.keys));
  }

  followLagMs(from: MemoryLink, bucket: BucketName): number {
    let lagMs = 0;
    for (const { fault, random } of this.#watched('watchLag', from, bucket)) lagMs += random() * fault.lagMs;
    return lagMs;
  }

  skipsDelivery(from: MemoryLink, bucket: BucketName, _entry: Entry): boolean {
    return this.#watched('watchSkip', from, bucket).some(({ fault, random }) => chance(random, fault.probability));
  }

  probe(from: MemoryLink, address: string, timeoutMs: number): Promise<ProbeOutcome> {
    const me = this.#ground.memberOf(from);
    const [id = ''] = address.split(':');
    const spoilt = this.#all('address').find(({ fault }) => fault.from === me && fault.to === id)?.fault.shows;
    return new Promise((resolve) => {
      const timer = from.clock.after(timeoutMs, () => resolve({ kind: 'silent' }));
      const answer = (outcome: ProbeOutcome | null) => {
        if (outcome === null) return;
        this.#ground.timeline.after(this.latencyMs(), () =>
          from.host.enter(() => {
            timer.cancel();
            resolve(outcome);
          }),
        );
      };
      this.#ground.timeline.after(this.latencyMs(), () => {
        if (spoilt === 'refused') answer({ kind: 'refused' });
        else if (spoilt === 'other') answer({ kind: 'answered', id, incarnation: 'another' });
        else if (spoilt === undefined) this.#ground.look(address, answer);
      });
    });
  }

  #fateOf(from: MemoryLink, target: Target): Fate {
    for (const { fault, random } of this.#ofLink('lossyLink', from)) {
      if (chance(random, fault.loss)) return chance(random, 0.5) ? refused(null) : { afterMs: 0, isHeard: false };
    }
    for (const { fault } of this.#all('payloadLimit')) {
      if (target.bytes > fault.bytes) return refused({ kind: 'refused', reason: 'larger than the limit' });
    }
    for (const { fault, random } of this.#all('routeDown')) {
      if (this.#isCutOff(fault, from)) return refused(chance(random, 0.5) ? { kind: 'unavailable' } : null);
    }
    for (const { fault, random, since } of this.#of('election', target)) {
      const what = random();
      if (what < UNAVAILABLE) return refused({ kind: 'unavailable' });
      if (what > UNAVAILABLE + CARRIED_OVER) return refused(null);
      const leftMs = since + fault.ms - this.#ground.timeline.monotonic();
      return { afterMs: Math.max(0, leftMs) + random(), isHeard: chance(random, 0.5) };
    }
    for (const { fault, random } of this.#of('busy', target)) {
      if (chance(random, fault.probability)) return refused({ kind: 'busy' });
    }
    for (const { fault, random } of this.#of('full', target)) {
      if (chance(random, fault.probability)) return refused({ kind: 'unknown' });
    }
    for (const { fault, random } of this.#of('lostWrites', target)) {
      if (chance(random, fault.probability)) return refused(null);
    }
    for (const { fault, random } of this.#of('lateWrites', target)) {
      if (chance(random, fault.probability)) return { afterMs: random() * fault.lateMs, isHeard: true };
    }
    return { afterMs: 0, isHeard: true };
  }

  /** How old what a read shows is; infinite: it shows nothing. Null: nobody answers. */
  #agoMs(from: MemoryLink, target: Pick<Target, 'bucket'>): number | null {
    const { timeline } = this.#ground;
    for (const { fault, random } of this.#ofLink('lossyLink', from)) {
      if (chance(random, fault.loss)) return null;
    }
    for (const { fault, random } of this.#of('silentReads', target)) {
      if (chance(random, fault.probability)) return null;
    }
    // Its own server is a follower that hears nothing new.
    for (const { fault, since } of this.#all('routeDown')) {
      if (this.#isCutOff(fault, from)) return timeline.monotonic() - since;
    }
    for (const { random, since } of this.#of('election', target)) {
      return chance(random, DEPOSED) ? timeline.monotonic() - since : null;
    }
    for (const { fault, random } of this.#of('staleReads', target)) {
      if (!chance(random, fault.probability)) continue;
      return chance(random, NOTHING_SHOWN) ? Number.POSITIVE_INFINITY : random() * fault.lagMs;
    }
    return 0;
  }

  /** How far behind a replica is that catches up, and answers; 0: none does. */
  #catchingUpMs(target: Pick<Target, 'bucket'>): number {
    for (const { fault, random } of this.#of('catchUp', target)) {
      if (chance(random, fault.probability)) return random() * fault.lagMs;
    }
    return 0;
  }

  /** Carries it out and says so, unless something is on that garbles what is said. */
  #carryOut(target: Target, { apply, answer }: WriteSteps, isHeard: boolean): void {
    let outcome: WriteOutcome = apply();
    for (const { fault, random } of this.#of('lostAcks', target)) isHeard &&= !chance(random, fault.probability);
    for (const { fault, random } of this.#of('echoes', target)) {
      if (outcome.kind === 'landed' && chance(random, fault.probability)) outcome = { kind: 'stale' };
    }
    if (!isHeard) return;
    for (const { fault, random } of this.#of('lateAcks', target)) {
      if (!chance(random, fault.probability)) continue;
      this.#ground.timeline.after(random() * fault.lateMs, () => answer(outcome));
      return;
    }
    answer(outcome);
  }

  #isLostBetween(from: MemoryLink, to: MemoryLink): boolean {
    const { memberOf } = this.#ground;
    return this.#all('lossyPair').some(
      ({ fault, random }) => fault.from === memberOf(from) && fault.to === memberOf(to) && chance(random, fault.loss),
    );
  }

  #isCutOff({ members }: FaultOf<'routeDown'>, link: MemoryLink): boolean {
    return members.includes(this.#ground.memberOf(link));
  }

  #all<Kind extends FaultKind>(kind: Kind): readonly Active<Kind>[] {
    return (this.#active.get(kind) ?? NONE) as unknown as readonly Active<Kind>[];
  }

  #of<Kind extends StoreFaultKind>(kind: Kind, { bucket }: Pick<Target, 'bucket'>): readonly Active<Kind>[] {
    const all = this.#all(kind);
    return all.length === 0 ? all : all.filter(({ fault }) => fault.bucket === bucket);
  }

  #ofLink<Kind extends 'deaf' | 'slowLink' | 'lossyLink'>(kind: Kind, link: MemoryLink): readonly Active<Kind>[] {
    const all = this.#all(kind);
    if (all.length === 0) return all;
    const member = this.#ground.memberOf(link);
    return all.filter(({ fault }) => fault.member === member);
  }

  #watched<Kind extends 'watchLag' | 'watchSkip'>(kind: Kind, link: MemoryLink, bucket: BucketName) {
    const all = this.#all(kind);
    if (all.length === 0) return all;
    const member = this.#ground.memberOf(link);
    return all.filter(({ fault }) => fault.member === member && fault.bucket === bucket);
  }
}

type StoreFaultKind =
  | 'election'
  | 'busy'
  | 'full'
  | 'lostWrites'
  | 'lostAcks'
  | 'lateAcks'
  | 'echoes'
  | 'silentReads'
  | 'lateWrites'
  | 'staleReads'
  | 'catchUp'
  | 'fewKeys';

/** What becomes of a write. */
type Fate =
  /** It is never carried out, and this is said about it (null: nothing). */
  | { readonly afterMs: null; readonly says: WriteOutcome | null }
  | { readonly afterMs: number; readonly isHeard: boolean };

function refused(says: WriteOutcome | null) {
  return { afterMs: null, says } as const;
}

const NONE: readonly Active<FaultKind>[] = [];

/** When a client notices that its connection is dead: two pings without an answer. */
export function pingsOutMs(random: Random): number {
  return between(random, 2_000, 4_000);
}
