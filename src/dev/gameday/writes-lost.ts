/**
 * An incident: the storage of NATS goes back to what it was a while ago, as a disk that lost its end does.
 */
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Incident } from './incident.ts';
import { replace } from './rolling.ts';

/** So that there are writes to lose: probes play on. */
const PLAYED_ON_MS = 2_000;

export const writesLost: Incident = {
  name: 'writes-lost',
  what: 'the storage of NATS is put back to what it was a few seconds before',
  signs: [
    /^log writes_lost \(error\)/,
    /^metric minotaur_incidents_total\{kind="rollbacks"\} \+/,
    /^doctor incidents: /,
  ],
  runbook: ['nats-lost-acknowledged-writes'],
  alert: 'MinotaurLostWrites',
  harm: async ({ nats, folder }) => {
    const [storage, copy] = [join(folder, 'nats'), join(folder, 'nats-before')];
    await nats.stop();
    await cp(storage, copy, { recursive: true });
    await nats.start();
    await pause(PLAYED_ON_MS);
    await nats.kill();
    await rm(storage, { recursive: true });
    await cp(copy, storage, { recursive: true });
    await nats.start();
  },
  mend: async ({ members }) => {
    for (const member of members) await replace(member);
  },
};
