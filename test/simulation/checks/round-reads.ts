/**
 * Judges what clients are told of finished rounds.
 *
 * Checked: a record is that of a round whose end has landed (I2), and the one that is archived (I3); no round is said to be unfinished of which
 * anybody had been told that it is over (I3); each sees it through its own eyes (`contract`).
 */
import type { NumberedEvent } from '../../../src/session/rules.ts';
import type { RecordView } from '../world/game.ts';
import { tableOf } from '../world/table-game.ts';
import type { Heard } from '../world/witness.ts';
import type { GameTruth } from './game-truth.ts';
import { by, type Operation } from './operation.ts';

/** It was answered with a record. */
export function judgeRecord(truth: GameTruth, operation: Operation, heard: Heard): void {
  const { asked, log } = operation;
  const { viewer, events, from: _, through: __, ...content } = heard.body as Partial<RecordView>;
  const isOne = tableOf(log.stored?.state) === null ? events?.length === 1 : isGapless(events ?? []);
  if (heard.status !== 200 || !isOne) {
    report(truth, 'contract', operation, `heard ${heard.status} ${JSON.stringify(heard.body)} from ${by(heard)}`);
  } else if (viewer !== asked.viewer) {
    report(truth, 'contract', operation, `was shown by ${by(heard)} what is for ${viewer}, not for ${asked.viewer}`);
  }
  // The archive may have lost the one and kept the other.
  if (truth.hasRolledBack || log.rollbacks > 0) return;
  const round = asked.round ?? 0;
  const end = log.endOf(round);
  const archived = JSON.stringify(truth.recordOf(asked.gameId, round));
  const shown = JSON.stringify(content);
  if (end === undefined)
    report(truth, 'I2', operation, `was shown ${shown} by ${by(heard)}: round ${round} is not over`);
  else if (shown !== archived) {
    report(truth, 'I3', operation, `was shown ${shown} by ${by(heard)}, but archived is ${archived}`);
  } else log.show(end.version, `${asked.client} had been shown a record by ${by(heard)} of a round before`);
}

/** It was told that there is no such record. */
export function judgeNoRecord(truth: GameTruth, operation: Operation, heard: Heard): void {
  const { asked, log, floor, isUndisturbed } = operation;
  const toldOf = log.landedAs(floor.version)?.round ?? 0;
  const round = asked.round ?? 0;
  if (truth.hasRolledBack || !isUndisturbed || toldOf <= round) return;
  const before = `${floor.how} version ${floor.version} before it was asked, in round ${toldOf}`;
  report(truth, 'I3', operation, `heard from ${by(heard)} that there is no record of round ${round}, but ${before}`);
}

function isGapless(events: readonly NumberedEvent[]): boolean {
  return events.every(({ seq }, index) => seq === (events[0]?.seq ?? 0) + index);
}

function report(truth: GameTruth, promise: string, { asked, name }: Operation, what: string): void {
  truth.violations.report(promise, `game ${asked.gameId}: ${name} ${what}`);
}
