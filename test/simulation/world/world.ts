/**
 * One simulated world from its plan to its outcome.
 *
 * Role: puts members, faults, clients and checkers together, and leads them through three times: faults, calm, end.
 * Invariant: the plan decides everything; nothing here looks at the machine's clock or at its randomness.
 */
import { BucketName } from '../../../src/ports/store.ts';
