/**
 * Many games, and for each kind of problem the smallest that shows it.
 *
 * Role: makes the plans, plays them, makes smaller what fails, and looks at what only many rounds show: growth, migrations.
 * Invariant: one finding for a member and kind. Who wants to see the next one mends the first.
 */
import type { Random } from 'minotaur/game';
import { LARGEST_WORLD_BYTES } from '../../game/kept-world.ts';
import type { LoadedGame, World } from '../../game/loaded-game.ts';
import { bytesOfSeed, randomOf } from '../../game/random-stream.ts';
import { readSettings } from '../../game/table.ts';
import { asBefore, byChance, idleSeed } from './choosers.ts';
import { type FrozenFile, type FrozenWorld, refuseFrozen } from './frozen-worlds.ts';
import { refuseBadSteps } from './migrations.ts';
import { type Chooser, emptyTrace, type Plan, playGame, problemIn, type Trace } from './one-game.ts';
import { type Finding, type Kind, Problem } from './problems.ts';
import { boldSettings } from './samples.ts';
import type { Progress, Watch } from './watched-game.ts';

export interface CampaignOptions {
  /** Seeds of the games. */
  readonly seeds: readonly number[];
  /** No game begins after so much processor time, ms. */
  readonly mostMs: number;
  /** A game has to be over by then. */
  readonly mostRounds: number;
  /** What is kept beside the game's file. */
  readonly frozen: readonly FrozenFile[];
}

export interface Campaign {
  readonly findings: readonly Finding[];
  readonly games: number;
  readonly rounds: number;
  /** Bytes; ms of processor time by member. */
  readonly largest: { readonly world: number; readonly view: number; readonly record: number };
  readonly slowest: Readonly<Record<string, number>>;
  /** Of the first games, by seed: what all that happened comes to. */
  readonly digests: Readonly<Record<number, string>>;
  /** From the middle of games, as they are to be kept. */
  readonly worlds: readonly FrozenWorld[];
}

/** These show themselves without an example, and playing them again takes long. */
const notShrunk: readonly Kind[] = ['grows', 'endless_game', 'slow'];
const mostPlayers = 6;
const mostDigests = 12;
const mostKept = 3;
/** How often a failing game is played again in order to make it smaller, and for how long. */
const mostShrinks = 200;
const mostShrinkMs = 6_000;

export function planOf(game: LoadedGame, seed: number, mostRounds: number): Plan {
  const random = randomOf(bytesOfSeed(seed, 0), 'check plan');
  const most = Math.min(game.players.max, Math.max(game.players.min, mostPlayers));
  // The first games are the smallest, so that what they show is shown by little.
  const count = seed < 3 ? game.players.min : game.players.min + random.int(most - game.players.min + 1);
  const players = Array.from({ length: count }, (_, index) => `p${index + 1}`);
  const bots = game.bot === null || seed === idleSeed ? [] : players.filter(() => random.int(4) === 0);
  const isBold = seed % 5 === 4;
  const leaver = random.pick(players);
  const leaves = seed % 4 === 3 && count > 1 ? { [1 + random.int(5)]: leaver } : {};
  return {
    seed,
    players,
    bots,
    settings: isBold ? bold(game, random, players) : {},
    leaves,
    mostRounds: isBold ? 3 : mostRounds,
    mustEnd: !isBold,
  };
}

/** Settings at their bounds, if they may stand together. */
function bold(game: LoadedGame, random: Random, strings: readonly string[]): object {
  const settings = boldSettings(game.settings, { random, strings });
  return 'value' in readSettings(game, settings) ? settings : {};
}

export function runCampaign(game: LoadedGame, watch: Watch, options: CampaignOptions): Campaign {
  const { seeds, mostMs, mostRounds, frozen } = options;
  const findings: Finding[] = [];
  const digests: Record<number, string> = {};
  const largest = { world: 0, view: 0, record: 0 };
  const worlds: World[] = [];
  const kept: FrozenWorld[] = [];
  const { progress } = watch;
  const startedAt = process.cpuUsage();
  let games = 0;
  let rounds = 0;
  for (const seed of seeds) {
    const { user, system } = process.cpuUsage(startedAt);
    if ((user + system) / 1_000 > mostMs) break;
    const plan = planOf(game, seed, mostRounds);
    const { trace, problem } = attempt(game, plan, byChance(game, plan), progress);
    games += 1;
    rounds += trace.rounds.length;
    if (trace.digest !== '' && Object.keys(digests).length < mostDigests) digests[seed] = trace.digest;
    if (worlds.length < 100) worlds.push(...trace.worlds);
    if (problem === null && kept.length < mostKept) kept.push(...middleOf(game, plan, trace));
    largest.world = Math.max(largest.world, ...trace.sizes.world);
    largest.view = Math.max(largest.view, trace.sizes.view);
    largest.record = Math.max(largest.record, trace.sizes.record);
    const found = problem ?? growthIn(trace);
    if (found !== null && !findings.some((each) => found.isLike(each))) {
      findings.push(found.finding(smallest(game, plan, trace, found, progress)));
    }
    if (found !== null && findings.length === 8) break;
    // A game that cannot end takes long, and the next one will not end either.
    if (found?.kind === 'endless_game') break;
  }
  const steps = watch.call('migrations', () => refuseBadSteps(game, worlds)) ?? refuseFrozen(game, frozen, watch);
  return {
    findings: steps === null ? findings : [...findings, steps.finding(null)],
    worlds: kept,
    games,
    rounds,
    largest,
    slowest: Object.fromEntries(watch.slowest),
    digests,
  };
}

