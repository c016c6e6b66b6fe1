/**
 * What a run comes to: numbers, for the lines that say how it goes and for the last ones.
 */

interface Slowest {
  readonly ms: number;
  readonly what: string;
}

export class Tally {
  gamesBegun = 0;
  gamesOver = 0;
  rounds = 0;
  actions = 0;
  takenBack = 0;
  kills = 0;
  /** Games that were played again from their records; of those whose chance followed from a seed. */
  replayed = 0;
  seeded = 0;
  /** Answers by code of commands that came too late, or were not allowed after all. */
  readonly refusals = new Map<string, number>();
  readonly #tookMs: number[] = [];
  #slowest: Slowest | null = null;

  refused(code: string): void {
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
  }

  /** Waits for a command, and notes how long that took. */
  async timed<Answer>(what: string, command: PromiseLike<Answer>): Promise<Answer> {
    const begunAt = performance.now();
    try {
      return await command;
    } finally {
      const ms = performance.now() - begunAt;
      this.#tookMs.push(ms);
      if (ms > (this.#slowest?.ms ?? 0)) this.#slowest = { ms, what };
    }
  }

  progress(games: number): string {
    const { gamesOver, gamesBegun, rounds, actions, kills } = this;
    const slowest = this.#slowest === null ? '' : `; slowest command ${whole(this.#slowest.ms)} ms`;
    const playing = `${gamesOver} of ${games} games over, ${gamesBegun - gamesOver} being played`;
    return `${playing}; ${whole(rounds)} rounds, ${whole(actions)} actions, ${kills} kills${slowest}`;
  }

  summary(game: string, tookMs: number): string[] {
    const sorted = this.#tookMs.toSorted((one, other) => one - other);
    const at = (part: number) => whole(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0);
    const refused = [...this.refusals].map(([code, count]) => `${code} ${whole(count)}`);
    const { gamesOver, rounds, actions, takenBack, kills, replayed, seeded } = this;
    return [
      `${gamesOver} games of ${game}, ${whole(rounds)} rounds, ${whole(actions)} actions (${whole(takenBack)} taken back), ` +
        `${kills} kills in ${whole(tookMs / 1_000)} s`,
      `${whole(sorted.length)} commands: median ${at(0.5)} ms, p99 ${at(0.99)} ms, slowest ${whole(this.#slowest?.ms ?? 0)} ms` +
        (this.#slowest === null ? '' : ` (${this.#slowest.what})`),
      `refused: ${refused.length === 0 ? 'nothing' : refused.join(', ')}`,
      `played again from their records: ${replayed} of ${seeded} games with a seed`,
    ];
  }
}

const whole = (value: number) => Math.round(value).toLocaleString('en');
