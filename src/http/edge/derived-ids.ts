/**
 * Ids that the edge makes of new games and seats, and the digests by which a game knows a key or an address again.
 *
 * Why derived: a creation or a join that is repeated with its idempotency key, at any member, meets the same id and so finds
 * what it made the first time.
 * Why by HMAC with the secrets of tokens: ids are seen by many. Whoever does not have a secret can try no key on them, however weak the key is.
 * Invariants:
 *  - Without a key an id is random; with one it tells nothing about the key, and nobody can choose it.
 *  - A key that a client uses twice, for its game and to join it, never makes one id of two seats.
 *  - The first secret makes new ids and digests; what an older one made is known again for as long as that one is in the list.
 */
import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';
import type { Random } from '../../ports/random.ts';
import type { KeyedSeat } from '../../session/rules.ts';
import { addressKey } from './addresses.ts';

/** Crockford's base32: no I, L, O or U, which are misread or make words. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const bitsPerCharacter = 5n;
/** 40 bits: short enough to be read out, since it is what people join by. */
const gameIdLength = 8;
const playerIdLength = 10;
/** Characters that stand in for a key: 130 bits. */
const seedLength = 22;
const digestBytes = 16;
const addressBytes = 9;

/** A seat to be made. `keys`: what the key makes of it under each secret, the first one first; empty without a key. */
export interface NewSeat {
  readonly playerId: string;
  readonly keys: readonly KeyedSeat[];
}

/** A game that was played, and the nonce that tells it from others with its id. */
export interface Played {
  readonly gameId: string;
  readonly nonce: string;
}

/**
 * The id of the rematch of a game. The next `attempt` is for when the one before is over, or its id another game's. Without a secret: all members
 * find the same one, also while a secret is replaced. The nonce, which players have in their tokens, keeps strangers from guessing it.
 */
export function rematchId({ gameId, nonce }: Played, attempt: number): string {
  const digest = hash('sha256', JSON.stringify(['rematch', gameId, nonce, attempt]), 'buffer');
  return characters(gameIdLength, digest);
}

export class DerivedIds {
  readonly #secrets: readonly KeyObject[];
  readonly #random: Random;

  /** At least one secret. */
  constructor(secrets: readonly string[], random: Random) {
    if (secrets.length === 0) throw new Error('there is no secret to make ids with');
    this.#secrets = secrets.map((secret) => createSecretKey(Buffer.from(secret)));
    this.#random = random;
  }

  /** Which secrets may have made an id that is repeated now, but for the first. */
  get olderSecrets(): readonly number[] {
    return [...this.#secrets.keys()].slice(1);
  }

  /** The id of a new game, 8 characters. The next `attempt` is for when the game before has that id already. */
  game(key: string | null, attempt: number, secret = 0): string {
    return characters(gameIdLength, this.#mac(secret, ['game', key ?? this.#random.token(seedLength), attempt]));
  }

  /** The seat of whoever creates the game, whose id `secret` made. */
  host(gameId: string, key: string | null, secret = 0): NewSeat {
    const { playerId, keys } = this.#seat('host', gameId, key);
    return { playerId: keys[secret]?.playerId ?? playerId, keys };
  }

  /** The seat of whoever joins the game. */
  joiner(gameId: string, key: string | null): NewSeat {
    return this.#seat('joiner', gameId, key);
  }

  /** Who played a game, in its rematch: the same id, which nobody else can ask for. */
  returning(rematchId: string, { nonce }: Played, playerId: string): NewSeat {
    const digest = (_: KeyObject, secret: number) =>
      this.#keyed(secret, ['returning', rematchId, nonce, playerId]).digest;
    return { playerId, keys: this.#secrets.map(digest).map((each) => ({ playerId, digest: each })) };
  }

  /** What a game keeps of an address, under each secret, the first one first: the same for all of an IPv6 network. */
  addresses(gameId: string, address: string): readonly string[] {
    const parts = ['address', gameId, addressKey(address)];
    return this.#secrets.map((_, secret) => this.#mac(secret, parts).toString('base64url', 0, addressBytes));
  }

  #seat(role: string, gameId: string, key: string | null): NewSeat {
    const keyed = (seed: string) => (_: KeyObject, secret: number) => this.#keyed(secret, [role, gameId, seed]);
    if (key !== null) {
      const keys = this.#secrets.map(keyed(key));
      return { playerId: keys[0]?.playerId ?? '', keys };
    }
    return { playerId: this.#keyed(0, [role, gameId, this.#random.token(seedLength)]).playerId, keys: [] };
  }

  /** Id and digest are of different bits: the id, which everybody sees, tells nothing of the digest. */
  #keyed(secret: number, parts: readonly unknown[]): KeyedSeat {
    const mac = this.#mac(secret, parts);
    const digest = mac.subarray(mac.length - digestBytes).toString('base64url');
    return { playerId: `p${characters(playerIdLength, mac)}`, digest };
  }

  /** What is signed is JSON of a list, which no token is: one kind of mac never stands for the other. */
  #mac(secret: number, parts: readonly unknown[]): Buffer {
    const key = this.#secrets[secret];
    if (key === undefined) throw new Error(`there is no secret ${secret}`);
    return createHmac('sha256', key).update(JSON.stringify(parts)).digest();
  }
}

/** `length` characters, of the first bits of `mac`; `length` is at most 25, so that half of the bits are left. */
function characters(length: number, mac: Buffer): string {
  let bits = BigInt(`0x${mac.toString('hex')}`) >> (256n - BigInt(length) * bitsPerCharacter);
  let text = '';
  for (; text.length < length; bits >>= bitsPerCharacter) text = alphabet.charAt(Number(bits & 31n)) + text;
  return text;
}
