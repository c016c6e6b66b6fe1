/**
 * One look at a peer: does its message subject answer, do its own addresses?
 *
 * Role: what the failure detector calls a probe.
 * Why both: "no responders" alone may be a peer that lost its connection to NATS and is well otherwise.
 */
import type { Clock, Timer } from '../ports/clock.ts';
import type { Messaging } from '../ports/messaging.ts';
import { encodeFrame } from './rpc.ts';

const ASK_AGAIN_MS = 20;

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

/** What can be found out within `timeoutMs`. */
export async function probePeer(
  { messaging, clock }: { readonly messaging: Messaging; readonly clock: Clock },
  peer: ProbedPeer,
  timeoutMs: number,
): Promise<ProbeResult> {
  const ping = encodeFrame({ type: 'ping' });
  const { id, incarnation } = peer;
  const [answer, found] = await Promise.all([
    repeat(clock, timeoutMs, async (leftMs) => {
      const outcome = await messaging.call({ id, incarnation }, ping, leftMs);
      return outcome.kind === 'answer' || outcome.kind === 'noResponders' ? outcome.kind : null;
    }),
    Promise.all(peer.record.addresses.map((address) => askAddress({ messaging, clock }, peer, address, timeoutMs))),
  ]);
  const isGone = found.length > 0 && found.every((outcome) => outcome === 'gone');
  return {
    rpc: answer === 'answer' ? 'answered' : (answer ?? 'unknown'),
    address: found.includes('alive') ? 'alive' : isGone ? 'gone' : 'unknown',
  };
}

function askAddress(
  { messaging, clock }: { readonly messaging: Messaging; readonly clock: Clock },
  peer: ProbedPeer,
  address: string,
  timeoutMs: number,
): Promise<'alive' | 'gone' | null> {
  return repeat(clock, timeoutMs, async (leftMs) => {
    const outcome = await messaging.probe(address, leftMs);
    if (outcome.kind === 'refused') return 'gone';
    if (outcome.kind === 'silent' || outcome.id !== peer.id) return null;
    return outcome.incarnation === peer.incarnation ? 'alive' : 'gone';
  });
}

/**
 * The first outcome that is not null, within `timeoutMs`. Asked anew every few milliseconds: a process that is being killed keeps its
 * connections for a moment, and what reaches it then gets no answer at all.
 */
function repeat<Outcome>(
  clock: Clock,
  timeoutMs: number,
  attempt: (leftMs: number) => Promise<Outcome | null>,
): Promise<Outcome | null> {
  const until = clock.monotonic() + timeoutMs;
  return new Promise((resolve) => {
    let timer: Timer | null = null;
    const finish = (outcome: Outcome | null) => {
      timer?.cancel();
      timer = null;
      resolve(outcome);
    };
    const ask = () => {
      const leftMs = until - clock.monotonic();
      if (leftMs <= 0) return finish(null);
      timer = clock.after(Math.min(ASK_AGAIN_MS, leftMs), ask);
      void attempt(leftMs).then((outcome) => {
        if (outcome !== null && timer !== null) finish(outcome);
      });
    };
    ask();
  });
}
