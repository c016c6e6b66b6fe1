/**
 * Whether a member was in any trouble, by the schedule of faults.
 *
 * Role: tells a checker when it must not expect that a member's renewals arrive, or that others hear of them.
 */
import type { Fault } from './fault.ts';
import type { Plan } from './plan.ts';

/** What a fault leaves behind: connections that come back, queues that empty. */
const AFTERMATH_MS = 1_000;

/** Any fault that could keep the news of member `id` from the others between `from` and `to`, true ms. */
export function hadTrouble({ faults }: Plan, id: string, from: number, to: number): boolean {
  return faults.some((fault) => fault.at <= to && endOf(fault) >= from && concerns(fault, id));
}

function endOf(fault: Fault): number {
  const ms = 'ms' in fault ? fault.ms : 0;
  const lateMs = 'lateMs' in fault ? fault.lateMs : 0;
  return fault.at + ms + lateMs + AFTERMATH_MS;
}

function concerns(fault: Fault, id: string): boolean {
  // What others fail to hear is their own trouble, and may be theirs alone.
  if ('bucket' in fault) return fault.bucket === 'members';
  if ('member' in fault) return fault.member === id;
  return true;
}
