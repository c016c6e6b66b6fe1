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
        file: 'src/member/sessions/session-removal.ts',
        find: 'const archived = await this.context.store.archiveGame(item.gameId, stored, isClosed);',
        replace:
          'void this.context.store.archiveGame(item.gameId, stored, isClosed);\n' +
          "      const archived = { kind: 'landed', revision: 0 };",
      },
    ],
  },
  {
    name: 'erased-without-its-records',
    about: 'An erased game leaves the records of its rounds behind (erased).',
    edits: [
      {
        file: 'src/member/sessions/session-removal.ts',
        find: 'if (!(await this.context.store.eraseArchived(item.gameId, isClosed)) || isClosed()) return false;',
        replace: '',
      },
    ],
  },
  {
    name: 'erased-though-played-since',
    about: 'A bulk erasure of idle games takes one that somebody has played meanwhile (erased).',
    edits: [
      {
        file: 'src/member/sessions/slot-answers.ts',
        find: ' ?? refusePlayed(found, operation.idleSince)',
        replace: '',
      },
    ],
  },
];
