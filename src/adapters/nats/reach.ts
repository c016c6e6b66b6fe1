/**
 * Going round the servers until one takes us, and saying why none does.
 *
 * Role: the same at the start and in an outage: each server in turn, one attempt and so one socket at a time, for ever.
 * Invariants:
 *  - Nothing that NATS or an operator can put right ends the member, wrong credentials and certificates included.
 *  - A round of failures is followed by a pause that grows, jittered: members that lost the same server do not come back at the same moment.
 */
import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';
import { explain, isRefusal } from './diagnosis.ts';
import { isUnsuitable } from './errors.ts';
import { dial, type Link } from './link.ts';
import type { Servers } from './servers.ts';
import type { ClientOptions, ConnectionSettings } from './settings.ts';
import type { Log } from './wire.ts';

/** What an attempt needs to know. */
export interface Reach {
  readonly client: ClientOptions;
  readonly servers: Servers;
  readonly settings: ConnectionSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Why a server did not take us. */
interface Failure {
  readonly server: string;
  readonly error: unknown;
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 500;
/** NATS logs each refusal, and the operator has to act first. */
const REFUSED_PAUSE_MS = 1_000;
const SAY_INTERVAL_MS = 5_000;

/**
 * `quietMs`: how long nothing is said. `isFatal`: what makes it give up when it is among the failures of a whole round. Rejects with that, or
 * with the reason of `signal`.
 */
export async function reachServer(
  reach: Reach,
  signal: AbortSignal,
  quietMs: number,
  isFatal: (error: unknown) => boolean,
): Promise<Link> {
  let pauseMs = FIRST_PAUSE_MS;
  for (let sayAt = reach.clock.monotonic() + quietMs; ; ) {
    const round = await tryEach(reach, signal);
    if (!Array.isArray(round)) return round;
    const fatal = round.find(({ error }) => isFatal(error));
    if (fatal) throw fatal.error;
    if (reach.clock.monotonic() >= sayAt) {
      tell(reach, round);
      sayAt = reach.clock.monotonic() + SAY_INTERVAL_MS;
    }
    const isRefused = round.some(({ error }) => isRefusal((error as { code?: unknown }).code));
    // Between half of it and all of it.
    const share = 1 - reach.random.fraction() / 2;
    await pause(share * (isRefused ? REFUSED_PAUSE_MS : pauseMs), reach.clock, signal);
    pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
  }
}

/** The first link that can be had, or why each server does not take us. */
async function tryEach({ client, servers }: Reach, signal: AbortSignal): Promise<Link | Failure[]> {
  const failures: Failure[] = [];
  for (let left = servers.count; left > 0; left -= 1) {
    const server = servers.next();
    try {
      return await dial(client, server, signal);
    } catch (error) {
      signal.throwIfAborted();
      failures.push({ server: server.address, error });
    }
  }
  return failures;
}

function tell({ log, settings }: Reach, failures: readonly Failure[]): void {
  for (const { server, error } of failures) {
    const details = { server, reason: explain(error, settings) };
    // The others are waited for; this one would have to be replaced.
    if (isUnsuitable(error)) log.error(details, 'this NATS server is not used');
    else log.warn(details, 'waiting for NATS');
  }
}

/** Over at once when `signal` aborts. */
function pause(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      timer.cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = clock.after(ms, end);
    signal.addEventListener('abort', end);
  });
}
