/**
 * Judges whether games come to rest, as it lands: what nobody plays ends no rounds, what somebody plays does, and whoever comes back finds a
 * whole round.
 *
 * Role: knows from the order of commands alone for how many rounds in a row nobody played, and holds each state against that. A command that
 * ends a round is no playing. (That no clock ends a round while it stands still is for round-truth.ts to see: such a round is due never.)
 */
import { ABANDONED, CLOCK, END, RESTARTED, recentOf } from '../world/game.ts';
import type { Violations } from '../world/witness.ts';
import type { GameLog } from './game-log.ts';
import { type StoredGame, writer } from './stored-game.ts';

/** `after` has landed over `before`; its commands are in the log already. */
export function checkRest(log: GameLog, before: StoredGame | null, after: StoredGame, violations: Violations): void {
  const report = (what: string) => violations.report('rest', `game ${log.gameId}: ${writer(after)} ${what}`);
  const { roundMs, idleRounds, suspendedAt, roundEndTime, round } = after.state;
  const idle = idleRoundsOf(log);
  const isUnplayed = idleRounds > 0 && roundMs !== null && idle >= idleRounds;
  if (isUnplayed && suspendedAt === null)
    report(`runs the clock on in round ${round}, after ${idle} that nobody played`);
  if (!isUnplayed && suspendedAt !== null)
    report(`stopped the clock in round ${round}, after ${idle} that nobody played`);
  if (suspendedAt !== null && roundEndTime !== null)
    report(`says that round ${round} ends, and that its clock stands still`);
  if (before === null || before.state.suspendedAt === null) return;
  const added = recentOf(after.state).filter(([version]) => version > before.version);
  if (added.length !== 1 || suspendedAt !== null || roundMs === null) return;
  const { at } = after.state.played;
  if (at === null || roundEndTime !== at + roundMs) {
    report(`gave round ${round} until ${roundEndTime} when somebody played again at ${at}, not ${roundMs} ms`);
  }
}

/** For how many rounds in a row, up to the last that ended, nobody has played. */
function idleRoundsOf({ tags }: GameLog): number {
  const played = tags.findLastIndex((tag, index) => index > 0 && !isEnd(tag) && tag !== RESTARTED);
  const ended = tags.slice(played + 1).filter(isEnd).length;
  return played < 0 ? ended : Math.max(0, ended - 1);
}

function isEnd(tag: string): boolean {
  return tag === CLOCK || tag === ABANDONED || tag.startsWith(END);
}
