/**
 * An incident: no member is left. What NATS has is all of it.
 */
import type { Incident } from './incident.ts';
import { start } from './rolling.ts';

export const allKilled: Incident = {
  name: 'all-killed',
  what: 'kill -9 of all members',
  signs: [/^doctor members: .*nobody listens there/],
  runbook: ['nothing-works'],
  alert: 'MinotaurAbsent',
  harm: async ({ members }) => void (await Promise.all(members.map((member) => member.kill()))),
  mend: async ({ members }) => void (await Promise.all(members.map(start))),
};
