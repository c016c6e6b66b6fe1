/**
 * What `npm run gameday -- …` takes on its command line.
 */
import { parseArgs } from 'node:util';
import type { Incident } from './incident.ts';
import { incidents } from './incidents.ts';

const width = Math.max(...incidents.map(({ name }) => name.length));

export const usage = `npm run gameday -- [options]

Bots play on a cluster of its own while one thing after another breaks. Each time it shows what players felt beside what an
operator saw, which alerts fire, and which entry of the runbook that leads to.

  --only NAME        this incident alone; may be given several times
  --without-alerts   no Prometheus evaluates alerts
  --help             this text

Incidents:
${incidents.map(({ name, what }) => `  ${name.padEnd(width)}  ${what}`).join('\n')}

Exit code: 0 if all games ended, their records agree, and each incident was seen by what should see it, its alert fired, and
none does in the end; else 1; 64 if it was called wrongly.
`;

export interface GamedayOptions {
  readonly chosen: readonly Incident[];
  readonly withAlerts: boolean;
}

/** Throws an Error that says what is wrong. Null: help was asked for. */
export function parseGamedayOptions(argv: readonly string[]): GamedayOptions | null {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      only: { type: 'string', multiple: true },
      'without-alerts': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return null;
  const { only } = values;
  const unknown = only?.find((name) => !incidents.some((incident) => incident.name === name));
  if (unknown !== undefined) throw new Error(`there is no incident "${unknown}"`);
  const chosen = only === undefined ? incidents : incidents.filter(({ name }) => only.includes(name));
  return { chosen, withAlerts: !values['without-alerts'] };
}
