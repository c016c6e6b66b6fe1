/**
 * A world while an older version of its module is written: members of that version may take the game over at any moment.
 *
 * Role: what is written is the world as that version reads it; what is kept in memory, answered and pushed is what comes back from that.
 * Invariants:
 *  - So nothing that anybody was shown is lost when an older member takes the game over, or a newer one after that.
 *  - Whatever a module's steps do wrong is that game's own: a command is refused, a round abandoned, or the world written as it is.
 */
import type { RuleContext, RuleOutcome } from '../session/rules.ts';
import type { GameHost } from './context.ts';
import { called, GameFault } from './faults.ts';
import type { LoadedGame } from './loaded-game.ts';
import { failed } from './outcome.ts';
import type { Play } from './play.ts';
import type { GameState } from './state.ts';
import { withStoredWorld } from './stored-world.ts';

/** The outcome as members of the version that is written would keep it. `before`: null in a game that begins. Never throws. */
export function kept(
  outcome: RuleOutcome<GameState>,
  before: GameState | null,
  { moduleWritten }: RuleContext,
  host: GameHost,
): RuleOutcome<GameState> {
  if (outcome.kind === 'rejected' || moduleWritten === undefined || moduleWritten >= host.game.version) return outcome;
  const { state } = outcome;
  const { play } = state;
  if (play === null || play.world === before?.play?.world) return outcome;
  try {
    const back = host.guard(() => withStoredWorld(lowered(play, moduleWritten, host.game), host.game));
    return { ...outcome, state: { ...state, play: back } };
  } catch (error) {
    host.faulty(state.id, error);
    return failed();
  }
}

/** Never throws: a world that cannot be lowered is written as it is, and only newer members can read it. */
export function loweredState(state: GameState, moduleVersion: number, host: GameHost): GameState {
  const { play } = state;
  if (play === null || moduleVersion >= play.module.version) return state;
  try {
    return { ...state, play: host.guard(() => lowered(play, moduleVersion, host.game)) };
  } catch (error) {
    host.faulty(state.id, error);
    return state;
  }
}

/** Throws GameFault. */
function lowered(play: Play, to: number, game: LoadedGame): Play {
  let world: unknown = structuredClone(play.world);
  for (let version = play.module.version; version > to; version -= 1) {
    const step = game.migrations[version];
    // Without a step the versions differ in what a schema's defaults fill in: an older one takes no notice of it.
    if (step !== undefined) world = called('migrations', () => step.down(world));
  }
  if (typeof world !== 'object' || world === null) throw new GameFault('migrations', '`down` must answer a world');
  // Without a hash: no code of that version has read this world yet.
  return { ...play, module: { name: play.module.name, version: to }, world };
}
