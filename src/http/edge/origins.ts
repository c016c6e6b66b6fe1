/**
 * Which pages may ask: those of this very host, and those of the origins that are configured.
 *
 * Role: one list for CORS (app.ts) and for WebSockets, which browsers let connect to anywhere. Programs that are no browser send no
 * origin and are not concerned: this protects the users of browsers, not the server. `null`, the origin of whatever has none, is never allowed.
 */
export class Origins {
  readonly #allowed: ReadonlySet<string>;
  /** Headers that pages may send beside those of the contract. */
  readonly headers: readonly string[];

  /** `https://host[:port]` each, as browsers write it; of an app `scheme://host`. */
  constructor(allowed: readonly string[], headers: readonly string[] = []) {
    this.#allowed = new Set(allowed.filter((origin) => origin !== 'null'));
    this.headers = headers;
  }

  /** For CORS; empty: pages of other origins get nothing. */
  get list(): readonly string[] {
    return [...this.#allowed];
  }

  /** Whether a page of `origin` (the header) may open a socket to `host` (the request's host and port). */
  allowsSocket(origin: string | undefined, host: string | undefined): boolean {
    if (origin === undefined || this.#allowed.has(origin)) return true;
    const page = URL.parse(origin);
    if (page === null || host === undefined || !/^https?:$/.test(page.protocol)) return false;
    // The scheme decides which port goes without saying.
    return page.host !== '' && page.host === URL.parse(`${page.protocol}//${host}`)?.host;
  }
}
