/**
 * Mistakes that were really in this code until the simulation found them.
 *
 * Role: each takes a fix out again. So it stays certain that the simulation would find it, whatever becomes of the seeds that found it first.
 */
import type { Defect } from './defect.ts';

export const foundDefects: readonly Defect[] = [
  {
    name: 'stashes-kept-for-ever',
    about: 'What a handoff brought that did not come about stays in memory (liveness).',
    edits: [{ file: 'src/member/slot-agent.ts', find: '() => this.stashes.forgetOld()', replace: '() => undefined' }],
  },
  {
    name: 'doubled-offer-empties-the-stash',
    about:
      'An offer that comes twice forgets the sessions that were sent in between: they are said not to be alive (I3).',
    edits: [
      {
        file: 'src/member/handoff.ts',
        find: '    if (this.bySlot.get(slot)?.transferId === transferId) return;\n',
        replace: '',
      },
    ],
  },
  {
    name: 'eventual-read-after-the-deadline',
    about: 'An eventual read looks at the store only after its deadline, and waits for that as well (liveness).',
    edits: [
      {
        file: 'src/member/router.ts',
        find: 'await this.before(until, this.readStored(slot, eventual)).catch(() => null)',
        replace: 'await this.readStored(slot, eventual).catch(() => null)',
      },
    ],
  },
  {
    name: 'results-fewer-than-the-window-needs',
    about: 'Only 16 results are kept for each principal: a retried command may be forgotten and applied again (I6).',
    edits: [
      {
        file: 'src/session/results.ts',
        find: 'const RESULTS_PER_PRINCIPAL = 96;',
        replace: 'const RESULTS_PER_PRINCIPAL = 16;',
      },
    ],
  },
];
