/**
 * One kind of cases, sent one after another while the other kinds are sent too.
 */
import type fc from 'fast-check';
import type { Stage } from './stage.ts';

export interface Lane<Case> {
  readonly name: string;
  readonly cases: fc.Arbitrary<Case>;
  /** Sends one; rejects if anything came of it that should not. */
  run(sent: Case, stage: Stage): Promise<void>;
  /** Cuts its connections. */
  close(): void;
}
