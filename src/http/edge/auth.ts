/**
 * Who is asking: bearer tokens of administrators and of players, from the `Authorization` header or an offered subprotocol.
 *
 * Role: decides all that needs no state. Whether a player's token still holds in its game is for the session to say.
 * Invariants:
 *  - An administrator's token is compared by its SHA-256 digest, in constant time, with every one that is configured.
 *  - A token that is present but wrong is refused everywhere (401), even where none is needed.
 *  - A player's token counts for its own game only: 403 at another one.
 */
import { hash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../ports/clock.ts';
import type { Caller, Permission } from '../../session/permission.ts';
import { ADMIN, PUBLIC } from '../../session/permission.ts';
import type { Grant } from '../../session/rules.ts';
import type { PlayerTokens, Verified } from './player-tokens.ts';
import { RequestProblem } from './problem-reply.ts';

const bearerHeader = /^bearer +(\S+) *$/i;
const bearerProtocol = 'bearer.';
/** Headers that are remembered as right, and the longest of them: about 10 MB, 25 at most. */
const mostAccepted = 16_384;
const longestAccepted = 1_040;

/** A token that is right; the player's one until it expires. */
type Identity = { readonly kind: 'admin' } | ({ readonly kind: 'player' } & Verified);

export class Authenticator {
  readonly #admins: readonly Buffer[];
  readonly #players: PlayerTokens;
  readonly #clock: Clock;
  /** Headers that were right: a read would spend a tenth of its time on checking the same one again. The oldest goes first. */
  readonly #accepted = new Map<string, Identity>();

  constructor(adminTokens: readonly string[], players: PlayerTokens, clock: Clock) {
    this.#admins = adminTokens.map(digest);
    this.#players = players;
    this.#clock = clock;
  }

  /**
   * Whoever sent this `Authorization` header, towards the game `gameId`; null: the address names none, and players count as public.
   * Without a header: the public. Throws 401 for a wrong token, 403 for a player of another game.
   */
  caller(authorization: string | undefined, gameId: string | null): Caller {
    if (authorization === undefined) return PUBLIC;
    return towards(this.#ofHeader(authorization), gameId);
  }

  /** As `caller`, for an operation that asks for `may`: throws 401 or 403, too, where no state can allow it. */
  authorize(authorization: string | undefined, gameId: string | null, may: Permission): Caller {
    if (authorization === undefined) return requirePermission(PUBLIC, may);
    const identity = this.#ofHeader(authorization);
    const caller = towards(identity, gameId);
    if (!may.includes('anyone') && identity.kind === 'player') requirePermission(identity.bearer, may);
    return requirePermission(caller, may);
  }

  /**
   * Whoever opens a socket on `gameId`: the header counts, else `bearer.<token>` among the offered subprotocols, else it is the public.
   * Throws as `caller` does.
   */
  socketCaller(authorization: string | undefined, protocols: string | undefined, gameId: string): Caller {
    if (authorization !== undefined) return this.caller(authorization, gameId);
    const offered = protocols?.split(',').map((protocol) => protocol.trim()) ?? [];
    const token = offered.find((protocol) => protocol.startsWith(bearerProtocol))?.slice(bearerProtocol.length);
    return token === undefined ? PUBLIC : towards(this.#identify(token), gameId);
  }

  /** A new token for what the game granted. */
  sign(gameId: string, grant: Grant): string {
    return this.#players.sign(gameId, grant, this.#clock.wall());
  }

  #ofHeader(authorization: string): Identity {
    // A map finds by a hash with a secret seed, so the time that it takes tells nothing of what is in it.
    const known = this.#accepted.get(authorization);
    if (known !== undefined && (known.kind === 'admin' || this.#clock.wall() < known.expiresAt)) return known;
    const token = bearerHeader.exec(authorization)?.[1];
    if (token === undefined) throw unauthorized('send Authorization: Bearer <token>');
    const identity = this.#identify(token);
    this.#remember(authorization, identity);
    return identity;
  }

  #remember(authorization: string, identity: Identity): void {
    if (authorization.length > longestAccepted) return;
    if (this.#accepted.size >= mostAccepted) {
      for (const oldest of this.#accepted.keys()) {
        this.#accepted.delete(oldest);
        break;
      }
    }
    this.#accepted.set(authorization, identity);
  }

  #identify(token: string): Identity {
    if (this.#isAdmin(token)) return { kind: 'admin' };
    const verified = this.#players.verify(token, this.#clock.wall());
    // Why not is for nobody to learn but the holder of a token that was right once.
    if (typeof verified !== 'string') return { kind: 'player', ...verified };
    throw unauthorized(verified === 'expired' ? 'this token has expired' : 'this token is not valid');
  }

  #isAdmin(token: string): boolean {
    const given = digest(token);
    let accepted = false;
    for (const known of this.#admins) {
      if (timingSafeEqual(known, given)) accepted = true;
    }
    return accepted;
  }
}

/** Throws 401 or 403 if no state of any game can allow this caller what asks for `may`; else gives the caller back. */
export function requirePermission(caller: Caller, may: Permission): Caller {
  if (may.includes('anyone')) return caller;
  if (caller.kind === 'public' && may.includes('spectator')) return caller;
  if (caller.kind === 'public') throw unauthorized('this needs a token: send Authorization: Bearer <token>');
  const possible = caller.kind === 'admin' ? may.includes('admin') : may.some((relation) => relation !== 'admin');
  if (!possible) throw new RequestProblem('forbidden', `this is for: ${may.join(', ')}`);
  return caller;
}

function towards(identity: Identity, gameId: string | null): Caller {
  if (identity.kind === 'admin') return ADMIN;
  if (gameId === null) return PUBLIC;
  if (identity.gameId !== gameId) throw new RequestProblem('forbidden', 'this token is for another game');
  return identity.bearer;
}

function digest(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}

function unauthorized(detail: string): RequestProblem {
  return new RequestProblem('unauthorized', detail);
}
