/**
 * What members have survived since they began, as each says of itself: pure.
 */
import type { MemberReport } from '../../member/contract/gateway.ts';
import type { IncidentKind } from '../../metrics.ts';
import { broken, type Finding, ok, unknown, warning } from '../finding.ts';
import { counted, inWords } from '../table.ts';

type Meaning = readonly [state: 'broken' | 'warning', sentence: string, runbook: string];

const clocks = 'docs/runbook.md#the-clock-of-a-machine-is-wrong';
const expelled = 'docs/runbook.md#it-is-expelled-again-and-again';
const unreadable = 'docs/runbook.md#a-game-answers-500';

/** That others were taken out for good reasons is no trouble of a member. */
type History = 'expelled_dead' | 'expelled_gone' | 'expelled_silent';

const meanings: Readonly<Record<Exclude<IncidentKind, History>, Meaning>> = {
  rejoins: ['warning', 'expelled, and joined again', expelled],
  rollbacks: ['broken', 'NATS lost writes that it had acknowledged', 'docs/runbook.md#nats-lost-acknowledged-writes'],
  unreadable: [
    'broken',
    'something stored could not be read (record_unreadable in the log names it, minotaur fsck every such game)',
    unreadable,
  ],
  notUnderstood: [
    'broken',
    'another member says what this release cannot read',
    'docs/operations.md#upgrading-and-rolling-back',
  ],
  outranked: [
    'broken',
    'the archive has records of a later epoch than the slots',
    'docs/operations.md#backup-and-restore',
  ],
  failures: ['broken', 'something failed unexpectedly: a defect, report it', unreadable],
  clockSkew: ['warning', 'the clock of its machine differs from that of NATS', clocks],
  storeClockJumps: ['warning', 'the clock of NATS jumped', clocks],
  clusterTimeCorrections: ['warning', 'the time of games was corrected to that of the other members', clocks],
  logLinesDropped: ['warning', 'nobody read its log for a while', 'docs/runbook.md#where-to-look'],
};

export function incidentFindings(members: readonly MemberReport[]): readonly Finding[] {
  const check = 'incidents';
  const silent = members.flatMap(({ id, incidents }) => (incidents === undefined ? [id] : []));
  const found = Object.entries(meanings).flatMap(([kind, [state, words, runbook]]): Finding[] => {
    const whose = members.flatMap(({ id, incidents = {} }) => {
      const count = incidents[kind] ?? 0;
      return count === 0 ? [] : [`${id} (${counted(count, 'time')} since it began)`];
    });
    const sentence = `${words}: ${inWords(whose)}`;
    if (whose.length === 0) return [];
    return [state === 'broken' ? broken(check, sentence, runbook) : warning(check, sentence, runbook)];
  });
  if (silent.length > 0) found.push(unknown(check, `${inWords(silent)} does not say what it has survived`));
  return found.length > 0 ? found : [ok(check, 'no member had any since it began')];
}
