/**
 * An incident: a member is started on a machine whose clock is an hour ahead.
 */
import type { Incident } from './incident.ts';
import { last, replace } from './rolling.ts';

const preload = new URL('./hour-ahead.ts', import.meta.url).href;

export const wrongClock: Incident = {
  name: 'wrong-clock',
  what: 'a member is replaced by one on a machine whose clock is an hour ahead',
  signs: [/^log clock_skew \(error\)/, /^metric minotaur_incidents_total\{kind="clockSkew"\} \+/],
  runbook: ['the-clock-of-a-machine-is-wrong'],
  alert: 'MinotaurClock',
  harm: (stage) => replace(last(stage), { NODE_OPTIONS: `--import ${preload}` }),
  mend: (stage) => replace(last(stage), { NODE_OPTIONS: process.env.NODE_OPTIONS ?? '' }),
};
