/**
 * One thing that was looked at, and how it is: what `status` complains of, and what `doctor` lists.
 *
 * Invariant: whatever is not well says in one sentence what it is, and where the runbook goes on.
 */
import { styleText } from 'node:util';

/** `unknown`: it could not be looked at. */
export const states = ['ok', 'warning', 'broken', 'unknown'] as const;

export type State = (typeof states)[number];

export interface Finding {
  /** What was looked at, in a word or two. */
  readonly check: string;
  readonly state: State;
  readonly sentence: string;
  /** A place in the documents of this repository; null: there is nothing to do. */
  readonly runbook: string | null;
}

const marks = { ok: '✓', warning: '!', broken: '✗', unknown: '?' } as const;
const colours = { ok: 'green', warning: 'yellow', broken: 'red', unknown: 'cyan' } as const;

export function ok(check: string, sentence: string): Finding {
  return { check, state: 'ok', sentence, runbook: null };
}

export function warning(check: string, sentence: string, runbook: string): Finding {
  return { check, state: 'warning', sentence, runbook };
}

export function broken(check: string, sentence: string, runbook: string): Finding {
  return { check, state: 'broken', sentence, runbook };
}

export function unknown(check: string, sentence: string, runbook: string | null = null): Finding {
  return { check, state: 'unknown', sentence, runbook };
}

export function isTrouble({ state }: Finding): boolean {
  return state === 'warning' || state === 'broken';
}

/** The worst first, else in the order in which they were found. */
export function worstFirst(findings: readonly Finding[]): readonly Finding[] {
  const order = ['broken', 'warning', 'unknown', 'ok'];
  return findings.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
}

/** A line each; where to read on in a second one. */
export function listOf(findings: readonly Finding[]): string {
  const width = Math.max(0, ...findings.map(({ check }) => check.length));
  const lines = findings.map(({ check, state, sentence, runbook }) => {
    const more = runbook === null ? '' : `\n  ${' '.repeat(width + 4)}${styleText('dim', runbook)}`;
    return `  ${styleText(colours[state], marks[state])} ${check.padEnd(width)}  ${sentence}${more}`;
  });
  return lines.join('\n');
}
