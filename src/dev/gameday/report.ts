/**
 * What an incident came to, for people.
 */
import type { Outcome } from './run-incident.ts';

const MOST_LINES = 12;
/** What is no news to anybody. */
const routine = /^log \w+ \(info\)$/;

export function reportOf({ incident, felt, saw, problems }: Outcome): readonly string[] {
  const { attempts, failed, slowestMs, allAnswerMs } = felt;
  const isSign = (line: string) => incident.signs.some((sign) => sign.test(line));
  // What it has to be seen by is never among those that are left out.
  const signs = saw.filter(isSign);
  const shown = [...signs, ...saw.filter((line) => !isSign(line) && !routine.test(line))];
  const more = shown.length > MOST_LINES ? [`and ${shown.length - MOST_LINES} more`] : [];
  const operator = [...shown.slice(0, MOST_LINES), ...more];
  const { runbook, alert } = incident;
  return [
    `${incident.name}: ${incident.what}`,
    `  players    ${failed} of ${attempts} single attempts failed, the slowest took ${seconds(slowestMs)}; all games answered after ${seconds(allAnswerMs)}`,
    ...(operator.length === 0 ? ['nothing but lines of level info'] : operator).map(
      (line, index) => `  ${index === 0 ? 'operator   ' : '           '}${line}`,
    ),
    `  alert      ${alert === null ? 'none' : `${alert}, if it lasts`}`,
    `  runbook    ${runbook.length === 0 ? 'nothing to do' : runbook.map((entry) => `docs/runbook.md#${entry}`).join(', ')}`,
    ...problems.map((problem) => `  WRONG      ${problem}`),
  ];
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`;
}
