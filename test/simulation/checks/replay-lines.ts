/**
 * Plays tic-tac-toe again from the records of its rounds: the marks that they hold lead to the cells in which it ended, and to the winner.
 */
import type { GameState as Inner } from '../../../src/game/state.ts';
import type { Taken } from './replays.ts';

type Cells = readonly (string | null)[];

const NOTHING: Cells = Array(9).fill(null);
const LINES = ['012', '345', '678', '036', '147', '258', '048', '246'].map((line) => [...line].map(Number));

/** Null: it is right. */
export function wrongLines(records: readonly Taken[], play: NonNullable<Inner['play']>): string | null {
  const { cells } = play.world as { readonly cells: Cells };
  const played = [...NOTHING];
  for (const [index, { actions }] of records.entries()) {
    for (const { playerId, cell } of actions) {
      if (played[cell] !== null) return `in round ${index + 1} ${playerId} marked cell ${cell} once more`;
      played[cell] = playerId;
    }
  }
  if (played.join() !== cells.join()) return `its records lead to ${played}, and it ended as ${cells}`;
  const winner = lineOf(played);
  const { winners = [], reason = null } = play.outcome ?? {};
  const isRight = reason === 'forfeit' || play.outcome === null || winners.join() === (winner ?? '');
  return isRight ? null : `${winner ?? 'nobody'} has a line in ${played}, but ${winners} won`;
}

/** Who has three in a line; null: nobody. */
function lineOf(cells: Cells): string | null {
  const line = LINES.find(
    ([a = 0, b = 0, c = 0]) => cells[a] !== null && cells[a] === cells[b] && cells[b] === cells[c],
  );
  return cells[line?.[0] ?? -1] ?? null;
}
