/**
 * An incident: the limit of a stream is reached, and nothing that players do can be stored.
 */
import type { Incident } from './incident.ts';
import { fillUp, takeLimitAway } from './streams.ts';

export const bucketFull: Incident = {
  name: 'bucket-full',
  what: 'the stream of sessions has no room (max_bytes)',
  signs: [
    /^log bucket_full \(error\)/,
    /^metric minotaur_bucket_usable\{bucket="sessions"\} 0/,
    /^readyz m\d+ 503: .*the bucket \w+_sessions: /,
    /^status buckets: m\d+ cannot use the bucket sessions/,
    /^doctor room: the stream of sessions has used/,
  ],
  runbook: ['disks-are-full', 'a-bucket-is-in-trouble'],
  alert: 'MinotaurBucketUnusable',
  harm: (stage) => fillUp(stage, 'sessions'),
  mend: (stage) => takeLimitAway(stage, 'sessions'),
};
