/**
 * Defects of members of two versions, and of operators who finalize.
 */
import type { Defect } from './defect.ts';

export const versionDefects: readonly Defect[] = [
  {
    name: 'written-raised-before-the-list-is-read',
    about:
      'What is written rises to what the newest member speaks, whoever is there: others serve games that they cannot read (versions).',
    edits: [
      {
        file: 'src/cluster/finalize.ts',
        find: "stateVersion: extreme(Math.min, present, 'stateVersion'),",
        replace: "stateVersion: extreme(Math.max, present, 'stateVersion'),",
      },
      {
        file: 'src/cluster/finalize.ts',
        find: 'const behind = behindOf(record.minimum, listed);',
        replace: 'const behind: readonly Speaker[] = [];',
      },
    ],
  },
];
