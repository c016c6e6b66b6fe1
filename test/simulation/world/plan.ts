/**
 * What a world will be like: drawn from its seed, and then a JSON value.
 *
 * Role: chooses members, settings, workload and the schedule of faults. Each kind of fault has a probability of its own for every seed, and
 * most have none at all: many different worlds find more than one that is bad in every way at once (Groce et al., "Swarm Testing", 2012).
 */
import type { BucketName } from '../../../src/ports/store.ts';
import type { Random } from '../../support/seeded.ts';
import type { LoadPlan, TablesPlan } from '../clients/load-plan.ts';
import type { Fault, FaultKind, FaultOf } from './fault.ts';
import type { MachinePlan } from './machine-room.ts';
import {
  clipped,
  drawContest,
  drawEndings,
  drawRepetitions,
  drawReplicas,
  drawSpots,
  FIRST_FAULT_MS,
  type ReplicaKind,
  type SpotKind,
} from './profiles.ts';
import type { ReceiverPlan } from './receiver.ts';
import { between, chance, pick, Streams } from './streams.ts';
import { type UpdateKind, withUpdates } from './updates.ts';

export interface Plan {
  readonly seed: number;
  readonly slots: number;
  readonly machines: readonly MachinePlan[];
  /** Started at the beginning. */
  readonly first: readonly string[];
  /** Up when the faults are over. */
  readonly last: readonly string[];
  /** Of the state and the protocol that the cluster's record lets members write. */
  readonly writtenVersion: 1 | 2;
  readonly load: LoadPlan;
  /** What is played is a real game, and who plays it are the guests of these tables; null: the game of simulations. */
  readonly tables: TablesPlan | null;
  /** How the receiver of webhooks does; null: there is none. */
  readonly webhook: ReceiverPlan | null;
  /** When the faults are over, true ms. */
  readonly calmFrom: number;
  /** At the very end all members are stopped. */
  readonly stopsAll: boolean;
  readonly faults: readonly Fault[];
}

/** Of all worlds, how many last minutes up to an hour: with quiet times, in which what happens seldom happens. */
const LONG = 0.12;
/** And in how many one client hurries so much that commands are soon forgotten. */
const HOT = 0.03;
const HOT_LOAD = { games: 1, clients: 1, pauseMs: 30, keyed: 1, strongReads: 0.1, lateRetries: 0.3, bursts: 0.02 };
/** And in how many NATS forgets what it acknowledged last. */
const FORGETFUL = 0.03;
/** And in how many of the others what members say to each other comes again and again, while slots move. */
const REPEATING = 0.1;
/** And in how many of the others there are more games than a member loads at once. */
const CROWDED = 0.03;
const CROWD = { games: 160, clients: 2, rounds: 0.7, roundMs: [3_000, 20_000], idleRounds: 1, bursts: 0 } as const;
/**
 * And in how many somebody looks at lists and at rounds that are over. The number in the name of this stream is chosen so that the worlds in
 * which some defects are found first (../defects/first-seeds.ts) stay as they were.
 */
const BROWSED = 0.3;
/** And in how many of the others a real game is played, from its lobby to its end. See BROWSED for the number in the name of this stream. */
const PLAYED = 0.12;
/** And in how many of these that is the dungeon crawl. See BROWSED for the number in the name of this stream. */
const CRAWLED = 0.4;
/** And of these, in how many games are erased while what members have archived is on its way. */
const ERASED = 0.4;
/**
 * And in how many of those that are short, and in which no real game is played, members roll between two versions, and operators finalize. See
 * BROWSED for the number in the name of this stream.
 */
const UPDATED = 0.08;
const SHORT_MS = 60_000;
/** And of those in which a real game is played, in how many somebody is told. See BROWSED for the number in the name of this stream. */
const TOLD = 0.4;
/** Clocks may differ by less, and what is sent takes less. */
const LATE_MS = 2_000;
const ERASING = { watched: 0, unruly: 0.05, lively: 0.8, erasures: 0.5, roundSeconds: 10 } as const;
const NO_TOYS = { games: 0, clients: 0, sockets: 0 } as const;
/** Wall clocks are wrong by as much: nothing but leases may go by them. */
const WALL_OFFSET_MS = 2 * 3_600_000;

