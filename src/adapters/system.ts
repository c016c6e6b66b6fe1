/**
 * Adapter: time and randomness of the real machine.
 *
 * Role: with config.ts the only place that asks the machine for the time, timers and random bytes.
 * Why own timers: Node's may fire up to a millisecond early and overflow after 24.8 days; the port promises neither.
 */
import { randomFillSync } from 'node:crypto';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';

/** Node takes no longer timeout than this; longer waits are made of several. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** The machine's clocks and timers. A pending timer keeps the process alive. */
export const systemClock: Clock = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, run) => {
    const due = performance.now() + Math.max(0, ms);
    let handle: NodeJS.Timeout;
    const arm = (): void => {
      const left = Math.max(0, Math.ceil(due - performance.now()));
      handle = setTimeout(() => (performance.now() < due ? arm() : run()), Math.min(left, LONGEST_TIMEOUT_MS));
    };
    arm();
    return { cancel: () => clearTimeout(handle) } satisfies Timer;
  },
};

/** What passes, and what this thread had of the processor of it, in ms. */
export const systemStopwatch = {
  passed: (): number => performance.now(),
  worked: (): number => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1_000;
  },
};

/** Runs `run` once everything that is ready in this turn of the event loop has been handled. */
export function atEndOfTurn(run: () => void): void {
  setImmediate(run);
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/** Bytes from here on are thrown away: 256 is no multiple of 62, so keeping them would favour some characters. */
const FIRST_UNFAIR_BYTE = 256 - (256 % ALPHABET.length);

const pool = new Uint8Array(4096);
let used = pool.length;

/** Cryptographically random tokens; `fraction` is the engine's own generator. */
export const systemRandom: Random = {
  fraction: () => Math.random(),
  token: (length) => {
    let token = '';
    while (token.length < length) {
      const byte = nextByte();
      if (byte < FIRST_UNFAIR_BYTE) token += ALPHABET.charAt(byte % ALPHABET.length);
    }
    return token;
  },
};

function nextByte(): number {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  return pool[used++] as number;
}
