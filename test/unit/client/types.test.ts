/**
 * What the compiler refuses in a client of a game: each line that is marked here must be an error, or `npm run check` fails.
 */
import { test } from 'node:test';
import { type Match, minotaur, type Update, type Watch } from 'minotaur/client';
import type ticTacToe from '../../../src/games/tic-tac-toe/game.ts';

/** Never called: it only has to be understood. */
function typed(match: Match<typeof ticTacToe>, { view, players }: Update<typeof ticTacToe>): unknown {
  void match.act.mark({ cell: 4 });
  // @ts-expect-error: no such action.
  void match.act.move({ cell: 4 });
  // @ts-expect-error: no such field.
  void match.act.mark({ place: 4 });
  // @ts-expect-error: not that type.
  void match.act.mark({ cell: '4' });
  // @ts-expect-error: a field is missing.
  void match.act.mark({});
  const cells: readonly (string | null)[] = view?.cells ?? [];
  // @ts-expect-error: in a lobby there is no view yet.
  void view.cells;
  // @ts-expect-error: no such field of the view.
  void view?.walls;
  const name: string = players[0]?.displayName ?? '';
  return [cells, name];
}

/** A spectator sees what a player does in type, and has nothing to do. */
function watching(watch: Watch<typeof ticTacToe>, { view }: Update<typeof ticTacToe>): unknown {
  // @ts-expect-error: without a seat there are no actions.
  void watch.act;
  // @ts-expect-error: without a seat there are no commands.
  void watch.done;
  // @ts-expect-error: no such field of the view.
  void view?.walls;
  return watch[Symbol.asyncIterator]();
}

/** Without a module, actions are whatever the server takes. */
function untyped(match: Match): unknown {
  return match.act.anything?.({ q: 1 });
}

test('types: a wrong action, field or view does not compile', () => {
  void [typed, untyped, watching, minotaur<typeof ticTacToe>];
});
