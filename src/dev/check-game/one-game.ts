/**
 * One game, played to its end or to its first problem.
 *
 * Role: the table does everything twice, every viewer looks at it after every round, and everything that they get is
 * searched. Who does what comes from outside: by chance, or as it was in a game before.
 * Invariant: a plan and the actions determine everything, so that a problem can be shown again, and made smaller.
 */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Seat } from 'minotaur/game';
import { GameFault } from '../../game/faults.ts';
import type { GivenAction, LoadedGame, World } from '../../game/loaded-game.ts';
import { bytesOfSeed } from '../../game/random-stream.ts';
import {
  type Finished,
  finish,
  look,
  nextTable,
  openTable,
  readSettings,
  readWorld,
  type Table,
  take,
  withAction,
} from '../../game/table.ts';
import { heardBy, nameOf, refuseDependence, refuseLeak, secretsFor, viewersOf } from './leaks.ts';
import { Problem } from './problems.ts';
import { type Progress, short } from './watched-game.ts';

export interface Plan {
  readonly seed: number;
  readonly players: readonly string[];
  readonly bots: readonly string[];
  readonly settings: object;
  /** Who leaves in which round. */
  readonly leaves: Readonly<Record<number, string>>;
  readonly mostRounds: number;
  /** Whether the game has to be over by then. */
  readonly mustEnd: boolean;
}

export type Deed = { readonly player: string; readonly action: GivenAction };

/** What the players in turn do in a round, one after another; `attempt` says what became of it. */
export type Chooser = (table: Table, attempt: (player: string, action: GivenAction) => Table | string) => void;

/** What happened until now, filled in while a game is played. */
export interface Trace {
  readonly rounds: Deed[][];
  readonly worlds: World[];
  /** The first, each with the round that it began. */
  readonly running: { readonly round: number; readonly world: World }[];
  readonly sizes: { world: number[]; view: number; record: number };
  digest: string;
}

const defaults = { actions: 3, seconds: 60 };
const mostRunning = 20;
const largestRecordBytes = 512 * 1024;
/** Secrets are replaced in the first rounds, then now and then: it takes long. */
const isClose = (round: number) => round <= 3 || round % 16 === 0;

export function emptyTrace(): Trace {
  return { rounds: [], worlds: [], running: [], sizes: { world: [], view: 0, record: 0 }, digest: '' };
}

/** Throws Problem. */
export function playGame(game: LoadedGame, plan: Plan, choose: Chooser, trace: Trace, progress: Progress): void {
  const digest = createHash('sha256');
  const note = (value: unknown) => digest.update(JSON.stringify(value));
  let table = opened(game, plan, progress);
  let now = 0;
  note(table.world);
  for (;;) {
    const { round } = table;
    progress.at(plan.seed, round);
    refuseEmptyTurn(table);
    table = { ...table, seats: seatsIn(table, plan) };
    if (trace.running.length < mostRunning) trace.running.push({ round, world: table.world });
    lookAround(game, table, trace);
    const deeds: Deed[] = [];
    trace.rounds.push(deeds);
    table = chosen(game, table, choose, deeds);
    now += table.turn.seconds * 1_000;
    const finished = finishedTwice(game, table, { now, bytes: bytesOfSeed(plan.seed, round), defaults });
    note([finished.actions, finished.events, finished.world, finished.outcome]);
    judge(game, table, finished, trace);
    if (finished.outcome !== null) break;
    if (round === plan.mostRounds) {
      if (!plan.mustEnd) break;
      throw new Problem('outcome', 'endless_game', `the game goes on after ${round} rounds`);
    }
    table = nextTable(table, finished, now);
  }
  trace.digest = digest.digest('hex');
}

/** The finding behind whatever a game threw. */
export function problemIn(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (!(error instanceof GameFault)) throw error;
  if (error.cause instanceof Problem) return error.cause;
  const text = error.message.replace(`${error.member}: `, '');
  return error.cause === undefined
    ? new Problem(error.member, /takes \d+ bytes/.test(text) ? 'grows' : 'wrong_answer', text)
    : new Problem(error.member, 'throws', `throws ${text}${lineOf(error.cause)}`);
}

function lineOf(cause: unknown): string {
  const line = cause instanceof Error ? cause.stack?.split('\n').find((each) => /^\s+at /.test(each)) : undefined;
  return line === undefined ? '' : ` (${line.trim()})`;
}

