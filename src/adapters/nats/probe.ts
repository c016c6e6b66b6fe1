/**
 * A look at a peer's own address, past the shared store: is a process there, and which incarnation of which member?
 *
 * Role: one HTTP request to `/livez`, without keep-alive, so that every probe needs a fresh connection.
 * Invariant: `refused` only if every address that the host name stands for refused.
 */
import { get } from 'node:http';
import type { Clock } from '../../ports/clock.ts';
import type { ProbeOutcome } from '../../ports/messaging.ts';

/** `address` is `host:port`. Always resolves, after `timeoutMs` at the latest. */
export function probe(address: string, timeoutMs: number, clock: Clock): Promise<ProbeOutcome> {
  if (!URL.canParse(`http://${address}/livez`)) return Promise.resolve({ kind: 'silent' });
  return new Promise((resolve) => {
    const settle = (outcome: ProbeOutcome): void => {
      timer.cancel();
      resolve(outcome);
      request.destroy();
    };
    const timer = clock.after(timeoutMs, () => settle({ kind: 'silent' }));
    const request = get(`http://${address}/livez`, { agent: false });
    request.on('response', ({ headers }) => {
      const { 'x-minotaur-member': id, 'x-minotaur-incarnation': incarnation } = headers;
      const known = typeof id === 'string' && typeof incarnation === 'string';
      const renewed = Number.parseInt(String(headers['x-minotaur-renewed-ms']), 10);
      const renewedMsAgo = renewed >= 0 ? { renewedMsAgo: renewed } : {};
      settle(known ? { kind: 'answered', id, incarnation, ...renewedMsAgo } : { kind: 'silent' });
    });
    request.on('error', (error) => settle({ kind: isRefusal(error) ? 'refused' : 'silent' }));
  });
}

/** A host name with several addresses fails with all of their errors together. */
function isRefusal(error: NodeJS.ErrnoException): boolean {
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(isRefusal);
  return error.code === 'ECONNREFUSED';
}
