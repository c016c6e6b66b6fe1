/**
 * What happened in a game, in order.
 *
 * Role: every event gets the next number of its game; those of finished rounds live in the records of the rounds.
 * Invariants:
 *  - `seq` starts at 1 and has no gaps. Every event is in exactly one round's record, in the order of `seq`.
 *  - The state holds the events of the running round and the end of the one before: it does not grow with the game's age.
 */
import { formatTime } from './time.ts';

/** Why a round ended: its time came, an admin said so, everybody was done, or ending it properly failed. */
export type EndReason = 'time' | 'command' | 'committed' | 'abandoned';

type Happening =
  | { readonly type: 'game_started' }
  | { readonly type: 'round_started' }
  | { readonly type: 'round_ended'; readonly reason: EndReason };

export type GameEvent = Happening & {
  readonly seq: number;
  readonly round: number;
  /** Ms since the epoch. */
  readonly at: number;
};

/** `events` and one more. The last event is never forgotten, so it knows the number of the next. */
export function append(events: readonly GameEvent[], happening: Happening, round: number, at: number): GameEvent[] {
  return [...events, { seq: (events.at(-1)?.seq ?? 0) + 1, round, at, ...happening }];
}

/** The events of one round as its record and clients see them: times as text. */
export function publishEvents(events: readonly GameEvent[], round: number) {
  return events.filter((event) => event.round === round).map((event) => ({ ...event, at: formatTime(event.at) }));
}
