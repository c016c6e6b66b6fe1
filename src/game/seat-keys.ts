/**
 * The idempotency keys that made seats: who repeats a creation or a join with its key gets the seat's first token again.
 *
 * Why at all: the answer to a join may be lost in a failover, and the seat with it.
 * Why a digest is kept: an id is only 50 bits, and everybody in the game sees it. Id and name prove nothing.
 * Why not for ever: a key is written down in places where tokens are not (queues, logs of clients). What one that leaked is worth ends with the
 * hour after the seat was made; a failover is over in seconds, and a host can give a token to who comes later still.
 */
import type { HostOrigin, KeyedSeat, Rejected, RuleContext } from '../session/rules.ts';
import type { GameCommand } from './commands.ts';
import { entryOf } from './ids.ts';
import { rejected } from './outcome.ts';
import type { GameState, SeatKey } from './state.ts';

type Join = Extract<GameCommand, { type: 'join' }>;

/** For how long a key gives a token for the seat that it made. */
const KEY_MS = 3_600_000;

/** What is kept of the key that makes a seat at `now`; null without one. */
export function seatKey(keys: readonly KeyedSeat[] | undefined, now: number): SeatKey | null {
  const [newest] = keys ?? [];
  return newest === undefined ? null : { digest: newest.digest, at: now };
}

/** The seat that this very key made, under whichever secret; undefined: none that is still there. */
export function seatOfKey(state: GameState, { keys = [] }: Join): string | undefined {
  return keys.find(({ playerId, digest }) => entryOf(state.keys, playerId)?.digest === digest)?.playerId;
}

/** Why the key of a seat gives no token for it at `now`; null if it does. */
export function refuseLateKey(state: GameState, seat: string, now: number): Rejected | null {
  return isLate(entryOf(state.keys, seat), now) ? rejected('key_expired', keyExpired) : null;
}

/** Why a join that made `version` is not answered again; null if it is, and if there is no such seat any more. */
export function refuseRepeatedJoin(state: GameState, command: Join, { version, now }: RuleContext): Rejected | null {
  const seat = seatOfKey(state, command);
  if (seat !== undefined) return refuseLateKey(state, seat, now);
  const made = Object.values(state.players ?? {}).find(({ joinedAtVersion }) => joinedAtVersion === version);
  const isForgotten = made !== undefined && entryOf(state.keys, made.id) !== undefined;
  return isForgotten
    ? rejected('key_expired', 'The secret with which this key made its seat is not in use any more.')
    : null;
}

/** Whether `host` came with the key that created the game. */
export function isCreator({ creator }: GameState, host: HostOrigin | null, now: number): boolean | 'late' {
  const key = creator?.key ?? null;
  if (key === null || !host?.keys?.some(({ digest }) => digest === key.digest)) return false;
  return isLate(key, now) ? 'late' : true;
}

const keyExpired = 'The seat was made over an hour ago: its key gives no token any more. The host can give a new one.';

function isLate(key: SeatKey | undefined, now: number): boolean {
  return key !== undefined && now > key.at + KEY_MS;
}
