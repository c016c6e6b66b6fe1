/**
 * Asks each member that runs whether it is ready, again and again.
 *
 * Why beside the report of the cluster: a member that stands still without NATS goes on saying what it owned.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { LocalMember } from './local-member.ts';

const everyMs = 500;

/** Begins; returns a function that ends it. `onLook` is called after each look at all of them. */
export function watchReadiness(members: () => readonly LocalMember[], onLook: () => void): () => void {
  let stopped = false;
  const run = async () => {
    while (!stopped) {
      await Promise.all(members().map((member) => (member.phase === 'ready' ? member.look() : null)));
      if (!stopped) onLook();
      await pause(everyMs);
    }
  };
  void run();
  return () => {
    stopped = true;
  };
}
