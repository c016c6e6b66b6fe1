/**
 * One look at a peer: does its message subject answer, do its own addresses?
 *
 * Role: what the failure detector calls a probe.
 * Why both: "no responders" alone may be a peer that lost its connection to NATS and is well otherwise.
 */
import type { Messaging } from '../ports/messaging.ts';
import { encodeFrame } from './rpc.ts';

export interface ProbedPeer {
  readonly id: string;
  readonly incarnation: string;
  readonly record: { readonly addresses: readonly string[] };
}

export interface ProbeResult {
  readonly rpc: 'answered' | 'noResponders' | 'unknown';
  /** `gone`: every address refused, or was answered by another incarnation of the same member. */
  readonly address: 'gone' | 'alive' | 'unknown';
}

export async function probePeer(messaging: Messaging, peer: ProbedPeer, timeoutMs: number): Promise<ProbeResult> {
  const ping = messaging.call({ id: peer.id, incarnation: peer.incarnation }, encodeFrame({ type: 'ping' }), timeoutMs);
  const addresses = Promise.all(peer.record.addresses.map((address) => messaging.probe(address, timeoutMs)));
  const [answer, found] = await Promise.all([ping, addresses]);
  const isGone = found.every(
    (outcome) =>
      outcome.kind === 'refused' ||
      (outcome.kind === 'answered' && outcome.id === peer.id && outcome.incarnation !== peer.incarnation),
  );
  const isAlive = found.some((outcome) => outcome.kind === 'answered' && outcome.incarnation === peer.incarnation);
  const rpc = answer.kind === 'answer' ? 'answered' : answer.kind === 'noResponders' ? 'noResponders' : 'unknown';
  return { rpc, address: isAlive ? 'alive' : isGone && found.length > 0 ? 'gone' : 'unknown' };
}
