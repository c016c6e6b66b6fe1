/**
 * Who is asking: bearer tokens, from the `Authorization` header or an offered subprotocol.
 *
 * Invariants:
 *  - A token is compared by its SHA-256 digest, in constant time, with every one that is configured.
 *  - A token that is present but wrong is refused everywhere, even where none is needed.
 */
import { hash, timingSafeEqual } from 'node:crypto';
import type { Viewer } from '../session/rules.ts';
import { RequestProblem } from './problem-reply.ts';

const bearerHeader = /^bearer +(\S+) *$/i;
const bearerProtocol = 'bearer.';
/** One token makes one header, give or take spaces and case. */
const maxAccepted = 64;

export class AdminTokens {
  readonly #digests: readonly Buffer[];
  /** Headers that were accepted: a read would spend a tenth of its time on comparing the same one again. */
  readonly #accepted = new Set<string>();

  constructor(tokens: readonly string[]) {
    this.#digests = tokens.map(digest);
  }

  accepts(token: string): boolean {
    const given = digest(token);
    let accepted = false;
    for (const known of this.#digests) {
      if (timingSafeEqual(known, given)) accepted = true;
    }
    return accepted;
  }

  /** As `accepts`, for an `Authorization` header. */
  acceptsHeader(authorization: string): boolean {
    // A set finds by a hash with a secret seed, so the time that it takes tells nothing of what is in it.
    if (this.#accepted.has(authorization)) return true;
    const token = bearerHeader.exec(authorization)?.[1];
    if (token === undefined || !this.accepts(token)) return false;
    if (this.#accepted.size < maxAccepted) this.#accepted.add(authorization);
    return true;
  }
}

/** Whoever sent this `Authorization` header; without one, the public. Throws 401 if it holds no valid token. */
export function viewerOf(admins: AdminTokens, authorization: string | undefined): Viewer {
  if (authorization === undefined) return 'public';
  if (!admins.acceptsHeader(authorization)) throw unauthorized('this token is not valid');
  return 'admin';
}

/** As `viewerOf`, for what only an administrator may do. Throws 401 for the public too. */
export function requireAdmin(admins: AdminTokens, authorization: string | undefined): void {
  if (viewerOf(admins, authorization) !== 'admin') throw unauthorized('send Authorization: Bearer <token>');
}

/** The viewer behind a socket: the header counts, else `bearer.<token>` among `protocols`. Null: no or bad token. */
export function socketViewer(
  admins: AdminTokens,
  authorization: string | undefined,
  protocols: string | undefined,
): Viewer | null {
  if (authorization !== undefined) return admins.acceptsHeader(authorization) ? 'admin' : null;
  const offered = protocols?.split(',').map((protocol) => protocol.trim()) ?? [];
  const token = offered.find((protocol) => protocol.startsWith(bearerProtocol))?.slice(bearerProtocol.length);
  return token !== undefined && admins.accepts(token) ? 'admin' : null;
}

function digest(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}

function unauthorized(detail: string): RequestProblem {
  return new RequestProblem('unauthorized', detail);
}
