/**
 * How large a message a server must take.
 *
 * Why a least: games fit themselves to what NATS takes (session/sizes.ts), but below this a game of some players would be full at once.
 */
import { PayloadTooSmall } from './errors.ts';
import { type Log, USUAL_PAYLOAD_BYTES } from './wire.ts';

const LEAST_PAYLOAD_BYTES = 64 * 1024;

/** Throws PayloadTooSmall. `maxPayload`: as the server says. */
export function judgePayload(maxPayload: number = USUAL_PAYLOAD_BYTES): void {
  if (maxPayload < LEAST_PAYLOAD_BYTES) throw new PayloadTooSmall(maxPayload, LEAST_PAYLOAD_BYTES);
}

/** Says it if games have less room than usual. */
export function warnOfPayload(maxPayload: number, log: Log): void {
  if (maxPayload >= USUAL_PAYLOAD_BYTES) return;
  const details = { maxPayload, usual: USUAL_PAYLOAD_BYTES };
  log.warn(details, 'NATS takes small messages only (max_payload): games have less room');
}
