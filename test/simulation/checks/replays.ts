/**
 * Plays a game that is over again from the records of its rounds (`replay`): what they say that was done leads from the world in which the
 * game began to the one in which it ended, and to the same winners. All rounds have records, and their events have no gap.
 *
 * Why without the game's own code: what is judged is soon told, and a mistake that both sides share is none that shows.
 */
import type { GameState as Inner } from '../../../src/game/state.ts';
import type { Content, MemoryBuckets } from '../../support/memory-store.ts';
import { type TableRecord, tableOf } from '../world/table-game.ts';
import type { Violations } from '../world/witness.ts';
import type { GameLog } from './game-log.ts';
import { wrongCrawl } from './replay-crawl.ts';
import { wrongLines } from './replay-lines.ts';
import type { StoredGame } from './stored-game.ts';

/** What a record says; only what is needed. */
export interface Taken {
  readonly actions: readonly { readonly playerId: string; readonly cell: number }[];
  readonly events: readonly TakenEvent[];
}

interface TakenEvent {
  readonly seq: number;
  readonly type: string;
  readonly character: string;
  readonly target: string;
  readonly hits: number;
}

const decoder = new TextDecoder();

export class Replays {
  readonly #archive: Content;
  readonly #violations: Violations;
  readonly #mayBeLost: () => boolean;

  constructor(buckets: MemoryBuckets, violations: Violations, mayBeLost: () => boolean) {
    this.#archive = buckets.content('archive');
    this.#violations = violations;
    this.#mayBeLost = mayBeLost;
  }

  /** A write has landed: if the game is over by it, it is played again. */
  landed(log: GameLog, before: StoredGame | null, after: StoredGame): void {
    const over = tableOf(after.state);
    const isNew = tableOf(before?.state)?.status !== 'concluded';
    if (over?.status !== 'concluded' || over.play === null || !isNew || this.#mayBeLost()) return;
    const wrong = this.#whatIsWrong(log, after, over, over.play);
    if (wrong !== null) this.#violations.report('replay', `game ${log.gameId}: ${wrong}`);
  }

  #whatIsWrong(
    { gameId }: GameLog,
    { state }: StoredGame,
    over: Inner,
    play: NonNullable<Inner['play']>,
  ): string | null {
    const records: Taken[] = [];
    let seq = 0;
    for (let round = 1; round < state.round; round += 1) {
      const record = this.#record(gameId, round);
      if (record === null) return `there is no record of round ${round}`;
      for (const event of record.events) {
        seq += 1;
        if (event.seq !== seq) return `in the record of round ${round} event ${seq} is ${event.seq}`;
      }
      records.push(record);
    }
    const first = over.events[0]?.seq ?? seq;
    if (over.events.at(-1)?.seq !== seq || first > seq) return `it ended with other events than its records: ${seq}`;
    return play.module.name === 'minotaur' ? wrongCrawl(records, over, play) : wrongLines(records, play);
  }

  #record(gameId: string, round: number): Taken | null {
    for (const { key, deleted, value } of this.#archive.entries.values()) {
      const [, id, number] = key.split('.');
      if (id !== gameId || Number(number) !== round || deleted) continue;
      return (JSON.parse(decoder.decode(value)) as TableRecord).table as Taken;
    }
    return null;
  }
}
