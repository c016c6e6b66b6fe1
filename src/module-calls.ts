/**
 * How long the calls into the game take, for operators: each is measured, and a game that is slow is named in the log.
 *
 * Role: wraps the module's functions, and the guard under which they run.
 * Invariants:
 *  - What belongs to one command, or to the end of one round, runs under one guard and is judged together.
 *  - The log counts time of the processor: that the machine did something else meanwhile is no fault of the game.
 */
import type { Guard } from './game/context.ts';
import type { LoadedGame } from './game/loaded-game.ts';
import type { moduleCalls } from './metrics.ts';
import type { Meter } from './ports/meter.ts';

type Call = (typeof moduleCalls)[number];

/** What is no trouble yet. A world that is set up counts as a round: it happens once a game. */
const MOST_MS = { command: 5, round: 50 } as const;

/** Time that passes, and time of the processor, both of this thread, in ms. */
export interface Stopwatch {
  passed(): number;
  worked(): number;
}

export interface SlowCalls {
  readonly kind: keyof typeof MOST_MS;
  /** That took longest of them. */
  readonly call: Call;
  readonly ms: number;
  readonly mostMs: number;
}

export class ModuleCalls {
  readonly #meter: Meter;
  readonly #watch: Stopwatch;
  readonly #slow: (slow: SlowCalls) => void;
  /** Under the guard that runs, in ms. */
  #spent = new Map<Call, number>();
  #running: { readonly call: Call; readonly since: number } | null = null;

  constructor(meter: Meter, watch: Stopwatch, slow: (slow: SlowCalls) => void) {
    this.#meter = meter;
    this.#watch = watch;
    this.#slow = slow;
  }

  /** The same game, measured. */
  measured(game: LoadedGame): LoadedGame {
    const steps = Object.entries(game.migrations).map(([version, { up, down }]) => {
      return [version, { up: this.#measured('migrations', up), down: this.#measured('migrations', down) }] as const;
    });
    return {
      ...game,
      migrations: Object.fromEntries(steps),
      setup: this.#measured('setup', game.setup),
      turn: this.#measured('turn', game.turn),
      resolve: this.#measured('resolve', game.resolve),
      outcome: this.#measured('outcome', game.outcome),
      view: this.#measured('view', game.view),
      allows: this.#measured('allows', game.allows),
      legal: game.legal && this.#measured('legal', game.legal),
      bot: game.bot && this.#measured('bot', game.bot),
    };
  }

  /** What runs under `guard` is judged when it is over. */
  judged(guard: Guard): Guard {
    return (run) => {
      const outer = this.#spent;
      this.#spent = new Map();
      const workedBefore = this.#watch.worked();
      try {
        return guard(run);
      } finally {
        // A call whose time was up came to no end of its own.
        this.#leave();
        this.#judge(this.#watch.worked() - workedBefore);
        this.#spent = outer;
      }
    };
  }

  #measured<Args extends unknown[], Answer>(call: Call, ask: (...args: Args) => Answer): (...args: Args) => Answer {
    return (...args) => {
      this.#running = { call, since: this.#watch.passed() };
      try {
        return ask(...args);
      } finally {
        this.#leave();
      }
    };
  }

  #leave(): void {
    if (this.#running === null) return;
    const { call, since } = this.#running;
    this.#running = null;
    const ms = this.#watch.passed() - since;
    this.#meter.observe('module_call_seconds', ms / 1_000, { call });
    this.#spent.set(call, (this.#spent.get(call) ?? 0) + ms);
  }

  #judge(workedMs: number): void {
    const kind = this.#spent.has('resolve') || this.#spent.has('setup') ? 'round' : 'command';
    const spentMs = this.#spent.values().reduce((sum, each) => sum + each, 0);
    const ms = Math.min(spentMs, workedMs);
    if (ms <= MOST_MS[kind]) return;
    const [slowest] = [...this.#spent].sort(([, one], [, other]) => other - one);
    if (slowest !== undefined) this.#slow({ kind, call: slowest[0], ms: Math.round(ms), mostMs: MOST_MS[kind] });
  }
}
