/**
 * An incident: somebody deletes the stream of all games, of which there is a backup.
 */
import { join } from 'node:path';
import { BUCKETS } from '../../ports/store.ts';
import type { Incident } from './incident.ts';
import { expectDone } from './programs.ts';
import { start } from './rolling.ts';
import { remove } from './streams.ts';

/** A probe game. */
const SAVED = 'LOBBY0';

export const sessionsGone: Incident = {
  name: 'sessions-gone',
  what: 'the stream of sessions is deleted: a backup brings all games back',
  signs: [
    /^log bucket_gone \(error\)/,
    /^metric minotaur_bucket_usable\{bucket="sessions"\} 0/,
    /^readyz m\d+ 503: .*the bucket \w+_sessions: /,
  ],
  runbook: ['a-stream-is-gone', 'a-bucket-is-in-trouble'],
  alert: 'MinotaurBucketUnusable',
  harm: async (stage) => {
    await expectDone(stage.backup('save', join(stage.folder, 'all.backup')));
    await remove(stage, 'sessions');
  },
  mend: async (stage) => {
    const { members, note } = stage;
    await expectDone(stage.tool('get', SAVED));
    note(`memory: ${SAVED} is read of it`);
    await Promise.all(members.map((member) => member.kill()));
    await remove(stage, ...BUCKETS);
    const restored = await expectDone(stage.backup('restore', join(stage.folder, 'all.backup')));
    note(`backup: ${restored.trim()}`);
    await Promise.all(members.map(start));
  },
};
