/**
 * Defects of webhooks: what is never told.
 */
import type { Defect } from './defect.ts';

export const webhookDefects: readonly Defect[] = [
  {
    name: 'outbox-forgotten-at-takeover',
    about: 'Who takes a game over begins with its next event, whatever was outstanding (webhook).',
    edits: [
      {
        file: 'src/member/sessions/session-memory.ts',
        find: '{ told: item.listing.told ?? null }',
        replace: '{ told: null }',
      },
    ],
  },
  {
    name: 'outbox-forgotten-with-the-session',
    about: 'The deletion marker of a game that is over does not say how far it was told (webhook).',
    edits: [
      {
        file: 'src/member/sessions/session-removal.ts',
        find: 'listingHeaders({ ...item.listing, archived: archived.revision })',
        replace: 'listingHeaders({ ...item.listing, archived: archived.revision, told: undefined })',
      },
    ],
  },
  {
    name: 'delivery-that-failed-taken-as-told',
    about: 'An event counts as told once it was sent, whatever the receiver says (webhook).',
    edits: [
      {
        file: 'src/member/webhooks/webhook-outbox.ts',
        find: 'else if (await this.send(game, notice)) {',
        replace: 'else if ((await this.send(game, notice)) || maySend) {',
      },
    ],
  },
];
