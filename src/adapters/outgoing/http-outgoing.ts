/**
 * Adapter: requests to the one address outside that an operator has named, by HTTP.
 *
 * Role: keeps a member from being led anywhere else: redirects are answers like others, and the address behind the host's name is looked at for
 * each connection, by the very lookup that connects.
 * Why not `fetch`: it takes no lookup of one's own, and a name may show another address a moment after it was checked.
 */
import dns, { type LookupAddress } from 'node:dns';
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { addAbortSignal } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { addressIn, mayGoTo } from '../../egress.ts';
import type { Outgoing, OutgoingRequest, PostOutcome } from '../../ports/outgoing.ts';

const CONNECTIONS = 16;
/** Of an answer. What comes beyond that ends the connection. */
const READ_BYTES = 16_384;
/** So long after its headers an answer may go on. */
const READ_MS = 1_000;

export interface Destination {
  /** Of http: or https:. */
  readonly url: string;
  /** Private networks that may be reached, such as `10.0.0.0/8`; without TLS nothing else may. */
  readonly networks: readonly string[];
}

/** `certificateEnd`: ms since the epoch; null: without an answer it is not known, and without TLS there is none. */
export type Visit = PostOutcome & { readonly certificateEnd: number | null };

class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
}

export class HttpOutgoing implements Outgoing {
  private readonly url: URL;
  private readonly networks: readonly string[];
  private readonly agent: HttpAgent | HttpsAgent;
  /** One at a time: each holds one of the few threads of the process, for as long as the DNS does not answer. */
  private looking: Promise<readonly LookupAddress[]> | null = null;

  constructor({ url, networks }: Destination) {
    this.url = new URL(url);
    this.networks = networks;
    const options = { keepAlive: true, maxSockets: CONNECTIONS, maxFreeSockets: CONNECTIONS, lookup: this.lookup };
    this.agent = this.isEncrypted ? new HttpsAgent(options) : new HttpAgent(options);
  }

  post({ headers, body }: OutgoingRequest, timeoutMs: number): Promise<PostOutcome> {
    return this.send('POST', { headers: { ...headers, ...sizeOf(body) }, body }, timeoutMs, () => undefined);
  }

  /** Goes there as a delivery would, and tells nothing. */
  async visit(timeoutMs: number): Promise<Visit> {
    let certificateEnd: number | null = null;
    const outcome = await this.send('HEAD', { headers: {}, body: '' }, timeoutMs, ({ socket }) => {
      if (socket instanceof TLSSocket) certificateEnd = Date.parse(socket.getPeerCertificate().valid_to);
    });
    return { ...outcome, certificateEnd };
  }

  private send(
    method: 'POST' | 'HEAD',
    { headers, body }: OutgoingRequest,
    timeoutMs: number,
    seen: (response: IncomingMessage) => void,
  ): Promise<PostOutcome> {
    const literal = addressIn(this.url);
    // An address in the URL itself is never looked up.
    if (literal !== null && !this.isAllowed(literal)) return Promise.resolve(refused(literal));
    const signal = AbortSignal.timeout(timeoutMs);
    return new Promise((resolve) => {
      let answered: PostOutcome | null = null;
      const options = { method, agent: this.agent, headers, signal };
      const request = (this.isEncrypted ? requestHttps : requestHttp)(this.url, options, (response) => {
        const outcome: PostOutcome = { kind: 'answered', status: response.statusCode ?? 0 };
        answered = outcome;
        seen(response);
        // Not before: until then its connection is in use, and the next request would wait for it.
        response.on('close', () => resolve(outcome));
        readLittle(response);
      });
      request.on('error', (error) => resolve(answered ?? outcomeOf(error, signal)));
      request.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }

  private get isEncrypted(): boolean {
    return this.url.protocol === 'https:';
  }

  private isAllowed(address: string): boolean {
    return mayGoTo(address, this.networks, !this.isEncrypted);
  }

  private readonly lookup: LookupFunction = (host, options, done) => {
    const found = (addresses: readonly LookupAddress[]) => {
      const allowed = addresses.filter(({ address }) => this.isAllowed(address));
      const [first] = allowed;
      if (first === undefined) return done(new AddressRefused(`${host} has no address that may be reached`), []);
      if (options.all) done(null, allowed);
      else done(null, first.address, first.family);
    };
    this.addressesOf(host).then(found, (error: Error) => done(error, []));
  };

  private addressesOf(host: string): Promise<readonly LookupAddress[]> {
    this.looking ??= new Promise<readonly LookupAddress[]>((resolve, reject) => {
      dns.lookup(host, { all: true }, (error, found) => (error === null ? resolve(found) : reject(error)));
    }).finally(() => {
      this.looking = null;
    });
    return this.looking;
  }
}

/** So that the connection can be used again; who goes on and on, or does not go on, is cut off. */
function readLittle(response: IncomingMessage): void {
  let left = READ_BYTES;
  addAbortSignal(AbortSignal.timeout(READ_MS), response);
  response.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) response.destroy();
  });
  // It ends in whatever way: the status is known.
  response.on('error', () => undefined);
}

function sizeOf(body: string): Record<string, string> {
  return { 'content-length': String(Buffer.byteLength(body)) };
}

function outcomeOf(error: Error, signal: AbortSignal): PostOutcome {
  if (error instanceof AddressRefused) return { kind: 'refused', reason: error.message };
  return signal.aborted ? { kind: 'silent' } : { kind: 'failed', reason: error.message };
}

function refused(address: string): PostOutcome {
  return { kind: 'refused', reason: `${address} is no address that may be reached` };
}
