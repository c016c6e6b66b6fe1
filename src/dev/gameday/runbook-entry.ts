/**
 * What docs/runbook.md says to type, so that an incident does that and nothing else.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const runbook = join(import.meta.dirname, '../../../docs/runbook.md');

/** The first group of `command` in it. Throws if it says no such thing. */
export function fromRunbook(command: RegExp): string {
  const [, said] = command.exec(readFileSync(runbook, 'utf8')) ?? [];
  if (said === undefined) throw new Error(`docs/runbook.md does not say ${command}`);
  return said;
}
