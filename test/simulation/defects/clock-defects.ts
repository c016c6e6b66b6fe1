/**
 * Defects of time: what games go by, and what of a round can be seen.
 */
import type { Defect } from './defect.ts';

export const clockDefects: readonly Defect[] = [
  {
    name: 'rounds-by-the-wall-clock',
    about: 'Games go by the wall clock of their owner: where that is set, rounds end early (I7).',
    edits: [
      {
        file: 'src/member/contract/cluster-time.ts',
        find: 'return this.cluster.now(this.clock.monotonic());',
        replace: 'return this.clock.wall();',
      },
    ],
  },
  {
    name: 'received-by-the-wall-clock',
    about:
      'Receive times are those of the wall clock: where that is behind, honest commands are refused as too late (I6).',
    edits: [
      {
        file: 'src/member/gateway/command-identity.ts',
        find: '{ time, random }: IdentityContext',
        replace: '{ time, random, clock }: any',
      },
      {
        file: 'src/member/gateway/command-identity.ts',
        find: 'wireCommand(random, operation.command, time.at(at))',
        replace: 'wireCommand(random, operation.command, clock.wall())',
      },
    ],
  },
  {
    name: 'deadline-by-the-wall-clock',
    about:
      'A gateway tells owners by its wall clock how long it waits: where that is behind, they drop what it asks (I8).',
    edits: [
      {
        file: 'src/member/gateway/tries.ts',
        find: 'return time.now() + Math.round(deadline - clock.monotonic());',
        replace: 'return clock.wall() + Math.round(deadline - clock.monotonic()) + (time.isKnown ? 0 : 1);',
      },
    ],
  },
  {
    name: 'store-clock-believed-at-once',
    about: "Games go by the store's clock as it is: where that jumps, rounds end early (I7).",
    edits: [
      { file: 'src/cluster/cluster-clock.ts', find: 'const JUMP_MS = 250;', replace: 'const JUMP_MS = 1e15;' },
      { file: 'src/cluster/cluster-clock.ts', find: 'const SLEW = 0.1;', replace: 'const SLEW = 1e15;' },
    ],
  },
  {
    name: 'sleeper-believes-itself',
    about: 'A member whose monotonic clock stood still never follows the others: its rounds end late (I7).',
    edits: [
      {
        file: 'src/cluster/cluster-clock.ts',
        find: 'return monotonic - this.doubtSince < PATIENCE_MS ? 0 : this.follow(nearest, monotonic);',
        replace: 'return 0;',
      },
    ],
  },
  {
    name: 'ended-on-top-of-an-uncommitted-end',
    about:
      'The clock of a round runs before its beginning is committed: in an outage rounds pass that nobody saw (I7).',
    edits: [
      {
        file: 'src/session/round-clock.ts',
        find: 'return clock === null || clock.starting !== null ? null : clock.deadline + clock.byMs;',
        replace: 'return clock === null ? null : clock.deadline + clock.byMs;',
      },
    ],
  },
  {
    name: 'late-round-keeps-its-end',
    about: 'A round whose beginning was committed late ends when it would have: there is no time left to play it (I7).',
    edits: [
      {
        file: 'src/session/round-clock.ts',
        find: 'if (starting === null || now <= starting.lateFrom) return { clock: running, isLate: false };',
        replace: 'return { clock: running, isLate: false };',
      },
    ],
  },
  {
    name: 'claimed-by-its-own-clock-alone',
    about:
      'Whoever claims a game goes by its deadline: where its clock is ahead of its owner before, a round is cut short (I7).',
    edits: [
      {
        file: 'src/member/sessions/session-memory.ts',
        find: 'if (kept !== clock) this.items',
        replace: 'if (kept === null) this.items',
      },
    ],
  },
];
