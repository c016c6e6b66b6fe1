/**
 * Defects of compare-and-set, of doubt about writes, and of telling what the store lost.
 */
import type { Defect } from './defect.ts';

export const writeDefects: readonly Defect[] = [
  {
    name: 'indeterminate-write-taken-as-failed',
    about: 'A command whose write may have landed is said not to be applied when the time is up (I6).',
    edits: [
      {
        file: 'src/member/gateway/gateway-answers.ts',
        find: "uncertain ? 'unknown' : 'notApplied'",
        replace: "'notApplied'",
      },
    ],
  },
  {
    name: 'indeterminate-write-taken-as-landed',
    about: 'A write without an answer is taken for landed as soon as a read shows anything (I2).',
    edits: [
      {
        file: 'src/member/store/settle.ts',
        find: "    case 'unknown':\n      return",
        replace:
          "    case 'unknown': {\n" +
          '      const shown = await readOrNothing(bucket, key);\n' +
          "      if (shown) return { done: { kind: 'landed', revision: shown.revision } };\n" +
          '    }\n      return',
      },
    ],
  },
  {
    name: 'newer-entry-taken-as-own',
    about:
      'After a refused compare-and-set any newer entry counts as the own write, without a look at the write id (I2).',
    edits: [
      {
        file: 'src/member/store/settle.ts',
        find: 'const mine = entry.headers[WRITE_ID] === writeId;',
        replace: 'const mine = true;',
      },
    ],
  },
  {
    name: 'conflict-overwritten',
    about: 'A session that somebody else has written is written again at its new revision: the last writer wins (I1).',
    edits: [
      {
        file: 'src/member/sessions/live-session.ts',
        find: 'const settled = await store.write(gameId, { value, headers, timely, expected });',
        replace:
          'let settled = await store.write(gameId, { value, headers, timely, expected });\n' +
          "    if (settled.kind === 'conflict')\n" +
          '      settled = await store.write(gameId, { value, headers, timely, expected: settled.entry.revision });',
      },
    ],
  },
  {
    name: 'archive-after-the-snapshot',
    about: 'The record of a round is written after the snapshot that refers to it: a crash in between loses it (I2).',
    edits: [
      {
        file: 'src/member/sessions/live-session.ts',
        find:
          '    for (const record of records) {\n' +
          '      const obstacle = await this.archived(record);\n' +
          '      if (obstacle !== null) return this.failed(obstacle);\n' +
          '    }\n',
        replace: '',
      },
      {
        file: 'src/member/sessions/live-session.ts',
        find: '    this.events.committed(value, listing);\n',
        replace:
          '    this.events.committed(value, listing);\n' +
          '    for (const record of records) void this.archived(record);\n',
      },
    ],
  },
  {
    name: 'lagging-read-taken-as-loss',
    about: 'The first read that shows less than is known is taken for a loss of the store: a false alarm (I9).',
    edits: [
      {
        file: 'src/member/sessions/session-loader.ts',
        find: 'const LAGGING_READS = 15;',
        replace: 'const LAGGING_READS = 0;',
      },
    ],
  },
  {
    name: 'rollback-kept-quiet',
    about: 'Nobody hears that the store lost acknowledged writes (I9).',
    edits: [{ file: 'src/member/kit/incidents.ts', find: "    this.count('rollbacks');\n", replace: '    return;\n' }],
  },
  {
    name: 'module-not-lowered-when-writing',
    about: 'A newer member writes games as its own version of the module knows them: older ones cannot read them (I8).',
    edits: [
      {
        file: 'src/session/snapshot.ts',
        find: 'return migrate(rules, rules.lower(state, written.module), rules.stateVersion,',
        replace: 'return migrate(rules, state, rules.stateVersion,',
      },
    ],
  },
  {
    name: 'migration-skipped-when-writing',
    about:
      'A newer member writes its own form of the state under the number of the older one: nobody can read it (I8).',
    edits: [
      {
        file: 'src/session/snapshot.ts',
        find: 'state: lowered(rules, snapshot.state, written),',
        replace: 'state: snapshot.state,',
      },
    ],
  },
];
