/**
 * The file of a game that is being written: `npm start -- --game`.
 *
 * Role: looks at it before it is played, and whenever it was saved; what is right replaces what is played, under the running games.
 * Invariants: what was refused is played by nobody who runs; one check or one roll at a time, and a save meanwhile is looked at afterwards.
 */
import { watchFile } from 'node:fs';
import { basename } from 'node:path';
import { checkGame, type Finding, type Played } from './check-game/check.ts';
import { textOf } from './check-game/problems.ts';

const lookMs = 300;
const check = { games: 200, seconds: 1.5 } as const;

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

  /** From here on each save counts. `roll`: starts every member anew, one after another; false if one did not come back. */
  watch(roll: () => Promise<boolean>): void {
    watchFile(this.#file, { interval: lookMs }, () => {
      this.#saved = true;
      void this.#replaceUntilNoneIsNewer(roll);
    });
  }

  async #replaceUntilNoneIsNewer(roll: () => Promise<boolean>): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    while (this.#saved) {
      this.#saved = false;
      await this.#replace(roll);
    }
    this.#working = false;
  }

  async #replace(roll: () => Promise<boolean>): Promise<void> {
    this.#say(`${this.#name} was saved: it is checked …`);
    try {
      const next = await this.#checked();
      this.#refuseOther(next);
      this.#say(
        `${this.#name} is right (${next.name}, version ${next.version}): the members start anew, one after another`,
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
