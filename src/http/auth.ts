/**
 * Who is asking: bearer tokens, from the `Authorization` header or an offered subprotocol.
 *
 * Invariants:
 *  - Tokens are kept and compared as SHA-256 digests, in constant time, against every one that is configured.
 *  - A token that is present but wrong is refused everywhere, even where none is needed.
 */
import { hash, timingSafeEqual } from 'node:crypto';
import type { Viewer } from '../session/rules.ts';
import { RequestProblem } from './problem-reply.ts';

const bearerHeader = /^bearer +(\S+) *$/i;
const bearerProtocol = 'bearer.';
const digestLength = 64;

export class AdminTokens {
  readonly #digests: readonly Buffer[];
  /** Hashing into text and comparing from one buffer: several times faster than a new buffer for each token. */
  readonly #given = Buffer.alloc(digestLength);

  constructor(tokens: readonly string[]) {
    this.#digests = tokens.map((token) => Buffer.from(digest(token), 'latin1'));
  }

  accepts(token: string): boolean {
    this.#given.write(digest(token), 'latin1');
    let accepted = false;
    for (const known of this.#digests) {
      if (timingSafeEqual(known, this.#given)) accepted = true;
    }
    return accepted;
  }
}

/** Whoever sent this `Authorization` header; without one, the public. Throws 401 if it holds no valid token. */
const memo = new Map<string, Viewer>();
export function viewerOf(admins: AdminTokens, authorization: string | undefined): Viewer {
  if (authorization === undefined) return 'public';
  const m = memo.get(authorization); if (m) return m;
  const token = bearerHeader.exec(authorization)?.[1];
  if (token === undefined || !admins.accepts(token)) throw unauthorized('this token is not valid');
  memo.set(authorization, 'admin');
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
  const offered = protocols?.split(',').map((protocol) => protocol.trim()) ?? [];
  const token =
    authorization === undefined
      ? offered.find((protocol) => protocol.startsWith(bearerProtocol))?.slice(bearerProtocol.length)
      : bearerHeader.exec(authorization)?.[1];
  return token !== undefined && admins.accepts(token) ? 'admin' : null;
}

/** SHA-256 in hexadecimal. */
function digest(token: string): string {
  return hash('sha256', token);
}

function unauthorized(detail: string): RequestProblem {
  return new RequestProblem('unauthorized', detail);
}
