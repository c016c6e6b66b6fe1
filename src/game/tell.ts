/**
 * `tell`: what happened in a round, and who may know.
 *
 * Invariants: an event is of a declared type, as its schema says, and told to players of the game; there are so many at most.
 */
import { complain, complaintsOf } from './complaints.ts';
import { GameFault } from './faults.ts';
import { entryOf } from './ids.ts';
import type { LoadedGame } from './loaded-game.ts';
import type { Seat } from './module.ts';
import { amongSeats } from './player-field.ts';

/** `players`: whoever has a token; `everybody`: those who watch from outside as well; else these players (and administrators). */
export type Audience = 'players' | 'everybody' | readonly string[];

export interface Told {
  readonly type: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly to: Audience;
}

export const MOST_EVENTS = 1_000;

interface Teller {
  tell(type: string, fields: object, to?: readonly string[] | 'everybody'): void;
  told(): readonly Told[];
}

/** Throws GameFault when it is told what it must not be. */
export function teller(game: LoadedGame, seats: readonly Seat[]): Teller {
  const told: Told[] = [];
  const players = seats.map(({ id }) => id);
  const readAudience = (to: unknown): Audience => {
    if (to === undefined) return 'players';
    if (to === 'everybody') return to;
    if (!Array.isArray(to)) throw new GameFault('tell', 'to: must be a list of players, "everybody" or absent');
    const stranger = to.find((id) => !players.includes(id));
    if (stranger !== undefined) throw new GameFault('tell', `to: ${JSON.stringify(stranger)} is no player`);
    return [...new Set<string>(to)];
  };
  return {
    tell(type, fields, to) {
      const schema = entryOf(game.events, type);
      if (schema === undefined) throw new GameFault('tell', `${JSON.stringify(type)} is no event of \`events\``);
      if (told.length >= MOST_EVENTS) throw new GameFault('tell', `at most ${MOST_EVENTS} events are told a round`);
      const parsed = amongSeats(players, () => schema.safeParse(fields, { error: complain }));
      if (!parsed.success) throw new GameFault('tell', `${type}: ${complaintsOf(parsed.error.issues).join('; ')}`);
      told.push({ type, fields: JSON.parse(JSON.stringify(parsed.data)), to: readAudience(to) });
    },
    told: () => told,
  };
}
