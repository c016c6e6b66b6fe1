/**
 * Defects on the way from a gateway to the owner, of reads there, and of watched games.
 */
import type { Defect } from './defect.ts';

export const routingDefects: readonly Defect[] = [
  {
    name: 'strong-read-without-a-lease',
    about: 'A strong read is answered from memory whether or not the lease is valid (I3).',
    edits: [
      {
        file: 'src/member/sessions/slot-answers.ts',
        find: 'this.hold.isFrozen || !this.context.lease.valid()) {',
        replace: 'this.hold.isFrozen) {',
      },
    ],
  },
  {
    name: 'new-identity-at-every-try',
    about: 'A command without a key gets another id each time that its gateway sends it: it is applied again (I6).',
    edits: [
      {
        file: 'src/member/gateway/router.ts',
        find: 'await this.tryOnce(slot, routed, limits);',
        replace: 'await this.tryOnce(slot, identify(this.context, operation, received) ?? routed, limits);',
      },
    ],
  },
  {
    name: 'request-outlives-its-deadline',
    about: 'A request that this very member serves waits for its write as long as that takes (liveness).',
    edits: [
      {
        file: 'src/member/gateway/router.ts',
        find: 'const answer = await before(clock, limits.until, running);',
        replace: 'const answer = await running;',
      },
    ],
  },
  {
    name: 'watched-game-never-read-again',
    about:
      'Watched games are not read again every few seconds: who missed the last push never learns of it (liveness).',
    edits: [
      {
        file: 'src/member/gateway/watch-hub.ts',
        find: '      this.tasks.run(watched.gameId, this.reread(watched));\n      this.keepReading(watched);\n',
        replace: '      this.keepReading(watched);\n',
      },
    ],
  },
  {
    name: 'old-push-delivered',
    about: 'A watcher is shown a version below the last one that it saw, when a push comes late (I3).',
    edits: [
      {
        file: 'src/member/gateway/watcher.ts',
        find: 'if (this.isGone ? version === known && game.isOver : version <= known) return;',
        replace: '',
      },
    ],
  },
  {
    name: 'watchers-stay-with-what-was-lost',
    about:
      'States below the last one that a watcher was told are dropped, though the store has lost that one (liveness).',
    edits: [
      {
        file: 'src/member/gateway/watcher.ts',
        find: 'if (isBehind) this.startOver();',
        replace: '',
      },
    ],
  },
  {
    name: 'missed-events-left-out',
    about: 'A watcher that missed a push is told the events of the next one, without those in between (contract).',
    edits: [
      {
        file: 'src/member/gateway/watcher.ts',
        find: 'if (last !== null && first > from) {',
        replace: 'if (last !== null && first < 1) {',
      },
    ],
  },
];
