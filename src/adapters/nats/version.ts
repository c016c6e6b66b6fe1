/**
 * Which servers are new enough, and which should be newer.
 *
 * Role: looked at with every connection, at the start and later: the servers of a cluster may differ, and one may be replaced.
 * Invariant: what names no version counts as too old.
 */
import { MINIMUM } from '../../nats-floor.ts';
import { UnsupportedServer } from './errors.ts';
import type { Log } from './wire.ts';

/** The oldest of each release line with the known defects mended; older lines have none. There is no 2.13. */
const MENDED = { '2.12': '2.12.15', '2.14': '2.14.4' } as const;

/** What to update a server of that version to, if it should be; null if it is fine. Throws UnsupportedServer. */
export function judgeVersion(version: string): string | null {
  if (isOlder(version, MINIMUM)) throw new UnsupportedServer(version, MINIMUM, reasonFor(version));
  const wanted = isOlder(version, '2.13.0') ? MENDED['2.12'] : MENDED['2.14'];
  return isOlder(version, wanted) ? wanted : null;
}

/** Warns of a server that should be newer. Throws UnsupportedServer. */
export function warnOfVersion(version: string, log: Log): void {
  const wanted = judgeVersion(version);
  if (wanted === null) return;
  log.warn({ version, wanted }, 'this nats-server has defects that a newer one has mended: update it');
}

function reasonFor(version: string): string {
  return isOlder(version, '2.11.0')
    ? 'replicas of older ones can come to hold different entries, and nobody notices (nats-server #6194, #6485)'
    : 'reading the newest of several keys can lock up older ones for good (nats-server #6899)';
}

function isOlder(version: string, than: string): boolean {
  const [ours, theirs] = [numbersOf(version), numbersOf(than)];
  const differing = ours.findIndex((number, index) => number !== theirs[index]);
  return differing >= 0 && Number(ours[differing]) < Number(theirs[differing]);
}

function numbersOf(version: string): readonly number[] {
  const [, ...numbers] = /^(\d+)\.(\d+)\.(\d+)/.exec(version) ?? ['', '0', '0', '0'];
  return numbers.map(Number);
}
