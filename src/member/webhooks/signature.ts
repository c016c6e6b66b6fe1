/**
 * The headers of a delivery, as the Standard Webhooks specification says.
 *
 * Invariant: the id is the same at every attempt; time and signature are of this one.
 */
import { createHmac } from 'node:crypto';

/** Before the base64 of a secret. */
const SECRET_PREFIX = 'whsec_';

export interface Signing {
  readonly id: string;
  /** Ms since the epoch. */
  readonly wall: number;
  readonly body: string;
}

/** With one signature for each secret: while one replaces another, receivers accept either. */
export function signedHeaders({ id, wall, body }: Signing, secrets: readonly string[]): Record<string, string> {
  const timestamp = String(Math.floor(wall / 1000));
  const signed = `${id}.${timestamp}.${body}`;
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': secrets.map((secret) => `v1,${sign(signed, secret)}`).join(' '),
  };
}

function sign(text: string, secret: string): string {
  const key = Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64');
  return createHmac('sha256', key).update(text).digest('base64');
}
