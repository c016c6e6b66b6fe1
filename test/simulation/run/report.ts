/**
 * A failing seed as text: what broke, what is enough to break it, how to see it again, and what happened.
 *
 * Role: the message of failing tests and of `npm run simulate`. Text only; who finds out what to say is `explain.ts`.
 */
import { describeFault } from '../world/fault.ts';
import type { Plan } from '../world/plan.ts';
import type { Violation } from '../world/witness.ts';
import type { Outcome } from '../world/world.ts';
import { firstViolation, type Run } from './fleet.ts';
import type { Shrunk } from './shrink.ts';

export interface Finding {
  readonly found: Run;
  readonly defect: string | null;
  /** Null: not tried. */
  readonly shrunk: Shrunk | null;
  /** Of the shortened plan, with its journal. Null: it was not run again. */
  readonly again: Outcome | null;
}

const LAST_LINES = 150;
const MOST_VIOLATIONS = 10;
/** By so much a line may seem to be later than it was. */
const ROUNDED_MS = 0.05;

/** `isWhole`: with everything that the journal has, else its last lines up to the violation. */
export function report(finding: Finding, { isWhole = false } = {}): string {
  const { found, defect, again } = finding;
  const { plan, outcome } = found;
  const first = firstViolation(outcome);
  if (first === null) throw new Error(`seed ${plan.seed} broke no promise`);
  const sections = [
    [
      `Seed ${plan.seed}${defect === null ? '' : ` with the defect "${defect}"`} fails: ${first.promise}`,
      ...seen(outcome),
    ],
    schedule(finding),
    [`See it again: ${replayCommand(plan, defect)}`],
    again === null ? [] : timeline(again, first.promise, isWhole),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function replayCommand({ seed }: Plan, defect: string | null): string {
  return `npm run simulate -- --seed ${seed}${defect === null ? '' : ` --defect ${defect}`}`;
}

/** `I2: what was seen`, in one line. */
export function headline({ promise, what }: Violation): string {
  return `${promise}: ${what.split('\n')[0]}`;
}

function seen({ violations }: Outcome): readonly string[] {
  const lines = violations.map(({ promise, what, at }) => `  ${(at / 1000).toFixed(3)} s  ${promise}: ${what}`);
  const more = lines.length - MOST_VIOLATIONS;
  return more <= 0 ? lines : [...lines.slice(0, MOST_VIOLATIONS), `  and ${more} more`];
}

function schedule({ found, shrunk }: Finding): readonly string[] {
  const all = found.plan.faults.length;
  const { faults } = shrunk?.plan ?? found.plan;
  const left = faults.map((fault) => `  ${describeFault(fault)}`);
  if (shrunk === null) return [`Faults (${all}, not shortened):`, ...left];
  const tried = `runs tried: ${shrunk.runs}${shrunk.isMinimal ? '' : ', stopped early'}`;
  if (left.length === 0) return [`No fault is needed: it breaks without any of the ${all} (${tried}).`];
  return [`Faults (${faults.length} of ${all} are enough; ${tried}):`, ...left];
}

function timeline({ violations, journal }: Outcome, promise: string, isWhole: boolean): readonly string[] {
  const violation = violations.find((each) => each.promise === promise);
  if (violation === undefined) return ['It did not break again: the same plan gave another history.'];
  if (journal.length === 0) return ['There is no journal of it: the run did not end by itself.'];
  if (isWhole) return [`All ${journal.length} lines of its history:`, ...journal];
  const upTo = journal.findLastIndex((line) => timeOf(line) <= violation.at + ROUNDED_MS) + 1;
  const last = journal.slice(Math.max(0, upTo - LAST_LINES), upTo);
  const heading = `What happened, shortened (the last ${last.length} of ${journal.length} lines up to there; --all for all):`;
  return [heading, ...last];
}

/** Every line of a journal begins with its time in seconds. */
function timeOf(line: string): number {
  return Number.parseFloat(line) * 1000;
}
