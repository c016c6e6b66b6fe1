/**
 * Defects of how a member learns what is stored in slots that it took.
 */
import type { Defect } from './defect.ts';

export const discoveryDefects: readonly Defect[] = [
  {
    name: 'cut-without-its-barrier',
    about:
      'Any answer counts, whether it shows the barrier or not: what a lagging replica lacks is told not to be alive (I3).',
    edits: [
      {
        file: 'src/member/store/slot-cuts.ts',
        find: "if (shown === undefined || shown.revision < revision) return 'lagging';",
        replace: 'if (shown === undefined || shown.revision < revision) return bySlot(slots, found.entries);',
      },
    ],
  },
  {
    name: 'barrier-before-the-records',
    about:
      'Slots are shown behind the barrier that was sent for those taken before: what an owner wrote in between is missing (I3).',
    edits: [
      {
        file: 'src/member/store/slot-cuts.ts',
        find: 'class SlotCuts {',
        replace: 'const early = new WeakMap<Bucket, Promise<Barrier | null>>();\n\nclass SlotCuts {',
      },
      {
        file: 'src/member/store/slot-cuts.ts',
        find: '    this.barrier = this.write();\n  }\n',
        replace:
          '    const { sessions } = context;\n' +
          '    this.barrier = early.get(sessions) ?? this.write();\n' +
          '    early.set(sessions, this.barrier);\n  }\n',
      },
    ],
  },
  {
    name: 'cuts-of-too-much-taken-for-empty',
    about: 'Where the store would have to give too many keys at once, slots are taken for empty (I3).',
    edits: [
      {
        file: 'src/member/store/slot-cuts.ts',
        find: "if (found.kind === 'tooMany') return 'tooMany';",
        replace: "if (found.kind === 'tooMany') return bySlot(slots, []);",
      },
    ],
  },
  {
    name: 'shown-to-a-hold-that-ended',
    about: 'What a cut shows of a slot that is held no more is kept: deadlines of games that others have (cost).',
    edits: [
      {
        file: 'src/member/sessions/discovery.ts',
        find: '    return sessions === undefined || sessions.isClosed ? [] : [[sessions, listing] as const];',
        replace: '    return sessions === undefined ? [] : [[sessions, listing] as const];',
      },
    ],
  },
];
