/**
 * What can be told of the NATS settings before NATS is asked: addresses, and what is in the files.
 *
 * Role: config.ts reports these problems together with all others, so that a wrong path or a mixed-up file is found at the
 * start and by name. What only NATS can tell (a password, an authority) is retried instead.
 * Invariant: no address and no content of a file appears in a problem: they may hold passwords and keys.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { credsAuthenticator } from 'nats';

/** The settings, where they are given and right by themselves. */
export interface NatsSettings {
  readonly MINOTAUR_NATS_URL?: readonly string[] | undefined;
  readonly MINOTAUR_NATS_CREDS?: string | undefined;
  readonly MINOTAUR_NATS_CA?: string | undefined;
  readonly MINOTAUR_NATS_CERT?: string | undefined;
  readonly MINOTAUR_NATS_KEY?: string | undefined;
}

/** `host:port`, `nats://…` or `tls://…`, perhaps with `user:password@` or `token@`, and nothing after the port. */
export function isNatsServer(text: string): boolean {
  const url = parse(text);
  if (url === null || url.host === '' || !['nats:', 'tls:'].includes(url.protocol)) return false;
  // A password with a `/`, `?` or `#` in it would end up here; as a host, its beginning would be logged.
  const rest = url.pathname + url.search + url.hash;
  return (rest === '' || rest === '/') && isDecodable(url.username) && isDecodable(url.password);
}

/** What these settings have against each other, and against their files; one line each: `NAME: what is wrong`. */
export function natsProblems(settings: NatsSettings): string[] {
  const {
    MINOTAUR_NATS_CREDS: creds,
    MINOTAUR_NATS_CA: ca,
    MINOTAUR_NATS_CERT: cert,
    MINOTAUR_NATS_KEY: key,
  } = settings;
  const logins = new Set((settings.MINOTAUR_NATS_URL ?? []).map(loginOf).filter((login) => login !== ''));
  const found: string[] = [];
  if (logins.size > 1) found.push('MINOTAUR_NATS_URL: must not hold different users or tokens');
  if (logins.size > 0 && creds !== undefined) {
    found.push('MINOTAUR_NATS_CREDS: must not be given together with a user or token in MINOTAUR_NATS_URL');
  }
  if (cert !== undefined && key === undefined) found.push('MINOTAUR_NATS_KEY: is required with MINOTAUR_NATS_CERT');
  if (key !== undefined && cert === undefined) found.push('MINOTAUR_NATS_CERT: is required with MINOTAUR_NATS_KEY');
  const use = <T>(name: string, path: string | undefined, what: string, parseFile: (content: Buffer) => T): T | null =>
    path === undefined ? null : useFile(name, path, what, parseFile, found);
  use('MINOTAUR_NATS_CREDS', creds, 'NATS credentials', (content) => credsAuthenticator(content)(''));
  use('MINOTAUR_NATS_CA', ca, 'certificate', (content) => new X509Certificate(content));
  const ownCertificate = use('MINOTAUR_NATS_CERT', cert, 'certificate', (content) => new X509Certificate(content));
  const ownKey = use('MINOTAUR_NATS_KEY', key, 'private key without a passphrase', createPrivateKey);
  if (ownCertificate && ownKey && !ownCertificate.checkPrivateKey(ownKey)) {
    found.push('MINOTAUR_NATS_KEY: is not the key of MINOTAUR_NATS_CERT');
  }
  return found;
}

function useFile<T>(
  name: string,
  path: string,
  what: string,
  parseFile: (content: Buffer) => T,
  problems: string[],
): T | null {
  let content: Buffer;
  try {
    content = readFileSync(path);
  } catch (error) {
    problems.push(`${name}: the file cannot be read (${(error as NodeJS.ErrnoException).code})`);
    return null;
  }
  try {
    return parseFile(content);
  } catch {
    problems.push(`${name}: the file holds no ${what}`);
    return null;
  }
}

function parse(text: string): URL | null {
  return URL.parse(text.includes('://') ? text : `nats://${text}`);
}

function loginOf(server: string): string {
  const { username = '', password = '' } = parse(server) ?? {};
  return username === '' ? '' : `${username}:${password}`;
}

function isDecodable(text: string): boolean {
  try {
    return decodeURIComponent(text) !== null;
  } catch {
    return false;
  }
}
