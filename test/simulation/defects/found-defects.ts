/**
 * Mistakes that were really in this code until the simulation found them.
 *
 * Role: each takes a fix out again. So it stays certain that the simulation would find it, whatever becomes of the seeds that found it first.
 */
import type { Defect } from './defect.ts';

/** An offer begins an empty stash, and nothing is asked of a stash but its name. `unless`: when it does not. */
function offersBeginStashes(unless: string): Defect['edits'] {
  return [
    {
      file: 'src/member/incarnation.ts',
      find: "      offered: () => (this.membership.leaving || this.ended ? 'leaving' : null),\n",
      replace:
        "      offered: (request) => {\n        if (this.membership.leaving || this.ended) return 'leaving';\n" +
        '        this.slots.stashes.accept(request.slot, request.transferId);\n        return null;\n      },\n',
    },
    {
      file: 'src/member/slots/handoff.ts',
      find: '  /** Takes a part of a transfer',
      replace:
        `  accept(slot, transferId) {\n${unless}` +
        '    const begunAt = this.clock.monotonic();\n' +
        '    const nothing = { listing: new Map(), stored: new Map(), unsettled: new Set(), longer: new Map() };\n' +
        '    this.bySlot.set(slot, { transferId, begunAt, epoch: 0, attempt: 0, total: 0, ...nothing });\n' +
        '  }\n\n  /** Takes a part of a transfer',
    },
    {
      file: 'src/member/slots/handoff.ts',
      find: 'const stash = this.newest(slot, transferId, whole);',
      replace:
        'const known = this.bySlot.get(slot);\n    const stash = known?.transferId === transferId ? known : null;',
    },
    { file: 'src/member/slots/handoff.ts', find: ' && stash.listing.size === sizeOf(stash)', replace: '' },
  ];
}

export const foundDefects: readonly Defect[] = [
  {
    name: 'doubled-offer-empties-the-stash',
    about:
      'An offer that comes twice forgets the sessions that were sent in between: they are said not to be alive (I3).',
    edits: offersBeginStashes(''),
  },
  {
    name: 'late-offer-replaces-a-filled-stash',
    about: 'A late copy of an older offer replaces what a newer one brought, whose own copy then makes it empty (I3).',
    edits: offersBeginStashes('    if (this.bySlot.get(slot)?.transferId === transferId) return;\n'),
  },
  {
    name: 'unreadable-answer-fails-the-request',
    about: 'An owner whose answer cannot be read fails the request instead of having it tried again (liveness).',
    edits: [
      {
        file: 'src/member/gateway/forwarding.ts',
        find: "    if (header.type === 'unreadable') {\n",
        replace: "    if (header.type === 'unreadable') {\n      throw new Error(header.reason);\n",
      },
    ],
  },
  {
    name: 'eventual-read-after-the-deadline',
    about: 'An eventual read looks at the store only after its deadline, and waits for that as well (liveness).',
    edits: [
      {
        file: 'src/member/gateway/router.ts',
        find: 'await before(clock, until, this.readStored(slot, eventual)).catch(() => null)',
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
  {
    name: 'copy-of-a-message-carried-out',
    about:
      'A message that was answered "moved" is carried out when it comes again: a command that is said not to be applied is (I6).',
    edits: [
      {
        file: 'src/member/peer-requests.ts',
        find: 'return !this.seen.begin(message, deadline, time.now());',
        replace: 'return false;',
      },
    ],
  },
  {
    name: 'deleted-in-vain-without-a-pause',
    about: 'A member that is to be expelled is expelled again and again while NATS takes no writes (cost).',
    edits: [
      {
        file: 'src/member/membership/peer-watch.ts',
        find: '.filter((verdict) => this.removals.isOver(verdict.key))',
        replace: '',
      },
    ],
  },
  {
    name: 'claim-of-a-game-that-is-gone',
    about: 'A load that has to be repeated counts as under way for ever, if its game is deleted meanwhile (liveness).',
    edits: [
      {
        file: 'src/member/sessions/session-loader.ts',
        find: "    this.memory.troubles.loaded(gameId);\n    return 'absent';",
        replace: "    return gameId && 'absent';",
      },
    ],
  },
];
