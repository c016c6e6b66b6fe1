/**
 * An incident: rounds do not end, since their records are not stored.
 */
import type { Incident } from './incident.ts';
import { fillUp, takeLimitAway } from './streams.ts';

export const archiveFull: Incident = {
  name: 'archive-full',
  what: 'the stream of the archive has no room (max_bytes)',
  signs: [
    /^log stuck \(warn\)/,
    /^metric minotaur_stuck\{kind="archive"\} > 0/,
    /^status progress: .* that (?:does|do) not get into the archive/,
    /^doctor room: the stream of archive has used/,
  ],
  runbook: ['something-is-stuck', 'rounds-do-not-end', 'disks-are-full'],
  alert: 'MinotaurStuck',
  harm: (stage) => fillUp(stage, 'archive'),
  mend: (stage) => takeLimitAway(stage, 'archive'),
};
