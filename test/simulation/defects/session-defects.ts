/**
 * Defects of sessions: claims, commits, results, rounds, and what is not alive.
 */
import type { Defect } from './defect.ts';

export const sessionDefects: readonly Defect[] = [
  {
    name: 'no-claim',
    about:
      'A session that was taken over is used without stamping it first: a late write of its old owner still lands (I3).',
    edits: [
      {
        file: 'src/member/sessions/session-loader.ts',
        find: 'const session = this.memory.resume(item, entry.value, entry);',
        replace: 'const session = this.memory.resume(item, entry.value, null);',
      },
    ],
  },
  {
    name: 'acknowledged-before-the-commit',
    about: 'A command is answered when its write has been sent (I2).',
    edits: [
      {
        file: 'src/member/sessions/slot-answers.ts',
        find: 'const outcome = await live.commit(verdict.after, trace?.parent);',
        replace:
          'const committing = live.commit(verdict.after, trace?.parent);\n' +
          "    const outcome = live.lost ? await committing : 'committed';",
      },
    ],
  },
  {
    name: 'group-commit-answers-too-early',
    about:
      'Commands that came while a write was in flight are answered by its acknowledgement, and never written (I2).',
    edits: [
      {
        file: 'src/session/session.ts',
        find: '    this.committedMark = mark;\n',
        replace: '    this.committedMark = this.mark;\n',
      },
    ],
  },
  {
    name: 'uncommitted-state-shown',
    about: 'Reads and pushes show commands whose write is still in flight (I3).',
    edits: [
      {
        file: 'src/session/session.ts',
        find: '    this.version += 1;\n    this.mark += 1;\n',
        replace:
          '    this.version += 1;\n    this.mark += 1;\n' +
          '    if (this.committed !== null) this.committed = new CommittedGame(this.rules, this.state, this.version);\n',
      },
    ],
  },
  {
    name: 'duplicate-answered-before-the-commit',
    about: 'A repeated command gets its first answer while the write of its effect is still in flight (I2).',
    edits: [
      {
        file: 'src/session/session.ts',
        find: 'return { reply, after: this.mark,',
        replace: 'return { reply, after: 0,',
      },
    ],
  },
  {
    name: 'rejection-answered-before-the-commit',
    about: 'A rejection is told before what it rests on is committed (I2).',
    edits: [
      {
        file: 'src/session/session.ts',
        find: 'return { reply: problemOf(code, detail, reason), after: this.mark, verify: false, written: true };',
        replace: 'return { reply: problemOf(code, detail, reason), after: 0, verify: false, written: true };',
      },
      {
        file: 'src/session/session.ts',
        find: 'return { reply: problemOf(code, detail, reason), after: this.mark, verify: true, written: false };',
        replace: 'return { reply: problemOf(code, detail, reason), after: 0, verify: true, written: false };',
      },
    ],
  },
  {
    name: 'timer-fired-twice',
    about:
      'A round is due by the committed state: while the write of its end is in flight, the next one ends as well (I7).',
    edits: [
      {
        file: 'src/session/session.ts',
        find: '    const { deadline } = this;\n',
        replace: '    const deadline = this.rules.deadline(this.committed?.state ?? this.state);\n',
      },
    ],
  },
  {
    name: 'round-ended-before-its-time',
    about: 'A round ends up to half a second before its time, to make up for clocks that differ (I7).',
    edits: [
      {
        file: 'src/session/session.ts',
        find: 'if (deadline === null || deadline > now) return false;',
        replace: 'if (deadline === null || deadline - 500 > now) return false;',
      },
    ],
  },
  {
    name: 'failing-round-never-ends',
    about: 'A round whose end fails in the rules is left to run on (I7).',
    edits: [
      {
        file: 'src/session/session.ts',
        find: 'this.abandoned.push(this.attempts.failure ?? outcome.detail);',
        replace: 'return false;',
      },
    ],
  },
  {
    name: 'listing-without-a-barrier',
    about:
      'A slot counts as listed before anything was delivered: every game in it that nobody touched is said not to be alive (I3).',
    edits: [
      {
        file: 'src/member/store/key-lister.ts',
        find: 'rounds < 2 || pass !== awaited.pass;',
        replace: 'rounds < 0;',
      },
    ],
  },
];