/** The plan of a seed: always the same. */
export function makePlan(seed: number): Plan {
  const streams = new Streams(seed);
  const plan = drawPlan(seed, streams);
  const updates = streams.get('plan of the updates 542');
  const isShort = plan.calmFrom < SHORT_MS && plan.tables === null;
  return isShort && chance(updates, UPDATED) ? withUpdates(plan, updates) : plan;
}

function drawPlan(seed: number, streams: Streams): Plan {
  const random = streams.get('plan');
  const count = pick(random, [1, 2, 2, 3, 3, 3, 3, 4, 4, 5, 6, 7]);
  const ids = Array.from({ length: count }, (_, index) => `m${index}`);
  const isMixed = chance(random, 0.2);
  const isLong = chance(random, LONG);
  const isHot = !isLong && chance(random, HOT);
  const settings = drawSettings(random, isLong);
  const slots = pick(random, [1, 4, 8, 8, 16]);
  const machines = ids.map((id): MachinePlan => {
    const stateVersion = isMixed && chance(random, 0.5) ? 1 : 2;
    const rate = chance(random, 0.5) ? 1 : between(random, 0.95, 1.05);
    const wallOffsetMs = chance(random, 0.5) ? 0 : drawOffset(random);
    return { id, rate, wallOffsetMs, stateVersion, settings: { ...settings, id, slots } };
  });
  const first = some(random, ids, 0.7);
  const repetitions = streams.get('plan of the repetitions');
  const repeats = !isLong && chance(repetitions, REPEATING);
  const isCrowded = !isLong && !isHot && !repeats && chance(streams.get('plan of the crowd'), CROWDED);
  const played = streams.get('plan of the tables 6845');
  const tables =
    isHot || repeats || isCrowded ? null : drawTables(played, isLong, settings.requestDeadlineMs + LATE_MS);
  const crawl = streams.get('plan of the crawl 5');
  const isCrawl = tables !== null && chance(crawl, CRAWLED);
  const isErasing = tables !== null && !isLong && chance(played, ERASED);
  const calmFrom = FIRST_FAULT_MS + (isLong ? between(random, 300_000, 4_000_000) : between(random, 8_000, 40_000));
  return {
    seed,
    slots,
    machines: tables === null ? machines : machines.map((machine) => ({ ...machine, stateVersion: 2 })),
    first,
    last: some(random, ids, 0.7),
    writtenVersion: isMixed && tables === null ? 1 : 2,
    load: {
      ...drawLoad(streams.get('plan of the load'), isLong),
      ...drawBrowsers(streams.get('plan of the browsers 429')),
      ...(isHot && HOT_LOAD),
      ...(repeats && { games: 16 }),
      ...(isCrowded && CROWD),
      ...(tables !== null && NO_TOYS),
    },
    tables: tables && { ...tables, ...(isErasing && ERASING), ...(isCrawl && drawCrawl(crawl)) },
    webhook: tables && drawReceiver(streams.get('plan of the receiver 51')),
    calmFrom,
    stopsAll: chance(random, 0.25),
    faults: inOrder([
      ...drawFaults(
        streams.get('plan of the faults'),
        { ids, suspectMs: settings.suspectMs, until: calmFrom, isForgetful: chance(random, FORGETFUL) },
        streams.get('plan of the last loss'),
      ),
      ...(isErasing ? drawEndings(played, ids, calmFrom) : []),
      ...(repeats ? drawRepetitions(repetitions, ids, calmFrom) : []),
      ...(isLong ? [] : drawReplicas(streams.get('plan of the replicas'), ids, calmFrom)),
      ...drawSpots(streams.get('plan of the spots 8631'), ids, calmFrom),
      ...(isLong ? [] : drawContest(streams.get('plan of the contest 12'), ids, settings, calmFrom)),
    ]),
  };
}