function opened(game: LoadedGame, { seed, players, bots, settings: given }: Plan, progress: Progress): Table {
  progress.at(seed, 0);
  const settings = readSettings(game, given);
  if ('complaints' in settings) {
    throw new Problem('settings', 'defaults', `${short(given)} is refused: ${settings.complaints.join('; ')}`);
  }
  const seats = players.map((id) => ({ id, bot: bots.includes(id), away: false, left: false }));
  const bytes = bytesOfSeed(seed, 0);
  const open = () => openTable(game, { seats, settings: settings.value, round: 1, now: 0, bytes, defaults });
  const [first, second] = [open(), open()];
  if (!isDeepStrictEqual(first, second)) {
    throw new Problem(
      'setup',
      'unsteady',
      `makes ${short(first.world)}, then ${short(second.world)}, drawing the same`,
    );
  }
  return first;
}

function seatsIn({ seats, round }: Table, { leaves }: Plan): readonly Seat[] {
  return seats.map((seat) => (seat.id === leaves[round] ? { ...seat, left: true } : seat));
}

function lookAround(game: LoadedGame, table: Table, trace: Trace): void {
  for (const viewer of viewersOf(table)) {
    const seen = look(game, table, viewer);
    trace.sizes.view = Math.max(trace.sizes.view, JSON.stringify(seen).length);
    const secrets = secretsFor(game, table, viewer);
    refuseLeak('view', seen, secrets, nameOf(viewer));
    refuseLeak('turn', table.turn, secrets, nameOf(viewer));
    if (isClose(table.round)) refuseDependence(game, table, viewer, secrets, seen);
  }
}

/** By who was there when the round began. */
function refuseEmptyTurn({ turn, seats }: Table): void {
  const there = seats.filter(({ left }) => !left).map(({ id }) => id);
  if (there.length === 0 || turn.players.some((id) => there.includes(id))) return;
  const named = turn.players.length === 0 ? 'names nobody' : `names only who left: ${turn.players.join(', ')}`;
  throw new Problem('turn', 'nobody_in_turn', `${named}, and the game is not over`);
}

function chosen(game: LoadedGame, before: Table, choose: Chooser, deeds: Deed[]): Table {
  let table = before;
  choose(table, (player, given) => {
    const taken = take(game, table, player, given);
    if ('refusal' in taken) {
      const { refusal } = taken;
      return refusal.kind === 'refused'
        ? refusal.reason
        : [refusal.kind, ...('complaints' in refusal ? refusal.complaints : [])].join(' ');
    }
    const again = take(game, table, player, taken.action);
    if ('refusal' in again || !isDeepStrictEqual(taken.action, again.action)) {
      throw new Problem(
        `actions.${given.type}`,
        'reparse',
        `makes ${short(taken.action)} of ${short(given)}, and not the same of that`,
      );
    }
    deeds.push({ player, action: given });
    table = withAction(table, player, taken.action);
    return table;
  });
  return table;
}

function finishedTwice(game: LoadedGame, table: Table, finishing: Parameters<typeof finish>[2]): Finished {
  const [first, second] = [finish(game, table, finishing), finish(game, table, finishing)];
  const [fault] = first.faults;
  if (fault !== undefined) throw fault;
  if (isDeepStrictEqual(first, second)) return first;
  if (!isDeepStrictEqual(first.actions, second.actions)) {
    throw new Problem(
      'bot',
      'unsteady',
      `does ${short(first.actions)}, then ${short(second.actions)}, drawing the same`,
    );
  }
  const differs = isDeepStrictEqual(first.world, second.world)
    ? (['events', first.events, second.events] as const)
    : (['world', first.world, second.world] as const);
  throw new Problem(
    'resolve',
    'unsteady',
    `leaves the ${differs[0]} ${short(differs[1])}, then ${short(differs[2])}, drawing the same`,
  );
}

function judge(game: LoadedGame, table: Table, { world, actions, events, outcome }: Finished, trace: Trace): void {
  const again = readWorld(game, world, table.seats);
  if (!isDeepStrictEqual(again, world)) {
    throw new Problem('world', 'reparse', `the schema makes ${short(again)} of ${short(world)}, which it made itself`);
  }
  const record = JSON.stringify({ actions, events }).length;
  trace.sizes.record = Math.max(trace.sizes.record, record);
  trace.sizes.world.push(JSON.stringify(world).length);
  if (trace.worlds.length < 20) trace.worlds.push(world);
  if (record > largestRecordBytes) throw new Problem('resolve', 'too_large', `made a record of ${record} bytes`);
  const after = { ...table, world };
  for (const viewer of viewersOf(after)) {
    const secrets = secretsFor(game, after, viewer);
    refuseLeak('tell', heardBy(events, viewer), secrets, nameOf(viewer));
    refuseLeak('outcome', outcome, secrets, nameOf(viewer));
    if (outcome !== null) refuseLeak('view', look(game, after, viewer), secrets, nameOf(viewer));
  }
}
