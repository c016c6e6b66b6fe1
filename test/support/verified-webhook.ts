/**
 * The receiver's half of Standard Webhooks, written from the specification: whether a delivery is signed with a secret.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

const TOLERANCE_S = 300;

/** The body, parsed. Throws what is wrong with the delivery. */
export function verified(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: string,
  secret: string,
): { readonly type: string; readonly timestamp: string; readonly data: Readonly<Record<string, unknown>> } {
  const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map(
    (name) => headers[name],
  );
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > TOLERANCE_S) throw new Error(`signed at ${timestamp}`);
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const wanted = createHmac('sha256', key).update([id, timestamp, body].join('.')).digest();
  const isSigned = String(signatures)
    .split(' ')
    .map((signature) => signature.split(','))
    .some(([version, given = '']) => version === 'v1' && isEqual(Buffer.from(given, 'base64'), wanted));
  if (!isSigned) throw new Error('no signature fits');
  return JSON.parse(body);
}

function isEqual(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