function drawSettings(random: Random, isLong: boolean) {
  const heartbeatMs = isLong ? pick(random, [500, 1_000]) : pick(random, [100, 100, 200, 400]);
  return {
    heartbeatMs,
    // A long one makes whoever believes in it wrongly easier to catch.
    leaseMs: chance(random, 0.3) ? pick(random, [1_500, 3_000]) : heartbeatMs / pick(random, [1, 2, 4]),
    goneMs: heartbeatMs * pick(random, [2, 2.5, 2.5, 5]),
    suspectMs: Math.max(1_000, heartbeatMs * pick(random, [10, 25])),
    stuckMs: 60_000,
    rebalanceDelayMs: pick(random, [0, 1_000, 1_000, 3_000]),
    idleMs: pick(random, [200, 2_000, 60_000]),
    gameRollbackMs: 30_000,
    drainMinMs: pick(random, [0, 500, 2_000]),
    drainTimeoutMs: pick(random, [1_000, 5_000, 25_000]),
    requestDeadlineMs: pick(random, [2_000, 10_000, 10_000]),
  };
}

function drawReceiver(random: Random): ReceiverPlan | null {
  if (!chance(random, TOLD)) return null;
  return {
    failing: pick(random, [0, 0.1, 0.5]),
    losing: pick(random, [0, 0.2]),
    hanging: pick(random, [0, 0.05]),
    slowMs: pick(random, [5, 200, 1_500]),
    outages: pick(random, [0, 0, 3]),
  };
}

function drawBrowsers(random: Random): Pick<LoadPlan, 'browsers' | 'unlisted'> {
  if (!chance(random, BROWSED)) return { browsers: 0, unlisted: 0 };
  return { browsers: pick(random, [1, 2]), unlisted: pick(random, [0, 0.3]) };
}

function drawTables(random: Random, isLong: boolean, erasableAfterMs: number): TablesPlan | null {
  if (!chance(random, PLAYED)) return null;
  return {
    game: 'tic-tac-toe',
    settings: {},
    done: 0,
    tables: pick(random, [1, 2, 3, 4]),
    guests: pick(random, [2, 2, 3]),
    watched: pick(random, [0, 0, 0.5]),
    pauseMs: isLong ? pick(random, [10_000, 40_000]) : pick(random, [150, 300, 600]),
    keyed: pick(random, [0.5, 0.9, 1]),
    doubled: pick(random, [0, 0, 0.2]),
    unruly: pick(random, [0.05, 0.2, 0.5]),
    lively: pick(random, [0.5, 0.8, 0.95]),
    erasures: pick(random, [0, 0.05, 0.3]),
    erasableAfterMs,
    roundSeconds: pick(random, isLong ? [30, 300] : [1, 3, 10]),
  };
}

/** Small and short: everybody meets everybody, and most come to an end. */
function drawCrawl(random: Random): Pick<TablesPlan, 'game' | 'settings' | 'done'> {
  const settings = {
    worldRadius: pick(random, [1, 2, 4]),
    visionRadius: 1,
    health: pick(random, [25, 60]),
    actionPoints: pick(random, [1, 3]),
    table: {
      damage: 25,
      attackRange: pick(random, [0, 1]),
      minotaur: chance(random, 0.5),
      lastRound: pick(random, [3, 6]),
    },
  };
  return { game: 'minotaur', settings, done: pick(random, [0.2, 0.5]) };
}

function drawLoad(random: Random, isLong: boolean): Omit<LoadPlan, 'browsers' | 'unlisted'> {
  return {
    games: pick(random, [1, 2, 4, 8, 16]),
    clients: pick(random, [1, 2, 4, 6]),
    sockets: pick(random, [0, 1, 2, 3]),
    pauseMs: isLong ? pick(random, [30_000, 100_000]) : pick(random, [150, 500, 1_000, 2_000]),
    keyed: pick(random, [0.5, 0.9, 1]),
    around: pick(random, [0, 0.2, 0.5]),
    lateRetries: pick(random, [0, 0.05, 0.3]),
    bursts: pick(random, [0, 0, 0, 0.05]),
    rounds: pick(random, [0, 0.5, 1]),
    roundMs: pick(
      random,
      isLong
        ? [[20_000, 300_000]]
        : [
            [300, 1_000],
            [500, 8_000],
          ],
    ),
    curses: pick(random, [0, 0, 0.02]),
    refusals: pick(random, [0, 0.05]),
    throws: pick(random, [0, 0, 0.02]),
    grows: pick(random, [0, 0, 0, 0.02]),
    eventualReads: pick(random, [0, 0.2]),
    strongReads: pick(random, [0.2, 0.4, 0.7]),
    endRounds: pick(random, [0, 0.02, 0.1]),
    idleRounds: pick(random, [0, 1, 1, 3]),
  };
}

