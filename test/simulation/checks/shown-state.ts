/**
 * Whether a state that somebody was shown is one that the store held.
 *
 * Role: what reads, creations and sockets have in common: only committed states are shown (I2), and what is shown is the state of its
 * version. A state that the store forgot afterwards was committed once.
 */
import type { Viewer } from '../../../src/session/rules.ts';
import type { GameView } from '../world/game.ts';
import type { Violations } from '../world/witness.ts';
import type { GameLog } from './game-log.ts';
import { ms } from './operation.ts';

export interface ShownState {
  readonly viewer: Viewer;
  readonly version: unknown;
  /** As the viewer sees it, parsed. */
  readonly game: unknown;
}

/** `held`: the store holds it still, or what came after it. `lost`: it held it before it forgot. */
export function judgeState(
  violations: Violations,
  log: GameLog,
  state: ShownState,
  who: string,
): 'held' | 'lost' | 'wrong' {
  const { version, viewer } = state;
  const game = state.game as Partial<GameView> | null;
  const wrong = (promise: string, what: string): 'wrong' => {
    violations.report(promise, `game ${log.gameId}: ${who} ${what}`);
    return 'wrong';
  };
  if (typeof version !== 'number' || typeof game?.digest !== 'number') {
    return wrong('contract', `shows no game at all: version ${version}, ${JSON.stringify(game)}`);
  }
  const view = game as GameView;
  if (view.viewer !== viewer) return wrong('contract', `shows ${view.viewer} what is not for ${viewer}`);
  const landed = log.landedAs(version);
  if (landed !== undefined) {
    const { digest, round, roundEndTime, at } = landed;
    if (
      view.digest === digest &&
      view.round === round &&
      view.roundEndTime === roundEndTime &&
      view.count === version
    ) {
      return 'held';
    }
    if (log.wasLost(version, view)) return 'lost';
    const truth = { count: version, digest, round, roundEndTime, viewer };
    return wrong(
      'I2',
      `shows version ${version} as ${JSON.stringify(view)}; it landed at ${ms(at)} as ${JSON.stringify(truth)}`,
    );
  }
  if (log.wasLost(version, view)) return 'lost';
  if (version > log.version) return wrong('I2', `shows version ${version}, but only ${log.version} has landed`);
  return wrong('I2', `shows version ${version}, which no write ever left in the store`);
}
