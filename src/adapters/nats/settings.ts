/**
 * From the operator's settings to the NATS client's: addresses, credentials, TLS files.
 *
 * Role: reads every file that the connection needs, once at start so that a wrong path fails at once, and again at each
 * reconnect, so that renewed credentials and certificates are picked up.
 */
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { checkServerIdentity as checkIdentity, type PeerCertificate } from 'node:tls';
import { type Authenticator, type ConnectionOptions, credsAuthenticator } from 'nats';

export interface ConnectionSettings {
  /** `host:port`, `nats://…` or `tls://…`, with `user:password@` or `token@` where needed (the first one's counts). */
  readonly servers: readonly string[];
  readonly credentialsFile: string | null;
  readonly tls: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string } | null;
  /** What the server's operator sees. */
  readonly clientName: string;
}

/** Reaching a server, TLS included. */
const DIAL_TIMEOUT_MS = 2_000;
const PING_INTERVAL_MS = 1_000;
const PINGS_UNANSWERED = 2;

/** What the client library takes. */
export type ClientOptions = ConnectionOptions & { servers: string[] };

/**
 * What the client library is told. Throws a TypeError for a server that is no address, the file system's error for a
 * file that cannot be read, and the library's for a credentials file that holds none.
 */
export function clientOptions(settings: ConnectionSettings): ClientOptions {
  const servers = settings.servers.map(parseServer);
  const encrypted = settings.tls !== null || servers.some((server) => server.protocol === 'tls:');
  const identified = servers.find((server) => server.username !== '');
  for (const file of Object.values(settings.tls ?? {})) readFileSync(file);
  // The library reads the files again at each connect.
  const tls = { ...settings.tls, checkServerIdentity };
  return {
    servers: servers.map((server) => server.host),
    name: settings.clientName,
    // One connection, one socket: another one is made by us.
    reconnect: false,
    verbose: false,
    pedantic: false,
    timeout: DIAL_TIMEOUT_MS,
    pingInterval: PING_INTERVAL_MS,
    maxPingOut: PINGS_UNANSWERED,
    noAsyncTraces: true,
    ...(identified && authentication(identified)),
    ...(encrypted && { tls }),
    ...(settings.credentialsFile !== null && { authenticator: freshCredentials(settings.credentialsFile) }),
  };
}

function parseServer(text: string): URL {
  const address = text.includes('://') ? text : `nats://${text}`;
  const url = URL.canParse(address) ? new URL(address) : null;
  if (!url || url.host === '' || !['nats:', 'tls:'].includes(url.protocol)) {
    throw new TypeError('a NATS server must be given as host:port, nats://host:port or tls://host:port');
  }
  return url;
}

function authentication({ username, password }: URL): Pick<ConnectionOptions, 'user' | 'pass' | 'token'> {
  const user = decodeURIComponent(username);
  return password === '' ? { token: user } : { user, pass: decodeURIComponent(password) };
}

/**
 * Reads the file at each connect. While it cannot be read or is half written, what it held before is good enough: an
 * exception would make the client give up for good.
 */
function freshCredentials(path: string): Authenticator {
  let good = credsAuthenticator(readFileSync(path));
  good('');
  return (nonce) => {
    try {
      const newest = credsAuthenticator(readFileSync(path));
      newest(nonce);
      good = newest;
    } catch {
      // Told by nobody but NATS, should it refuse the old ones.
    }
    return good(nonce);
  };
}

/**
 * The library passes no name for a server that is given by its IP address; TLS would then check the certificate for
 * "localhost". `this` are the options of the TLS connection, as Node.js calls it.
 */
function checkServerIdentity(this: { servername?: string; socket?: Socket }, _: string, certificate: PeerCertificate) {
  return checkIdentity(this.servername || (this.socket?.remoteAddress ?? ''), certificate);
}
