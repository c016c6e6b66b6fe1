/**
 * Plays a game that is over again from the records of its rounds (`replay`): what they say that was done leads from the world in which the
 * game began to the one in which it ended, and to the same winners.
 *
 * Why without the game's own code: lines of three are soon told, and a mistake that both sides share is none that shows.
 */
import type { GameState as Inner } from '../../../src/game/state.ts';
import type { Content, MemoryBuckets } from '../../support/memory-store.ts';
import { type TableRecord, tableOf } from '../world/table-game.ts';
import type { Violations } from '../world/witness.ts';
import type { GameLog } from './game-log.ts';
import type { StoredGame } from './stored-game.ts';

type Cells = readonly (string | null)[];

/** What a record says; only what is needed. */
interface Taken {
  readonly actions: readonly { readonly playerId: string; readonly cell: number }[];
  readonly events: readonly { readonly seq: number }[];
}

const NOTHING: Cells = Array(9).fill(null);
const LINES = ['012', '345', '678', '036', '147', '258', '048', '246'].map((line) => [...line].map(Number));
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
    const { cells } = play.world as { readonly cells: Cells };
    const played = [...NOTHING];
    let seq = 0;
    for (let round = 1; round < state.round; round += 1) {
      const record = this.#record(gameId, round);
      if (record === null) return `there is no record of round ${round}`;
      for (const { playerId, cell } of record.actions) {
        if (played[cell] !== null) return `in round ${round} ${playerId} marked cell ${cell} once more`;
        played[cell] = playerId;
      }
      for (const event of record.events) {
        seq += 1;
        if (event.seq !== seq) return `in the record of round ${round} event ${seq} is ${event.seq}`;
      }
    }
    const first = over.events[0]?.seq ?? seq;
    if (over.events.at(-1)?.seq !== seq || first > seq) return `it ended with other events than its records: ${seq}`;
    if (played.join() !== cells.join()) return `its records lead to ${played}, and it ended as ${cells}`;
    const winner = lineOf(played);
    const { winners = [], reason = null } = play.outcome ?? {};
    const isRight = reason === 'forfeit' || play.outcome === null || winners.join() === (winner ?? '');
    return isRight ? null : `${winner ?? 'nobody'} has a line in ${played}, but ${winners} won`;
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

/** Who has three in a line; null: nobody. */
function lineOf(cells: Cells): string | null {
  const line = LINES.find(
    ([a = 0, b = 0, c = 0]) => cells[a] !== null && cells[a] === cells[b] && cells[b] === cells[c],
  );
  return cells[line?.[0] ?? -1] ?? null;
}
