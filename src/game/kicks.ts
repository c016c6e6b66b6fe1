/**
 * Kicks: who was sent away, and for how long it stays out.
 *
 * Why by seat and address: whoever is sent away has a token, a key and an address. The token is worth nothing any more; the key would make the
 * same seat again; the address is all that tells a stranger without either from somebody else.
 * Who played the game that this is the rematch of is no stranger: its seat there tells it from others of its house.
 * Why not for longer: an address may be that of a whole house, or of a phone network. Those who are in stay in.
 * Invariants:
 *  - Addresses are kept as digests made with a secret of the gateways and the game's id: neither an address nor one visitor of two games is seen.
 *  - Bounded: the last `MOST` who were sent away. They stay on the list, so that a token says why it holds no more.
 */
import type { Rejected } from '../session/rules.ts';
import type { GameCommand } from './commands.ts';
import { entryOf } from './ids.ts';
import { rejected } from './outcome.ts';
import type { GameState } from './state.ts';

type Join = Extract<GameCommand, { type: 'join' }>;

/** How long who was sent away stays out. */
const KICK_MS = 600_000;
const MOST = 64;

/** The state in which `playerId`, who has its seat still, stays out from now. */
export function keptOut(state: GameState, playerId: string, now: number): GameState {
  const address = entryOf(state.addresses, playerId) ?? null;
  const others = state.kicked.filter((kicked) => kicked.playerId !== playerId);
  return { ...state, kicked: [...others, { playerId, address, until: now + KICK_MS }].slice(-MOST) };
}

export function wasKicked({ kicked }: GameState, playerId: string): boolean {
  return kicked.some((each) => each.playerId === playerId);
}

/** Why somebody may not come in, who was sent away, or comes from where somebody was; null if it may. */
export function refuseKicked({ kicked }: GameState, command: Join, now: number): Rejected | null {
  const { playerId, keys = [], addresses = [], returns } = command;
  const seats = [playerId, ...keys.map((key) => key.playerId)];
  const isStranger = returns === undefined;
  const until = kicked
    .filter(
      (each) =>
        seats.includes(each.playerId) || (isStranger && each.address !== null && addresses.includes(each.address)),
    )
    .reduce((latest, each) => Math.max(latest, each.until), now);
  if (until === now) return null;
  return rejected('kept_out', `Somebody was sent away from here; try again in ${Math.ceil((until - now) / 1_000)} s.`);
}
