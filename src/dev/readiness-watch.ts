/**
 * Asks each member that runs whether it is ready, again and again.
 *
 * Why beside the report of the cluster: a member that stands still without NATS goes on saying what it owned.
 */
import type { LocalMember, Phase } from './local-member.ts';
import { repeat } from './repeat.ts';

const everyMs = 500;
/** One that starts may take longer than anybody waits for it. */
const looksAt = new Set<Phase>(['starting', 'ready']);

/** Begins; returns a function that ends it. `onLook` is called after each look at all of them. */
export function watchReadiness(members: () => readonly LocalMember[], onLook: () => void): () => void {
  return repeat(everyMs, async (isOver) => {
    await Promise.all(members().map((member) => (looksAt.has(member.phase) ? member.look() : null)));
    if (!isOver()) onLook();
  });
}
