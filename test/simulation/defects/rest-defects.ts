/**
 * Defects of rest: clocks that run for nobody, and clocks that stand still for somebody.
 */
import type { Defect } from './defect.ts';

const file = 'src/game/rest.ts';
const isUnplayed = 'const isUnplayed = idleRounds > 0 && idleRoundsOf(ended) >= idleRounds;';

export const restDefects: readonly Defect[] = [
  {
    name: 'clock-never-suspended',
    about: 'A game that nobody plays ends rounds for ever (liveness).',
    edits: [{ file, find: isUnplayed, replace: 'const isUnplayed = idleRounds < 0;' }],
  },
  {
    name: 'clock-suspended-for-all',
    about:
      'The clock of a game whose clock is to run on stands still as well: a bare session of the origin stops (liveness).',
    edits: [{ file, find: isUnplayed, replace: 'const isUnplayed = idleRoundsOf(ended) >= Math.max(idleRounds, 1);' }],
  },
  {
    name: 'clock-resumed-with-what-was-left',
    about: 'Whoever plays a game at rest gets a round whose time ran on meanwhile (I7).',
    edits: [
      {
        file,
        find: 'played, roundEndTime: now + roundMs, suspendedAt: null };',
        replace: 'played, roundEndTime: state.suspendedAt + roundMs, suspendedAt: null };',
      },
    ],
  },
  {
    name: 'playing-not-noted',
    about: 'The clock of a game stands still though it is played (I7).',
    edits: [
      {
        file,
        find: 'if (state.suspendedAt === null) return { ...state, played };',
        replace: 'if (state.suspendedAt === null) return state;',
      },
    ],
  },
];
