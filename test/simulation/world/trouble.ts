/**
 * Whether a member was in any trouble, by the schedule of faults.
 *
 * Role: tells a checker when others may rightly take a member for gone.
 */
import type { Fault } from './fault.ts';
import type { Plan } from './plan.ts';

/** What a fault leaves behind: connections that come back, queues that empty. */
const AFTERMATH_MS = 1_000;

/** Any fault that could keep member `id`, and no other, from being heard between `from` and `to`, true ms. */
export function hadTrouble({ faults }: Plan, id: string, from: number, to: number): boolean {
  return faults.some((fault) => fault.at <= to && endOf(fault) >= from && concerns(fault, id));
}

function endOf(fault: Fault): number {
  const ms = 'ms' in fault ? fault.ms : 0;
  const lateMs = 'lateMs' in fault ? fault.lateMs : 0;
  // The last stumble may be at the very end.
  const stallMs = 'stallMs' in fault ? fault.stallMs : 0;
  return fault.at + ms + lateMs + stallMs + AFTERMATH_MS;
}

function concerns(fault: Fault, id: string): boolean {
  // What the store does it does to all: nobody may take that for the silence of somebody else.
  if ('bucket' in fault || (fault.kind === 'natsRestart' && fault.lostMs === 0)) return false;
  if ('member' in fault) return fault.member === id;
  return true;
}
