/**
 * The file of a game that is being written: `npm start -- --game`.
 *
 * Role: looks at it before it is played, and whenever it was saved; what is right, and suits the running games, replaces what is played under
 * them.
 * Invariants: what was refused is played by nobody who runs; one check or one roll at a time, and a save meanwhile is looked at afterwards.
 */
import { watchFile } from 'node:fs';
import { basename } from 'node:path';
import { checkGame, type Finding, type Played } from './check-game/check.ts';
import { textOf } from './check-game/problems.ts';
import { dryRun } from './dry-run/dry-run.ts';
import type { StoredGames } from './dry-run/stored-games.ts';

const lookMs = 300;
const check = { games: 200, seconds: 1.5 } as const;

/** What plays the file meanwhile. */
export interface Playing {
  stored(): Promise<StoredGames>;
  /** Starts every member anew, one after another; false if one did not come back. */
  roll(): Promise<boolean>;
}

export class GameFile {
  readonly #file: string;
  readonly #name: string;
  readonly #say: (line: string) => void;
  #played: Played | null = null;
  #saved = false;
  #working = false;

  constructor(file: string, say: (line: string) => void) {
    this.#file = file;
    this.#name = basename(file);
    this.#say = say;
  }

  /** What is to be played first. Rejects with what is wrong with it. */
  async begin(): Promise<void> {
    this.#played = await this.#checked();
  }

  /** From here on each save counts. */
  watch(cluster: Playing): void {
    watchFile(this.#file, { interval: lookMs }, () => {
      this.#saved = true;
      void this.#replaceUntilNoneIsNewer(cluster);
    });
  }

  async #replaceUntilNoneIsNewer(cluster: Playing): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    while (this.#saved) {
      this.#saved = false;
      await this.#replace(cluster);
    }
    this.#working = false;
  }

  async #replace({ stored, roll }: Playing): Promise<void> {
    this.#say(`${this.#name} was saved: it is checked …`);
    try {
      const next = await this.#checked();
      this.#refuseOther(next);
      const suits = await this.#tryOn(await stored());
      this.#say(
        `${this.#name} is right (${next.name}, version ${next.version})${suits}: the members start anew, one after another`,
      );
      this.#played = next;
      const everybody = await roll();
      this.#say(everybody ? `${this.#name}: all members play it` : `${this.#name}: not every member plays it`);
    } catch (error) {
      this.#say(`${(error as Error).message}\nThe members play on as before.`);
    }
  }

  async #checked(): Promise<Played> {
    const { findings, played } = await checkGame(this.#file, check);
    // How fast it is here says little while the members start beside it.
    const wrong = findings.filter(({ kind }) => kind !== 'slow');
    if (played === null || wrong.length > 0) throw new Error(this.#textOf(wrong));
    return played;
  }

  /** How many running games it suits, in words. Rejects with what is wrong, and in which game. */
  async #tryOn({ values, total }: StoredGames): Promise<string> {
    const { games, problem } = await dryRun({ file: this.#file, values, now: Date.now() });
    if (problem !== null) {
      throw new Error(`${this.#name} does not suit the running game ${problem.gameId}:\n${problem.text}`);
    }
    const of = values.length < total ? ` (${values.length} of ${total} stored ones were looked at)` : '';
    return games === 0 ? '' : ` and suits the ${games === 1 ? 'running game' : `${games} running games`}${of}`;
  }

  /** Running games are stored as one game, of a version that only newer ones can read. */
  #refuseOther(next: Played): void {
    const before = this.#played;
    if (before === null) return;
    if (next.name !== before.name) {
      throw new Error(`${this.#name}: its name was ${before.name} and is ${next.name}: that is another game`);
    }
    if (next.version < before.version) {
      throw new Error(
        `${this.#name}: its version was ${before.version} and is ${next.version}: running games are newer`,
      );
    }
  }

  #textOf(findings: readonly Finding[]): string {
    return [`${this.#name} is not played:`, ...findings.map((finding) => textOf(finding, this.#file))].join('\n');
  }
}
