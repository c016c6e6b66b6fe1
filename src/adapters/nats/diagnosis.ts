/**
 * Why NATS cannot be reached, in words that say what to do about it.
 *
 * Role: from the error of an attempt to connect to what an operator reads; the only place that knows those error codes.
 * Invariant: nothing secret is in it. (The errors of the client library and of TLS hold no credentials.)
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { systemClock } from '../system.ts';
import { EndedAtOnce } from './errors.ts';
import type { ConnectionSettings } from './settings.ts';

type OwnFiles = Pick<ConnectionSettings, 'credentialsFile' | 'tls'>;

const UNKNOWN_AUTHORITY =
  "the server's certificate is signed by nobody in MINOTAUR_NATS_CA (where that is not set: by no public authority)";
const CERTIFICATE_REFUSED =
  'NATS refuses the certificate of this member: look at MINOTAUR_NATS_CERT, and at the authorities that NATS trusts';
const CERTIFICATE_WANTED_PERHAPS =
  'NATS ended the connection during TLS: if it wants a certificate of this member, set MINOTAUR_NATS_CERT and MINOTAUR_NATS_KEY';
/** What the end of a connection looks like, depending on what was being sent. */
const ENDS: readonly string[] = ['ECONNRESET', 'EPIPE', EndedAtOnce.code];

/** By the code of the error. */
const WORDS: Readonly<Record<string, string>> = {
  CONNECTION_REFUSED: 'nobody listens there',
  ENOTFOUND: 'there is no such host name',
  TIMEOUT: 'it does not answer',
  AUTHORIZATION_VIOLATION:
    'NATS refuses the credentials: look at MINOTAUR_NATS_CREDS, or at the user and password (or token) in MINOTAUR_NATS_URL',
  AUTHENTICATION_EXPIRED: 'the credentials have ended: renew the file MINOTAUR_NATS_CREDS',
  ACCOUNT_EXPIRED: 'the NATS account has ended: renew it',
  SERVER_OPT_NA: 'the server does not speak TLS: enable it there, or unset MINOTAUR_NATS_CA, _CERT and _KEY and tls://',
  CERT_HAS_EXPIRED: "the server's certificate has ended: renew it on the server",
  CERT_NOT_YET_VALID: "the server's certificate is not valid yet: look at the clocks",
  ERR_TLS_CERT_ALTNAME_INVALID: "the server's certificate is not for the name in MINOTAUR_NATS_URL",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  CERT_SIGNATURE_FAILURE: UNKNOWN_AUTHORITY,
  TLS: 'the TLS files cannot be used: look at MINOTAUR_NATS_CA, _CERT and _KEY',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    'NATS wants a certificate of this member: set MINOTAUR_NATS_CERT and MINOTAUR_NATS_KEY',
};
const REFUSALS: readonly unknown[] = ['AUTHORIZATION_VIOLATION', 'AUTHENTICATION_EXPIRED', 'ACCOUNT_EXPIRED'];

/** One sentence; what the client library or TLS had to say comes in brackets. */
export function explain(error: unknown, own: OwnFiles): string {
  const { code = '', message, chainedError } = error as Error & { code?: string; chainedError?: Error };
  const said = (chainedError?.message ?? message).trim();
  const words = endOfOwn(code, own) ?? WORDS[code] ?? wordsOfAnEnd(code, own);
  return words === null ? said : `${words} (${said})`;
}

/** Whether an error code says that NATS does not want whoever we say that we are. */
export function isRefusal(code: unknown): boolean {
  return REFUSALS.includes(code);
}

/** The server only refuses; that our own credentials or certificate have ended, we can see for ourselves. */
function endOfOwn(code: string, own: OwnFiles): string | null {
  const { credentialsFile, tls } = own;
  if (isRefusal(code) && credentialsFile !== null) {
    const end = endOf(() => endOfCredentials(readFileSync(credentialsFile, 'utf8')));
    if (end !== null) return `the credentials in MINOTAUR_NATS_CREDS ended at ${end}: renew them`;
  }
  const certFile = tls?.certFile;
  if (isEndedByServer(code, own) && certFile !== undefined) {
    const end = endOf(() => Date.parse(new X509Certificate(readFileSync(certFile)).validTo));
    if (end !== null) return `the certificate in MINOTAUR_NATS_CERT ended at ${end}: renew it`;
  }
  return null;
}

/** The server refuses a certificate, or that there is none, and says so, but its word may be lost when it closes the connection right after. */
function wordsOfAnEnd(code: string, own: OwnFiles): string | null {
  if (isEndedByServer(code, own)) return CERTIFICATE_REFUSED;
  return own.tls != null && ENDS.includes(code) ? CERTIFICATE_WANTED_PERHAPS : null;
}

function isEndedByServer(code: string, { tls }: OwnFiles): boolean {
  return code.includes('_ALERT_') || (ENDS.includes(code) && tls?.certFile !== undefined);
}

/** A time in the past as text; null if it is to come, or cannot be told. */
function endOf(read: () => number): string | null {
  try {
    const end = read();
    return end < systemClock.wall() ? new Date(end).toISOString() : null;
  } catch {
    return null;
  }
}

/** `exp` of the JWT in a credentials file, in ms; infinite: it does not end. Throws if there is none. */
export function endOfCredentials(text: string): number {
  const [, payload = ''] = /^[\w-]+\.([\w-]+)\.[\w-]+$/m.exec(text) ?? [];
  const { exp } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { exp?: number };
  return exp === undefined ? Number.POSITIVE_INFINITY : exp * 1_000;
}
