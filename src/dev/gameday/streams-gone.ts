/**
 * Incidents: somebody deletes a stream. Each of the four has a cure of its own.
 */
import type { Incident, Stage } from './incident.ts';
import { last, start } from './rolling.ts';
import { remove } from './streams.ts';

/** `kill -9` is as good as a stop, which takes the drain's time. */
async function startOneAnew(stage: Stage): Promise<void> {
  await last(stage).kill();
  await start(last(stage));
}

export const membersGone: Incident = {
  name: 'members-gone',
  what: 'the stream of members is deleted',
  signs: [
    /^readyz m\d+ 503: .*the bucket \w+_members: /,
    /^metric minotaur_bucket_usable\{bucket="members"\} 0/,
    /^log bucket_gone \(error\)/,
  ],
  runbook: ['a-stream-is-gone', 'a-bucket-is-in-trouble'],
  alert: 'MinotaurBucketUnusable',
  harm: (stage) => remove(stage, 'members'),
  mend: startOneAnew,
};

export const slotsGone: Incident = {
  name: 'slots-gone',
  what: 'the stream of slots is deleted, and a member is killed',
  signs: [
    /^metric minotaur_bucket_usable\{bucket="slots"\} 0/,
    /^log bucket_gone \(error\)/,
    /^status owners: … of \d+ slots have no owner/,
    /^metric minotaur_slots_unowned > 0/,
  ],
  runbook: ['a-stream-is-gone', 'a-bucket-is-in-trouble', '503-session_unavailable'],
  alert: 'MinotaurSlotsUnowned',
  harm: async (stage) => {
    await remove(stage, 'slots');
    await last(stage).kill();
  },
  mend: (stage) => start(last(stage)),
};

export const archiveGone: Incident = {
  name: 'archive-gone',
  what: 'the stream of the archive is deleted, and there is no backup',
  signs: [
    /^metric minotaur_bucket_usable\{bucket="archive"\} 0/,
    /^log bucket_gone \(error\)/,
    /^status progress: .* that (?:does|do) not get into the archive/,
  ],
  runbook: ['a-stream-is-gone', 'rounds-do-not-end', 'a-bucket-is-in-trouble'],
  alert: 'MinotaurBucketUnusable',
  harm: (stage) => remove(stage, 'archive'),
  mend: startOneAnew,
};
