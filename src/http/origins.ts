/**
 * Which pages may ask: those of this very host, and those of the origins that are configured.
 *
 * Role: one list for CORS (app.ts) and for WebSockets, which browsers let connect to anywhere. Programs that are no browser send no
 * origin and are not concerned: this protects the users of browsers, not the server.
 */
export class Origins {
  readonly #allowed: ReadonlySet<string>;

  /** `https://host[:port]` each, as browsers write it. */
  constructor(allowed: readonly string[]) {
    this.#allowed = new Set(allowed);
  }

  /** For CORS; empty: pages of other origins get nothing. */
  get list(): readonly string[] {
    return [...this.#allowed];
  }

  /** Whether a page of `origin` (the header) may open a socket to `host` (the request's host and port). */
  allowsSocket(origin: string | undefined, host: string | undefined): boolean {
    if (origin === undefined || this.#allowed.has(origin)) return true;
    const page = URL.parse(origin);
    if (page === null || host === undefined) return false;
    // The scheme decides which port goes without saying.
    return page.host !== '' && page.host === URL.parse(`${page.protocol}//${host}`)?.host;
  }
}