/** Some of them, in their order; at least one. */
function some(random: Random, ids: readonly string[], probability: number): readonly string[] {
  const chosen = ids.filter(() => chance(random, probability));
  return chosen.length > 0 ? chosen : [pick(random, ids)];
}

/** What a kind of fault is drawn from. */
interface Draw {
  readonly random: Random;
  readonly ids: readonly string[];
  readonly suspectMs: number;
  readonly isForgetful: boolean;
  member(): string;
  bucket(): BucketName;
  /** Mostly short, sometimes long. */
  ms(least: number, most: number): number;
}

type Drawn<Kind extends FaultKind> = Omit<FaultOf<Kind>, 'at' | 'kind'>;

const BUCKETS = ['members', 'slots', 'sessions', 'sessions', 'archive'] as const;
/** Of all kinds, how many a seed has. */
const KINDS = 0.3;
const MOST_EACH = 6;

const draws: {
  readonly [Kind in Exclude<FaultKind, SpotKind | ReplicaKind | UpdateKind>]: (draw: Draw) => Drawn<Kind>;
} = {
  crash: ({ random, member, ms }) => ({
    member: member(),
    lingerMs: between(random, 0, 75),
    restartMs: chance(random, 0.8) ? ms(10, 10_000) : null,
  }),
  powerOff: ({ random, member, ms }) => ({
    member: member(),
    noticeMs: ms(100, 20_000),
    restartMs: chance(random, 0.8) ? ms(1_000, 15_000) : null,
  }),
  stop: ({ random, member, ms }) => ({
    member: member(),
    restartMs: chance(random, 0.8) ? ms(1, 5_000) : null,
    upgrade: chance(random, 0.5),
  }),
  start: ({ member }) => ({ member: member() }),
  cordon: ({ member, ms }) => ({ member: member(), by: member(), ms: ms(500, 15_000) }),
  stall: ({ member, ms, suspectMs }) => ({ member: member(), ms: ms(20, suspectMs * 3) }),
  stumble: ({ random, member, ms }) => ({
    member: member(),
    ms: ms(500, 10_000),
    probability: between(random, 0.001, 0.02),
    stallMs: ms(20, 2_000),
  }),
  sleep: ({ random, member, ms, suspectMs }) => ({
    member: member(),
    ms: ms(50, suspectMs * 3),
    isCut: chance(random, 0.5),
  }),
  wallJump: ({ random, member, ms }) => ({
    member: member(),
    ms: ms(500, 10_000),
    offsetMs: drawOffset(random),
  }),
  cut: ({ random, member, ms }) => ({
    member: member(),
    ms: ms(20, 8_000),
    strays: pick(random, ['arrive', 'late', 'lost']),
    lateMs: ms(100, 20_000),
  }),
  hold: ({ random, member, ms }) => ({
    member: member(),
    // Many just long enough that others lose patience before the client gives up its writes.
    ms: chance(random, 0.4) ? between(random, 1_000, 2_000) : ms(20, 8_000),
    direction: pick(random, ['out', 'in', 'both']),
  }),
  routeDown: ({ random, ids, ms }) => ({ members: some(random, ids, 0.4), ms: ms(100, 10_000) }),
  address: ({ random, member, ms }) => ({
    from: member(),
    to: member(),
    ms: ms(500, 15_000),
    shows: pick(random, ['refused', 'silent', 'other']),
  }),
  messages: ({ random, ms }) => ({
    ms: ms(500, 10_000),
    loss: pick(random, [0, 0.05, 0.5]),
    doubling: pick(random, [0, 0.1, 0.5]),
    delayMs: pick(random, [0, 50, 500, 5_000]),
  }),
  election: ({ bucket, random }) => ({ bucket: bucket(), ms: between(random, 4_000, 9_000) }),
  busy: likely,
  lostWrites: likely,
  lostAcks: likely,
  // Not later than writers wait.
  lateAcks: (draw) => ({ ...likely(draw), lateMs: draw.ms(50, 2_000) }),
  echoes: likely,
  silentReads: likely,
  lateWrites: (draw) => ({ ...likely(draw), lateMs: draw.ms(50, 30_000) }),
  staleReads: (draw) => ({ ...likely(draw), lagMs: draw.ms(50, 5_000) }),
  storeClock: ({ random, ms }) => ({
    ms: ms(500, 20_000),
    offsetMs: chance(random, 0.2) ? 0 : drawOffset(random),
    rate: pick(random, [0, 0, -0.005, 0.005]),
  }),
  payloadLimit: ({ random, ms }) => ({ ms: ms(100, 3_000), bytes: Math.round(between(random, 500, 3_000)) }),
  natsRestart: ({ ms, isForgetful }) => ({ ms: ms(50, 8_000), lostMs: isForgetful ? ms(5, 2_000) : 0 }),
  watchLag: ({ member, bucket, ms }) => ({
    member: member(),
    bucket: bucket(),
    ms: ms(500, 10_000),
    lagMs: ms(50, 4_000),
  }),
  watchStall: ({ random, member, bucket, ms }) => ({
    member: member(),
    bucket: bucket(),
    ms: ms(100, 10_000),
    isNoticed: chance(random, 0.5),
  }),
  watchDeath: ({ random, member, bucket, ms }) => ({
    member: member(),
    bucket: bucket(),
    noticeMs: chance(random, 0.7) ? ms(500, 10_000) : null,
  }),
  watchSkip: ({ random, member, ms }) => ({
    member: member(),
    // The list of a slot rests on two barriers, which prove nothing about a watch that loses entries.
    bucket: pick(random, ['members', 'slots']),
    ms: ms(500, 5_000),
    probability: between(random, 0.01, 0.3),
  }),
  incompatiblePeer: ({ random, member, ms }) => ({
    member: member(),
    ms: ms(500, 15_000),
    probability: pick(random, [0.2, 1]),
  }),
  lateCopies: ({ random, ms }) => ({
    ms: ms(500, 10_000),
    most: pick(random, [1, 4]),
    lateMs: ms(50, 10_000),
  }),
  // The last ones come to the same worlds as before.
  full: likely,
};

