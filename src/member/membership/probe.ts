/**
 * One look at a peer: does its message subject answer, do its own addresses?
 *
 * Role: what the failure detector calls a probe.
 * Why both: "no responders" alone may be a peer that lost its connection to NATS and is well otherwise.
 */
import type { Clock, Timer } from '../../ports/clock.ts';
import type { Messaging } from '../../ports/messaging.ts';
import { encodeFrame } from '../contract/rpc.ts';

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

/** What can be found out within `timeoutMs`. A peer that answers messages is alive, whatever its addresses say: that ends the look. */
export async function probePeer(
  { messaging, clock }: { readonly messaging: Messaging; readonly clock: Clock },
  peer: ProbedPeer,
  timeoutMs: number,
): Promise<ProbeResult> {
  const look: Look = { clock, until: clock.monotonic() + timeoutMs, isOver: false };
  const [rpc, addresses] = await Promise.all([
    askSubject(look, messaging, peer),
    Promise.all(peer.record.addresses.map((address) => askAddress(look, messaging, peer, address))),
  ]);
  const isGone = addresses.length > 0 && addresses.every((found) => found === 'gone');
  return { rpc: rpc ?? 'unknown', address: addresses.includes('alive') ? 'alive' : isGone ? 'gone' : 'unknown' };
}

interface Look {
  readonly clock: Clock;
  /** Monotonic ms. */
  readonly until: number;
  isOver: boolean;
}

function askSubject(look: Look, messaging: Messaging, peer: ProbedPeer): Promise<'answered' | 'noResponders' | null> {
  const ping = encodeFrame({ type: 'ping' });
  return repeat(look, async (leftMs) => {
    const { kind } = await messaging.call({ id: peer.id, incarnation: peer.incarnation }, ping, leftMs);
    if (kind === 'answer') look.isOver = true;
    return kind === 'answer' ? 'answered' : kind === 'noResponders' ? kind : null;
  });
}

function askAddress(
  look: Look,
  messaging: Messaging,
  peer: ProbedPeer,
  address: string,
): Promise<'alive' | 'gone' | null> {
  return repeat(look, async (leftMs) => {
    const outcome = await messaging.probe(address, leftMs);
    if (outcome.kind === 'refused') return 'gone';
    if (outcome.kind === 'silent' || outcome.id !== peer.id) return null;
    return outcome.incarnation === peer.incarnation ? 'alive' : 'gone';
  });
}

/**
 * The first outcome that is not null, until the look is over. Asked anew every few milliseconds: a process that is being killed keeps
 * its connections for a moment, and what reaches it then gets no answer at all.
 */
function repeat<Outcome>(look: Look, attempt: (leftMs: number) => Promise<Outcome | null>): Promise<Outcome | null> {
  return new Promise((resolve) => {
    let timer: Timer | null = null;
    const finish = (outcome: Outcome | null) => {
      timer?.cancel();
      timer = null;
      resolve(outcome);
    };
    const ask = () => {
      const leftMs = look.until - look.clock.monotonic();
      if (leftMs <= 0 || look.isOver) return finish(null);
      timer = look.clock.after(Math.min(ASK_AGAIN_MS, leftMs), ask);
      // What cannot even be asked tells nothing.
      attempt(leftMs)
        .catch(() => null)
        .then((outcome) => {
          if (outcome !== null && timer !== null) finish(outcome);
        });
    };
    ask();
  });
}
