/**
 * A deliberate defect: a mistake that somebody could make in src, as edits of its text.
 *
 * Role: a simulation that finds nothing proves something only if it finds these.
 */
import type { Variant } from '../../support/source-edits.ts';

export interface Defect extends Variant {
  /** What is wrong, and which promise (I1 to I9, or liveness) that breaks. */
  readonly about: string;
}
