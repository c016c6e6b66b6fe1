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
  {
    name: 'erased-but-for-the-records-to-come',
    about: 'A record that is on its way while its game is erased stays in the archive (erased).',
    edits: [
      {
        file: 'src/member/game-archive.ts',
        find: 'const all = [...records.values(), ...coming,',
        replace: 'const all = [...records.values(), ...coming.slice(2),',
      },
    ],
  },
  {
    name: 'erased-though-played-since',
    about: 'A bulk erasure of idle games takes one that somebody has played meanwhile (erased).',
    edits: [
      {
        file: 'src/member/slot-sessions.ts',
        find: ' ?? refusePlayed(found, operation.idleSince)',
        replace: '',
      },
    ],
  },
];
