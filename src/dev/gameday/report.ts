/**
 * What an incident came to, for people.
 */
import type { Heard } from './alarms.ts';
import type { Incident } from './incident.ts';
import { type Felt, type Kind, kinds } from './probes.ts';
import type { Outcome } from './run-incident.ts';

const MOST_LINES = 12;
const named: Readonly<Record<Kind, string>> = { read: 'reads', command: 'commands', round: 'ends of rounds' };
/** What is no news to anybody. */
const routine = /^log \w+ \(info\)$/;

export function reportOf({ incident, felt, saw, heard, problems }: Outcome): readonly string[] {
  const isSign = (line: string) => incident.signs.some((sign) => sign.test(line));
  // What it has to be seen by is never among those that are left out.
  const signs = saw.filter(isSign);
  const shown = [...signs, ...saw.filter((line) => !isSign(line) && !routine.test(line))];
  const more = shown.length > MOST_LINES ? [`and ${shown.length - MOST_LINES} more`] : [];
  const operator = [...shown.slice(0, MOST_LINES), ...more];
  const { runbook } = incident;
  return [
    `${incident.name}: ${incident.what}`,
    `  players    ${inWords(felt)}`,
    ...(operator.length === 0 ? ['nothing but lines of level info'] : operator).map(
      (line, index) => `  ${index === 0 ? 'operator   ' : '           '}${line}`,
    ),
    `  alert      ${alertsInWords(incident, heard)}`,
    `  runbook    ${runbook.length === 0 ? 'nothing to do' : runbook.map((entry) => `docs/runbook.md#${entry}`).join(', ')}`,
    ...problems.map((problem) => `  WRONG      ${problem}`),
  ];
}

function inWords({ tried, slowestMs, allGoOnMs }: Felt): string {
  const failed = kinds.map((kind) => `${tried[kind].failed} of ${tried[kind].attempts} ${named[kind]}`);
  const end = allGoOnMs === null ? 'not all games went on' : `all games went on after ${seconds(allGoOnMs)}`;
  return `failed: ${failed.join(', ')}; the slowest took ${seconds(slowestMs)}; ${end}`;
}

function alertsInWords({ alert, alertWaits }: Incident, heard: Outcome['heard']): string {
  const own = alert === null ? 'none' : `${alert}, if it lasts`;
  if (heard === null) return own;
  const others = (state: Heard) => [...heard].flatMap(([name, of]) => (of === state && name !== alert ? [name] : []));
  const [fired, waited] = [others('firing'), others('pending')];
  const isFiring = alert !== null && heard.get(alert) === 'firing';
  return [
    isFiring ? `${alert} fired` : `${own}${alertWaits === undefined ? '' : ` (${alertWaits})`}`,
    ...(fired.length > 0 ? [`beside it fired ${fired.join(', ')}`] : []),
    ...(waited.length > 0 ? [`pending: ${waited.join(', ')}`] : []),
  ].join('; ');
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`;
}
