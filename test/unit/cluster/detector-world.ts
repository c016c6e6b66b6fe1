/**
 * A made-up world around one failure detector: when its own renewals are acknowledged, when it hears its peers, what its probes find.
 *
 * Role: turns a script of times into the expulsions that the detector would try. The caller's part is played as the real one does
 * it: look when told to, at every event, and after every probe.
 */
import {
  FailureDetector,
  type FailureDetectorSettings,
  type ProbeFinding,
  type Verdict,
} from '../../../src/cluster/failure-detector.ts';

export const DEFAULTS: FailureDetectorSettings = { heartbeatMs: 100, goneMs: 250, suspectMs: 2_500 };

/** What a probe finds, by what happened to the peer. */
export const findings = {
  well: { rpc: 'answered', address: 'alive' },
  /** The process is gone, its machine refuses connections; also when another incarnation answers at its address. */
  crashed: { rpc: 'noResponders', address: 'gone' },
  /** The machine is gone: nothing answers. */
  lost: { rpc: 'noResponders', address: 'unknown' },
  /** No connection to NATS, well otherwise. */
  cutOff: { rpc: 'noResponders', address: 'alive' },
  /** Still connected, but it does not run. */
  paused: { rpc: 'unknown', address: 'unknown' },
} as const satisfies Record<string, ProbeFinding>;

export interface PeerScript {
  readonly key: string;
  /** Default 50. */
  readonly leaseMs?: number;
  /** When its renewals are received, rising. */
  readonly heard: readonly number[];
  /** What a probe that starts then finds. */
  readonly found: (at: number) => ProbeFinding;
  /** When forwards to it are refused. */
  readonly refused?: readonly number[];
}

export interface Script {
  readonly settings?: FailureDetectorSettings;
  readonly durationMs: number;
  /** When my own renewals are acknowledged, rising. */
  readonly acks: readonly number[];
  readonly peers: readonly PeerScript[];
  /** From when to when my event loop stands still, in order: what comes meanwhile waits, timers go first afterwards. */
  readonly blocks?: readonly (readonly [from: number, to: number])[];
  /** Default 5. */
  readonly probeMs?: number;
  /** Look this often besides; default only when the detector asks for it. */
  readonly lookEveryMs?: number;
}

export interface Expulsion extends Verdict {
  readonly at: number;
  /** When the detector last heard the peer before: a renewal that comes in the same millisecond may be heard after the verdict. */
  readonly heardAt: number;
}

interface Happening {
  readonly at: number;
  readonly run: (now: number) => void;
}

/** Times from `from` (inclusive) to `to` (exclusive), every `everyMs`. */
export function flow(from: number, to: number, everyMs = 100): number[] {
  return Array.from({ length: Math.max(0, Math.ceil((to - from) / everyMs)) }, (_, index) => from + index * everyMs);
}

/** A peer that is well, renews every 100 ms until `at`, and is found as `finding` from then on. */
export function failing(key: string, at: number, finding: ProbeFinding, leaseMs = 50): PeerScript {
  return { key, leaseMs, heard: flow(30, at), found: (now) => (now < at ? findings.well : finding) };
}

/** The first verdict on each key. A key is forgotten with it: deleting always works here. */
export function simulate(script: Script): Expulsion[] {
  const detector = new FailureDetector(script.settings ?? DEFAULTS);
  const expulsions: Expulsion[] = [];
  const expelled = new Set<string>();
  const heardAt = new Map<string, number>();
  const queue = happenings(script, detector, (key, leaseMs, now) => {
    if (expelled.has(key)) return;
    heardAt.set(key, now);
    detector.renewalSeen(key, leaseMs, now);
  });

  const later = (happening: Happening) => {
    const index = queue.findIndex(({ at }) => at > happening.at);
    queue.splice(index < 0 ? queue.length : index, 0, happening);
  };
  const look = (now: number) => {
    for (const key of detector.probesDue(now)) {
      const finding = script.peers.find((peer) => peer.key === key)?.found(now) ?? findings.well;
      later({ at: now + (script.probeMs ?? 5), run: (end) => detector.probed(key, finding, now, end) });
    }
    for (const verdict of detector.verdicts(now)) {
      expulsions.push({ ...verdict, at: now, heardAt: heardAt.get(verdict.key) ?? Number.NaN });
      expelled.add(verdict.key);
      detector.forget(verdict.key);
    }
  };

  for (let now = 0; now < script.durationMs; ) {
    const wakeAt = now + Math.min(detector.nextWakeMs(now), script.lookEveryMs ?? Number.POSITIVE_INFINITY);
    const nextAt = Math.min(wakeAt, queue[0]?.at ?? Number.POSITIVE_INFINITY);
    now = script.blocks?.find(([from, to]) => nextAt >= from && nextAt < to)?.[1] ?? nextAt;
    if (wakeAt <= now) look(now);
    for (let next = queue[0]; next !== undefined && next.at <= now; next = queue[0]) {
      queue.shift();
      next.run(now);
      look(now);
    }
  }
  return expulsions;
}

function happenings(
  script: Script,
  detector: FailureDetector,
  hear: (key: string, leaseMs: number, now: number) => void,
): Happening[] {
  const acks = script.acks.map((at) => ({ at, run: (now: number) => detector.ownRenewalAcknowledged(now) }));
  const ofPeers = script.peers.flatMap(({ key, leaseMs = 50, heard, refused = [] }) => [
    ...heard.map((at) => ({ at, run: (now: number) => hear(key, leaseMs, now) })),
    ...refused.map((at) => ({ at, run: (now: number) => detector.suspect(key, now) })),
  ]);
  return [...acks, ...ofPeers].sort((one, other) => one.at - other.at);
}