/** Milliseconds to hours, either way. */
function drawOffset(random: Random): number {
  return Math.round(Math.sign(random() - 0.5) * WALL_OFFSET_MS ** between(random, 0.3, 1));
}

function likely({ random, bucket, ms }: Draw) {
  return { bucket: bucket(), ms: ms(100, 8_000), probability: pick(random, [0.05, 0.3, 1]) };
}

function drawFaults(
  random: Random,
  { until, ...given }: Pick<Draw, 'ids' | 'suspectMs' | 'isForgetful'> & { readonly until: number },
  last: Random,
): readonly Fault[] {
  const { ids, isForgetful } = given;
  const draw: Draw = {
    ...given,
    random,
    member: () => pick(random, ids),
    bucket: () => pick(random, BUCKETS),
    ms: (least, most) => Math.round(least * (most / least) ** random()),
  };
  const faults: Fault[] = [];
  for (const kind of Object.keys(draws) as (keyof typeof draws)[]) {
    if (!chance(random, KINDS) && !(isForgetful && kind === 'natsRestart')) continue;
    for (let left = 1 + Math.floor(random() * MOST_EACH); left > 0; left -= 1) {
      const at = Math.round(between(random, FIRST_FAULT_MS, until));
      faults.push(clipped({ at, kind, ...draws[kind](draw) } as Fault, until));
    }
  }
  if (isForgetful) faults.push(lastLoss(last, until));
  return faults;
}

function inOrder(faults: readonly Fault[]): readonly Fault[] {
  return [...faults].sort((one, other) => one.at - other.at);
}

/** One of so much, so late, that games do not grow beyond what they were before all is calm. */
function lastLoss(random: Random, until: number): Fault {
  const ms = Math.round(between(random, 50, 1_000));
  return { at: until - ms, kind: 'natsRestart', ms, lostMs: Math.round(between(random, 500, 6_000)) };
}
