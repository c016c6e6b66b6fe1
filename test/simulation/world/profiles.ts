/**
 * Faults that belong together: what single mishaps, each drawn by itself, would hardly ever come to.
 *
 * Role: parts of a plan, each from a stream of its own, so that the rest of the plan stays as it is without them.
 * The numbers in the names of some of these streams (plan.ts) were chosen so that worlds in which some defect was found first, or that had
 * failed once (../defects/first-seeds.ts, ../run/kept-seeds.ts), stayed as they were.
 */
import type { Random } from '../../support/seeded.ts';
import type { Fault } from './fault.ts';
import { between, chance, pick } from './streams.ts';

/** The first members have joined by then. */
export const FIRST_FAULT_MS = 2_500;
/** Of all worlds, in how many some members are badly connected, in ways that the others are not. */
const SPOTTY = 0.15;
const MOST_SPOTS = 8;
/** And in how many members die while replicas catch up. */
const BEHIND = 0.1;
/** And in how many slots are taken again and again. */
const CONTESTED = 0.05;

/** Kinds of faults that only `drawSpots` draws. */
export type SpotKind = 'lossyPair' | 'deaf' | 'slowLink' | 'lossyLink';

/** Kinds of faults that only `drawReplicas` draws. */
export type ReplicaKind = 'catchUp' | 'fewKeys';

/**
 * All that members say comes again, seconds later, while slots leave one member and come back, again and
 * again, and their records are slow to show: so what was said of one move meets the next one.
 */
export function drawRepetitions(random: Random, ids: readonly string[], until: number): readonly Fault[] {
  const faults: Fault[] = [];
  const [member, by] = [pick(random, ids), pick(random, ids)];
  const everyMs = between(random, 2_500, 5_000);
  for (let begin = FIRST_FAULT_MS; begin < until - 1_000; begin += everyMs) {
    const at = Math.round(begin);
    const ms = Math.round(everyMs);
    const slow = { bucket: 'slots', ms } as const;
    const together: readonly Fault[] = [
      { at, kind: 'lateCopies', ms, most: 12, lateMs: pick(random, [4_000, 8_000]) },
      { at, kind: 'messages', ms, loss: pick(random, [0, 0.1]), doubling: 0, delayMs: 0 },
      {
        at: at + Math.round(random() * 500),
        kind: 'cordon',
        member,
        by,
        ms: Math.round(between(random, 0.3, 0.5) * ms),
      },
      { at, kind: 'lateWrites', ...slow, probability: pick(random, [0.2, 0.7]), lateMs: 2_000 },
      ...ids.map((id) => ({ at, kind: 'watchLag', member: id, ...slow, lagMs: pick(random, [0, 4_000]) }) as const),
    ];
    faults.push(...together.map((fault) => clipped(fault, until)));
  }
  return faults;
}

/** Connections that are bad for one member, or between two. */
export function drawSpots(random: Random, ids: readonly string[], until: number): readonly Fault[] {
  if (!chance(random, SPOTTY)) return [];
  const ms = (least: number, most: number) => Math.round(least * (most / least) ** random());
  const faults: Fault[] = [];
  for (let left = 1 + Math.floor(random() * MOST_SPOTS); left > 0; left -= 1) {
    const at = Math.round(between(random, FIRST_FAULT_MS, until));
    const member = pick(random, ids);
    const fault: Fault = pick<Fault>(random, [
      { at, kind: 'lossyPair', from: member, to: pick(random, ids), ms: ms(500, 15_000), loss: pick(random, [0.3, 1]) },
      { at, kind: 'deaf', member, ms: ms(200, 15_000) },
      { at, kind: 'slowLink', member, ms: ms(500, 15_000), delayMs: ms(20, 2_000) },
      { at, kind: 'lossyLink', member, ms: ms(500, 10_000), loss: pick(random, [0.05, 0.3, 0.8]) },
    ]);
    faults.push(clipped(fault, until));
  }
  return faults;
}

/**
 * Members die again and again while replicas that were away catch up, what was written last still comes, and few keys are given at once: so those
 * who take their slots are shown too little.
 */
export function drawReplicas(random: Random, ids: readonly string[], until: number): readonly Fault[] {
  if (!chance(random, BEHIND)) return [];
  const faults: Fault[] = [];
  const lagMs = pick(random, [500, 4_000]);
  for (let begin = FIRST_FAULT_MS; begin < until - 1_000; begin += between(random, 2_000, 6_000)) {
    const at = Math.round(begin);
    const of = { at, bucket: 'sessions', ms: 4_000 } as const;
    const together: Fault[] = [
      { ...of, kind: 'catchUp', probability: pick(random, [0.3, 0.9]), lagMs },
      // Late enough for it to leave writes that come late.
      { at: at + 1_000, kind: 'crash', member: pick(random, ids), lingerMs: between(random, 0, 20), restartMs: 500 },
    ];
    if (chance(random, 0.3)) together.push({ ...of, kind: 'fewKeys', keys: pick(random, [1, 2, 4, 12]) });
    if (chance(random, 0.6)) together.push({ ...of, kind: 'lateWrites', probability: 0.5, lateMs: 2_000 });
    faults.push(...together.map((fault) => clipped(fault, until)));
  }
  return faults;
}

/**
 * One member after another stands still until the others have given it up, and wakes to find its slots taken:
 * so each slot is taken many times, by members that held it before.
 */
export function drawContest(
  random: Random,
  ids: readonly string[],
  { goneMs, leaseMs }: { readonly goneMs: number; readonly leaseMs: number },
  until: number,
): readonly Fault[] {
  if (!chance(random, CONTESTED)) return [];
  const faults: Fault[] = [];
  for (let at = FIRST_FAULT_MS; at < until - 1_000; at += between(random, 1, 3) * goneMs) {
    const ms = Math.round(between(random, 1, 1.5) * (goneMs + leaseMs));
    const fault: Fault = chance(random, 0.5)
      ? { at: Math.round(at), kind: 'stall', member: pick(random, ids), ms }
      : { at: Math.round(at), kind: 'hold', member: pick(random, ids), ms, direction: pick(random, ['out', 'both']) };
    faults.push(clipped(fault, until));
  }
  return faults;
}

/**
 * Members die while what they archive is on its way, and it arrives when others have their slots, and games of theirs are erased: so what comes
 * late meets what has ended meanwhile.
 */
export function drawEndings(random: Random, ids: readonly string[], until: number): readonly Fault[] {
  const ms = until - FIRST_FAULT_MS;
  const late = { kind: 'lateWrites', bucket: 'archive', ms, probability: pick(random, [0.3, 0.7]) } as const;
  const faults: Fault[] = [{ at: FIRST_FAULT_MS, ...late, lateMs: pick(random, [4_000, 15_000]) }];
  for (let at = FIRST_FAULT_MS; at < until - 1_000; at += between(random, 1_000, 4_000)) {
    const member = pick(random, ids);
    faults.push({ at: Math.round(at), kind: 'crash', member, lingerMs: between(random, 0, 20), restartMs: 500 });
  }
  return faults;
}

/** Ends when the faults are over. */
export function clipped(fault: Fault, until: number): Fault {
  return 'ms' in fault ? { ...fault, ms: Math.min(fault.ms, until - fault.at) } : fault;
}
