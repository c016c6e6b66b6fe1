/**
 * The thread in which a saved game meets the running ones: whoever started it may end it.
 *
 * Invariant: it posts one message: what was tried, and the first thing that went wrong.
 */
import type { GameHost } from '../../game/context.ts';
import { defaultsOf, type Play, seatsOf, settingsFor, tableOf } from '../../game/play.ts';
import { rulesWith } from '../../game/rules.ts';
import type { GameState } from '../../game/state.ts';
import { look, tableWith } from '../../game/table.ts';
import { loadGame } from '../../games.ts';
import { decode } from '../../session/snapshot.ts';
import { work } from '../contained/thread.ts';
import type { Job, Tried } from './dry-run.ts';

await work(tryAll);

async function tryAll({ file, values, now }: Job): Promise<Tried> {
  const game = await loadGame(file);
  // The thread as a whole is ended when it takes too long.
  const host: GameHost = { game, guard: (calls) => calls(), faulty: () => undefined };
  const rules = rulesWith({ abandonMs: Number.POSITIVE_INFINITY, host });
  let games = 0;
  for (const value of values) {
    const gameId = idOf(value);
    try {
      const { state } = decode(rules, value);
      if (state.status !== 'active' || state.play === null || state.play.outcome !== null) continue;
      games += 1;
      tryOne(host, state, state.play, now);
    } catch (error) {
      return { games, problem: { gameId, text: error instanceof Error ? error.message : String(error) } };
    }
  }
  return { games, problem: null };
}

/** Throws GameFault. */
function tryOne({ game }: GameHost, state: GameState, play: Play, now: number): void {
  const seats = seatsOf(state, play);
  const settings = settingsFor(game, state.settings);
  tableWith(game, play.world, { seats, settings, round: state.round, now, defaults: defaultsOf(state) });
  const table = tableOf(game, state, play);
  for (const { id } of seats) look(game, table, { kind: 'player', id });
  look(game, table, { kind: 'public' });
  look(game, table, { kind: 'admin' });
}

/** As it says itself, also where nothing else of it can be read. */
function idOf(value: Uint8Array): string {
  return (JSON.parse(new TextDecoder().decode(value)) as { gameId: string }).gameId;
}