/** A world that a member might have stored; none of a game that did not come to anything. */
function middleOf({ name, version }: LoadedGame, { players, settings }: Plan, { running }: Trace): FrozenWorld[] {
  const { round, world } = running[Math.floor(running.length / 2)] ?? {};
  if (round === undefined || world === undefined) return [];
  return [{ game: name, version, players: [...players], settings: { ...settings }, round, world: { ...world } }];
}

function attempt(game: LoadedGame, plan: Plan, choose: Chooser, progress: Progress) {
  const trace = emptyTrace();
  try {
    playGame(game, plan, choose, trace, progress);
    return { trace, problem: null };
  } catch (error) {
    return { trace, problem: problemIn(error) };
  }
}

/** A world that gets larger in nearly every round, at a pace at which it does not last. */
function growthIn({ sizes: { world } }: Trace): Problem | null {
  const first = world[Math.floor(world.length / 2)];
  const last = world[world.length - 1];
  if (world.length < 40 || first === undefined || last === undefined) return null;
  const grown = world.filter((size, round) => size > (world[round - 1] ?? size)).length;
  const pace = (last - first) / (world.length / 2);
  const left = Math.round((LARGEST_WORLD_BYTES - last) / pace);
  if (grown < 0.9 * (world.length - 1) || left > 10_000) return null;
  const bytes = `${Math.round(pace)} bytes a round`;
  return new Problem(
    'resolve',
    'grows',
    `the world grows by ${bytes}: it is too large after ${world.length + left} rounds`,
  );
}

/** The game with as few actions as still show the problem. */
function smallest(game: LoadedGame, plan: Plan, trace: Trace, problem: Problem, progress: Progress) {
  let best = { plan, rounds: trace.rounds.map((deeds) => [...deeds]) };
  const until = performance.now() + mostShrinkMs;
  let tries = 0;
  const shrinks = (candidate: typeof best): boolean => {
    tries += 1;
    const choose = asBefore(candidate.rounds);
    const again = attempt(game, candidate.plan, choose, progress);
    if (again.problem?.isLike(problem) !== true || again.trace.rounds.length > best.rounds.length) return false;
    best = { plan: candidate.plan, rounds: again.trace.rounds };
    return true;
  };
  const isWorth = () => !notShrunk.includes(problem.kind) && tries < mostShrinks && performance.now() < until;
  if (isWorth()) shrinks({ plan: { ...plan, leaves: {} }, rounds: best.rounds });
  for (let many = Math.ceil(best.rounds.length / 2); many >= 1; many = Math.floor(many / 2)) {
    for (let first = 0; first < best.rounds.length && isWorth(); first += many) {
      const isInside = (round: number) => round >= first && round < first + many;
      const rounds = best.rounds.map((deeds, round) => (isInside(round) ? [] : deeds));
      if (best.rounds.some((deeds, round) => isInside(round) && deeds.length > 0)) shrinks({ ...best, rounds });
    }
  }
  for (let round = best.rounds.length - 1; round >= 0; round -= 1) {
    for (let deed = (best.rounds[round]?.length ?? 0) - 1; deed >= 0 && isWorth(); deed -= 1) {
      const deeds = best.rounds[round] ?? [];
      if (deed < deeds.length) shrinks({ ...best, rounds: best.rounds.with(round, deeds.toSpliced(deed, 1)) });
    }
  }
  const isShown = tries > 0;
  return {
    seed: plan.seed,
    players: plan.players,
    settings: plan.settings,
    rounds: isShown
      ? best.rounds.map((deeds) => deeds.map(({ player, action }) => ({ player, ...action })))
      : best.rounds.map(() => []),
  };
}
