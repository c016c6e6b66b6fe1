/**
 * Defects of how games end: concluded by their rules, or erased.
 */
import type { Defect } from './defect.ts';

export const endDefects: readonly Defect[] = [
  {
    name: 'deleted-before-it-is-archived',
    about: 'The session of a game that is over is deleted while its last state is on its way to the archive (I2).',
    edits: [
      {
        file: 'src/member/session-removal.ts',
        find: 'const obstacle = await archiveGame(this.context, this.slot, item.gameId, stored, isClosed);',
        replace:
          'void archiveGame(this.context, this.slot, item.gameId, stored, isClosed);\n      const obstacle = null;',
      },
    ],
  },
  {
    name: 'erased-without-its-records',
    about: 'An erased game leaves the records of its rounds behind (erased).',
    edits: [
      {
        file: 'src/member/session-removal.ts',
        find: 'return eraseArchived(this.context, this.slot, item.gameId, isClosed);',
        replace: 'return true;',
      },
    ],
  },
];
