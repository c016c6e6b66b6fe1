/**
 * A game whose every call is watched.
 *
 * Role: stands between the table and the module: freezes what members are given, asks twice those that draw nothing, times
 * them, springs the traps, and says what runs, for whoever has to interrupt it.
 * Invariant: a member that passed answers as it would have without being watched.
 */
import { isDeepStrictEqual } from 'node:util';
import type { LoadedGame } from '../../game/loaded-game.ts';
import { Problem } from './problems.ts';
import { takeCaught, trapped } from './traps.ts';

export const memberNames = [
  'none',
  'load',
  'setup',
  'turn',
  'resolve',
  'outcome',
  'view',
  'allows',
  'legal',
  'bot',
  'secrets',
  'migrations',
] as const;
export type Member = (typeof memberNames)[number];

/** Where a check is: which member runs, how many calls began, in which game and round. */
export interface Place {
  readonly member: Member;
  readonly calls: number;
  readonly seed: number;
  readonly round: number;
}

/** Says where the check is, in numbers that who waits for it sees; a member is its place among `memberNames`. */
export class Progress {
  readonly #cells: Int32Array;

  constructor(cells: Int32Array) {
    this.#cells = cells;
  }

  enter(member: Member): void {
    Atomics.store(this.#cells, 0, memberNames.indexOf(member));
    Atomics.add(this.#cells, 1, 1);
  }

  leave(): void {
    Atomics.store(this.#cells, 0, 0);
  }

  at(seed: number, round: number): void {
    Atomics.store(this.#cells, 2, seed);
    Atomics.store(this.#cells, 3, round);
  }
}

export function placeOf([member = 0, calls = 0, seed = 0, round = 0]: readonly number[]): Place {
  return { member: memberNames[member] as Member, calls, seed, round };
}

/** A call that takes longer is interrupted by the server. */
const mostMs = 500;

export class Watch {
  readonly progress: Progress;
  /** Ms of processor time. */
  readonly slowest = new Map<Member, number>();

  constructor(progress: Progress) {
    this.progress = progress;
  }

  /** Throws Problem for what the call touched, wrote to or took too long for; what it throws itself passes. */
  call<Answer>(member: Member, call: () => Answer): Answer {
    this.progress.enter(member);
    const before = process.threadCpuUsage();
    try {
      return trapped(call);
    } catch (error) {
      if (isWrite(error)) throw new Problem(member, 'writes', `changes what it was given: ${error.message}`);
      throw error;
    } finally {
      this.progress.leave();
      const { user, system } = process.threadCpuUsage(before);
      this.#judge(member, (user + system) / 1_000);
    }
  }

  #judge(member: Member, ms: number): void {
    this.slowest.set(member, Math.max(this.slowest.get(member) ?? 0, ms));
    const caught = takeCaught();
    if (caught !== null) throw new Problem(member, caught.kind, `uses ${caught.name}`);
    if (ms > mostMs) throw new Problem(member, 'slow', `took ${Math.round(ms)} ms`);
  }
}

export function watched(game: LoadedGame, watch: Watch): LoadedGame {
  /** Asked twice, with what it was given frozen. */
  const steady = <Args extends unknown[]>(member: Member, ask: (...args: Args) => unknown) => {
    return (...args: Args): unknown => {
      args.forEach(freeze);
      const first = watch.call(member, () => ask(...args));
      const second = watch.call(member, () => ask(...args));
      if (isDeepStrictEqual(first, second)) return first;
      throw new Problem(member, 'unsteady', `answers ${short(first)}, then ${short(second)}, asked the same`);
    };
  };
  return {
    ...game,
    setup: (of) => watch.call('setup', () => game.setup(frozen(of, 'random'))),
    turn: steady('turn', game.turn),
    resolve: (world, actions, of) =>
      watch.call('resolve', () => game.resolve(world, freeze(actions), frozen(of, 'random', 'tell'))),
    outcome: steady('outcome', game.outcome),
    view: steady('view', game.view),
    allows: steady('allows', game.allows),
    legal: game.legal && steady('legal', game.legal),
    bot:
      game.bot &&
      ((view, player, of) => watch.call('bot', () => game.bot?.(freeze(view), player, frozen(of, 'random')))),
    secrets: game.secrets && steady('secrets', game.secrets),
  };
}

/** A copy whose values are frozen, but for those of these names: they are no data. */
function frozen<Value extends object>(value: Value, ...names: readonly string[]): Value {
  for (const [name, each] of Object.entries(value)) if (!names.includes(name)) freeze(each);
  return Object.freeze({ ...value });
}

function freeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const each of Object.values(value)) freeze(each);
  return value;
}

export function short(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

function isWrite(error: unknown): error is TypeError {
  return (
    error instanceof TypeError &&
    /read.only|not extensible|Cannot (delete|add|define|assign|redefine)/.test(error.message)
  );
}
