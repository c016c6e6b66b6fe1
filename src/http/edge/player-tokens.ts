/**
 * Tokens of players: `v1.<payload>.<mac>`, signed, never stored.
 *
 * Format: payload and mac in base64url; the payload is JSON {game, nonce, player, role, generation, kid, iat, exp}; `iat` and `exp` are seconds
 * since the epoch; the mac is HMAC-SHA-256 over the text `v1.<payload>`. `kid` names the secret: the first 8 characters of its SHA-256.
 * Why like this: any member can check a token without asking anyone; that it still holds (`nonce`, `generation`) only the game can tell.
 * Invariants:
 *  - The first secret signs, all of them verify: so a secret is replaced without a gap (docs/security.md).
 *  - Macs are compared in constant time; nothing of a payload is used before its mac was right, but for the name of the secret.
 *  - One token has one spelling: neither the payload nor the mac can be written in another way.
 */
import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Caller } from '../../session/permission.ts';
import type { Grant } from '../../session/rules.ts';
import { isId } from '../api/schemas.ts';

const longestToken = 1_024;
const dayMs = 86_400_000;
/** A SHA-256 is 43 characters. */
const tokenPattern = /^(v1\.([A-Za-z0-9_-]+))\.([A-Za-z0-9_-]{43})$/;

const id = z.string().refine(isId);
const seconds = z.int().min(0);
const payloadSchema = z.strictObject({
  game: id,
  nonce: z.string().min(1).max(64),
  player: id,
  role: z.enum(['host', 'player']),
  generation: z.int().min(0),
  kid: z.string().length(8),
  iat: seconds,
  exp: seconds,
});

type Payload = z.output<typeof payloadSchema>;

/** What a token says that is right. */
export interface Verified {
  readonly gameId: string;
  readonly bearer: Extract<Caller, { kind: 'player' }>;
  readonly role: Grant['role'];
  /** Wall clock, ms. */
  readonly expiresAt: number;
}

/** `malformed`: not such a token at all. */
export type TokenFault = 'malformed' | 'unknown key' | 'tampered' | 'expired';

interface Secret {
  readonly kid: string;
  readonly key: KeyObject;
}

export class PlayerTokens {
  readonly #signing: Secret;
  readonly #secrets: ReadonlyMap<string, Secret>;
  readonly #days: number;

  /** At least one secret; tokens last `days`. */
  constructor(secrets: readonly string[], days: number) {
    const known = secrets.map(secretOf);
    const [signing] = known;
    if (signing === undefined) throw new Error('there is no secret to sign tokens with');
    this.#signing = signing;
    this.#secrets = new Map(known.map((secret) => [secret.kid, secret]));
    this.#days = days;
  }

  /** A token for what was granted in `gameId`; `now`: wall clock, ms. */
  sign(gameId: string, { playerId, nonce, role, generation }: Grant, now: number): string {
    const { kid, key } = this.#signing;
    const iat = Math.floor(now / 1_000);
    const exp = Math.floor((now + this.#days * dayMs) / 1_000);
    const payload: Payload = { game: gameId, nonce, player: playerId, role, generation, kid, iat, exp };
    const signed = `v1.${Buffer.from(JSON.stringify(payload)).toString('base64url')}`;
    return `${signed}.${macOf(key, signed)}`;
  }

  /** What the token says, or what is wrong with it; `now`: wall clock, ms. */
  verify(text: string, now: number): Verified | TokenFault {
    if (text.length > longestToken) return 'malformed';
    const [, signed, encoded, mac] = tokenPattern.exec(text) ?? [];
    if (signed === undefined || encoded === undefined || mac === undefined) return 'malformed';
    const payload = payloadOf(encoded);
    if (payload === null) return 'malformed';
    const secret = this.#secrets.get(payload.kid);
    if (secret === undefined) return 'unknown key';
    // As text: a decoded mac could be spelt in several ways.
    if (!timingSafeEqual(Buffer.from(mac), Buffer.from(macOf(secret.key, signed)))) return 'tampered';
    const expiresAt = payload.exp * 1_000;
    if (expiresAt <= now) return 'expired';
    const { game: gameId, player: playerId, nonce, generation, role } = payload;
    return { gameId, bearer: { kind: 'player', playerId, nonce, generation }, role, expiresAt };
  }
}

function secretOf(text: string): Secret {
  return { kid: hash('sha256', text, 'base64url').slice(0, 8), key: createSecretKey(Buffer.from(text)) };
}

function macOf(key: KeyObject, signed: string): string {
  return createHmac('sha256', key).update(signed).digest('base64url');
}

function payloadOf(encoded: string): Payload | null {
  try {
    return payloadSchema.parse(JSON.parse(Buffer.from(encoded, 'base64url').toString()));
  } catch {
    return null;
  }
}
