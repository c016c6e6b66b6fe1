/**
 * Defects of what is told of many games, and of rounds that are over.
 */
import type { Defect } from './defect.ts';

export const listingDefects: readonly Defect[] = [
  {
    name: 'listed-though-in-doubt',
    about: 'A list shows a game as it was handed over, though a later write of the owner before has landed (I2).',
    edits: [
      {
        file: 'src/member/sessions/held-games.ts',
        find: 'listed && !hasDoubts && !isFrozen',
        replace: 'listed && !isFrozen',
      },
    ],
  },
  {
    name: 'unlisted-slot-told-as-complete',
    about: 'A list tells what is known of a slot that was just taken as all that is in it (I3).',
    edits: [
      {
        file: 'src/member/sessions/held-games.ts',
        find: 'filter(({ listed, hasDoubts, isFrozen }) => listed && !hasDoubts && !isFrozen)',
        replace: 'filter(({ isFrozen }) => !isFrozen)',
      },
    ],
  },
  {
    name: 'page-without-a-look-beyond',
    about: 'A page says that it is the last one when one member has no more than that (I3).',
    edits: [
      {
        file: 'src/member/gateway/cluster-queries.ts',
        find: 'const limit = query.limit + 1;',
        replace: 'const { limit } = query;',
      },
    ],
  },
];
