/**
 * Defects of planned moves of slots.
 */
import type { Defect } from './defect.ts';

const RECORD_WRITE =
  '    if (this.table.get(slot) === known && !sessions.isClosed) {\n' +
  "      await this.records.write(slot, { ...next, acquired: 'handoff' });\n" +
  '    }\n';

export const handoffDefects: readonly Defect[] = [
  {
    name: 'handoff-without-freeze',
    about: 'Sessions go on changing while they are handed over: the next owner shows what they were (I3).',
    edits: [{ file: 'src/member/slots/handoff.ts', find: 'await sessions.freeze(FREEZE_PATIENCE_MS);', replace: '' }],
  },
  {
    name: 'slot-served-while-its-record-is-sent',
    about:
      'The slot thaws when the record of its next owner is sent, not when that is settled: two owners serve it (I4).',
    edits: [
      {
        file: 'src/member/slots/slot-agent.ts',
        find: RECORD_WRITE,
        replace: `    sessions.unfreeze();\n${RECORD_WRITE}`,
      },
    ],
  },
  {
    name: 'indeterminate-handoff-taken-as-failed',
    about:
      'The record of the next owner that is not acknowledged soon is taken for lost: the slot is served again (I4).',
    edits: [
      {
        file: 'src/member/slots/slot-agent.ts',
        find: "import type { RetryPolicy } from '../kit/retry.ts';",
        replace: "import { pause, type RetryPolicy } from '../kit/retry.ts';",
      },
      {
        file: 'src/member/slots/slot-agent.ts',
        find: RECORD_WRITE,
        replace:
          '    if (this.table.get(slot) === known && !sessions.isClosed)\n' +
          "      await Promise.race([this.records.write(slot, { ...next, acquired: 'handoff' }), pause(this.context, 100)]);\n" +
          '    if (this.table.get(slot) === known) {\n' +
          '      sessions.unfreeze();\n' +
          "      this.lives.states[slot] = 'kept';\n" +
          '      return true;\n' +
          '    }\n',
      },
    ],
  },
  {
    name: 'unfreeze-forgotten',
    about: 'A slot whose handoff failed stays frozen: its requests wait until another handoff succeeds (liveness).',
    edits: [
      {
        file: 'src/member/slots/handoffs.ts',
        find: '    sessions.unfreeze();\n',
        replace: '',
      },
    ],
  },
  {
    name: 'stash-of-another-transfer',
    about:
      'A stash serves whatever record names its slot next: a takeover after a failed handoff shows old states (I3).',
    edits: [
      {
        file: 'src/member/slots/handoff.ts',
        find: 'return stash?.transferId === transferId && stash.listing.size === sizeOf(stash) ? stash : null;',
        replace: 'return stash ?? null;',
      },
    ],
  },
  {
    name: 'unsettled-session-handed-over-with-bytes',
    about: 'A session with a write in doubt goes with the bytes of the one before: the next owner shows those (I3).',
    edits: [
      {
        file: 'src/member/sessions/slot-sessions.ts',
        find: 'value: live?.idle ? storedOf(item) : null,',
        replace: 'value: storedOf(item),',
      },
    ],
  },
  {
    name: 'unlisted-slot-handed-over-as-complete',
    about:
      'A slot is handed over before it was listed, as if it held only what was touched: the rest is said not to be alive (I3).',
    edits: [
      {
        file: 'src/member/slots/handoff.ts',
        find: 'const isListed = sessions.listed;',
        replace: 'const isListed = true;',
      },
    ],
  },
  {
    name: 'results-dropped-at-handoff',
    about: 'A session that is handed over forgets the results of its commands: a retry is applied again (I6).',
    edits: [
      {
        file: 'src/session/session-start.ts',
        find: 'const { results } = snapshot;',
        replace: 'const results = writtenAt === null ? new Results() : snapshot.results;',
      },
    ],
  },
  {
    name: 'timers-forgotten-at-handoff',
    about:
      'Nobody sets the deadlines of sessions that were handed over: their rounds end when somebody touches them (I7).',
    edits: [
      {
        file: 'src/member/sessions/session-host.ts',
        find: '      sessions.adopt(stash.listing, stash);\n      this.ends.setAll(sessions);\n',
        replace: '      sessions.adopt(stash.listing, stash);\n',
      },
    ],
  },
];
