/**
 * Ids that the edge makes: of new games, their hosts, and the players who join.
 *
 * Why derived: a creation or a join that is repeated with its idempotency key, at any member, meets the same id and so finds
 * what it made the first time; nothing about keys is stored for it.
 * Invariants:
 *  - Without a key an id is random; with one it tells nothing about the key, and nobody can choose it.
 *  - A key that a client uses twice, for its game and to join it, never makes one id of two seats.
 */
import { hash } from 'node:crypto';
import type { Random } from '../ports/random.ts';

/** Crockford's base32: no I, L, O or U, which are misread or make words. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const bitsPerCharacter = 5n;
/** 40 bits: short enough to be read out, since it is what people join by. */
const gameIdLength = 8;
const playerIdLength = 10;
/** Characters that stand in for a key: 130 bits. */
const seedLength = 22;

/** The id of a new game, 8 characters. The next `attempt` is for when the game before has that id already. */
export function newGameId(random: Random, key: string | null, attempt: number): string {
  return characters(gameIdLength, ['game', key ?? random.token(seedLength), attempt]);
}

/** The seat of whoever creates the game. */
export function hostId(random: Random, gameId: string, key: string | null): string {
  return seat('host', random, gameId, key);
}

/** The seat of whoever joins the game. */
export function joinerId(random: Random, gameId: string, key: string | null): string {
  return seat('joiner', random, gameId, key);
}

function seat(role: string, random: Random, gameId: string, key: string | null): string {
  return `p${characters(playerIdLength, [role, gameId, key ?? random.token(seedLength)])}`;
}

/** `length` characters, of the first bits of the SHA-256 of `parts`; `length` is at most 51. */
function characters(length: number, parts: readonly unknown[]): string {
  let bits = BigInt(`0x${hash('sha256', JSON.stringify(parts), 'hex')}`) >> (256n - BigInt(length) * bitsPerCharacter);
  let text = '';
  for (; text.length < length; bits >>= bitsPerCharacter) text = alphabet.charAt(Number(bits & 31n)) + text;
  return text;
}
