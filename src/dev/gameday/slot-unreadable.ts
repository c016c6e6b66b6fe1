/**
 * An incident: somebody wrote over the record of a slot.
 */
import type { Incident } from './incident.ts';
import { fromRunbook } from './runbook-entry.ts';
import { put } from './streams.ts';

const SLOT = '3';

export const slotUnreadable: Incident = {
  name: 'slot-unreadable',
  what: 'the record of a slot is overwritten with what is none',
  signs: [
    /^log record_unreadable \(error\)/,
    /^metric minotaur_incidents_total\{kind="unreadable"\} \+/,
    new RegExp(`^doctor slot records: the record of slot ${SLOT} cannot be read`),
  ],
  runbook: ['a-slot-record-cannot-be-read', 'a-game-answers-500'],
  alert: 'MinotaurUnreadable',
  harm: (stage) => put(stage, 'slots', SLOT, 'not a record'),
  mend: (stage) => put(stage, 'slots', SLOT, fromRunbook(/^ *`nats kv put minotaur_slots 3 '(.*)'`$/m)),
};
