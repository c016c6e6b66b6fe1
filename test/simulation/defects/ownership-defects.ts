/**
 * Defects of the ring, of slot records, and of readiness and drain.
 */
import type { Defect } from './defect.ts';

export const ownershipDefects: readonly Defect[] = [
  {
    name: 'stale-watch-trusted',
    about:
      'An owner that this member has never heard of is taken for departed: its slot is taken from a living one (I5).',
    edits: [
      {
        file: 'src/member/slots/ring-view.ts',
        find: "isPresent(view, key) ? 'present' : isDeparted(view, key) ? 'departed' : 'unknown'",
        replace: "isPresent(view, key) ? 'present' : 'departed'",
      },
    ],
  },
  {
    name: 'slot-taken-at-the-newest-revision',
    about:
      'A slot record is written at whatever revision the store shows, not at the one decided on: it overwrites an owner (I4).',
    edits: [
      {
        file: 'src/member/slots/slot-records.ts',
        find: '    const expected = this.table.revision(slot);\n',
        replace:
          '    const known = this.table.revision(slot);\n' +
          '    const newest = known === 0 ? null : await this.bucket.read(String(slot), READ_TIMEOUT_MS).catch(() => null);\n' +
          '    const expected = newest?.revision ?? known;\n',
      },
    ],
  },
  {
    name: 'epoch-not-raised',
    about: 'A takeover keeps the epoch of the owner before (I4).',
    edits: [
      {
        file: 'src/member/slots/slot-agent.ts',
        find: 'const epoch = this.records.nextEpoch(slot);',
        replace: 'const epoch = known?.epoch ?? 1;',
      },
      {
        file: 'src/cluster/slot-table.ts',
        find: 'record.epoch <= known.epoch',
        replace: 'record.epoch < known.epoch',
      },
    ],
  },
  {
    name: 'ring-by-join-order',
    about:
      'The ring depends on the order in which members were seen to join: they disagree, and slots move to and fro (liveness).',
    edits: [
      {
        file: 'src/cluster/ring.ts',
        find: '[...new Set(memberIds)].sort()',
        replace: '[...new Set(memberIds)]',
      },
      {
        file: 'src/cluster/ring.ts',
        find: 'for (const [index, id] of members.entries()) {',
        replace: 'for (const index of members.keys()) {',
      },
      {
        file: 'src/cluster/ring.ts',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a piece of source text.
        find: 'hash32(`${id}#${point}`)',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a piece of source text.
        replace: 'hash32(`${index}#${point}`)',
      },
      {
        file: 'src/cluster/view.ts',
        find: 'return ids.sort();',
        replace: 'return ids;',
      },
    ],
  },
  {
    name: 'slot-watch-never-listed-again',
    about: 'Slot records are never listed anew: a watch that died without a sign stays dead (liveness).',
    edits: [
      {
        file: 'src/member/slots/slot-agent.ts',
        find: '      every(clock, RELIST_MS, () => this.records.relist()),\n',
        replace: '',
      },
    ],
  },
  {
    name: 'leaving-members-kept-in-the-ring',
    about: 'A leaving member stays in the ring: it hands nothing off, and its slots wait until it is gone (liveness).',
    edits: [
      {
        file: 'src/member/slots/ring-view.ts',
        find: 'const active = activeIds(view);',
        replace: 'const active = [...activeIds(view), ...leavingIds(view)];',
      },
    ],
  },
  {
    name: 'drain-without-handoff',
    about:
      'A drain waits its least time and goes without handing anything off: every slot has to be taken over (liveness).',
    edits: [
      {
        file: 'src/member/duty.ts',
        find: "    this.incarnation?.announce('leaving');\n",
        replace: '',
      },
      {
        file: 'src/member/duty.ts',
        find: 'elapsed() < settings.drainTimeoutMs && (isBusy() || elapsed() < settings.drainMinMs)',
        replace: 'elapsed() < settings.drainMinMs',
      },
    ],
  },
];
