/**
 * What a backup must bring back of a game that went on while it was taken.
 *
 * Role: cuts a recorded history at the version that was restored, for the judge of `history.ts`.
 * Why that is enough: a version is a place in the one order of the game, so what came before it must all be there, and nothing after it.
 */
import { type Command, GameHistory } from './history.ts';

/** The newest version that anybody had been told of by `time` (of `performance.now`). */
export function acknowledgedVersion({ startVersion, commands, reads }: GameHistory, time: number): number {
  const told = [
    ...commands.filter(({ answeredAt }) => answeredAt < time).map(versionOf),
    ...reads.filter(({ answeredAt }) => answeredAt < time).map(({ version }) => version),
  ];
  return Math.max(startVersion, ...told.map((version) => version ?? 0));
}

/**
 * The history as if it had ended at `version`. What no version tells of (a command without an answer; one whose answer names none and came
 * after `time`, when the backup began) may have been applied or not.
 */
export function historyUntil(history: GameHistory, version: number, time: number): GameHistory {
  const { gameId, startVersion, clockEnds } = history;
  const until = new GameHistory(gameId, { startVersion, clockEnds });
  for (const command of history.commands) {
    const made = versionOf(command);
    if (made !== null && made > version) continue;
    const copy = until.invoke(command, command.invokedAt);
    const isUnknown = command.results[0]?.applied && made === null && command.answeredAt >= time;
    for (const result of isUnknown ? [] : command.results) until.answer(copy, result, command.answeredAt);
  }
  for (const read of history.reads) if (read.version <= version) until.read(read);
  return until;
}

function versionOf({ results }: Command): number | null {
  return results[0]?.version ?? null;
}
