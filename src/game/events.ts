/**
 * What happened in a game, in order.
 *
 * Role: every event gets the next number of its game; those of finished rounds live in the records of the rounds.
 * Who may know: everybody with a token for the game may know every event of the platform's; a module says who may know its own. `seq` here counts
 * all of them, as an administrator sees them; what each viewer counts is made of it (numbering.ts).
 * Invariants:
 *  - `seq` starts at 1 and has no gaps. Every event of a round that ran is in exactly one round's record, in the order of
 *    `seq`: a round that ran last holds the conclusion of the game as well.
 *  - The state holds the events of the running round (in a concluded game: of the last) and the end of the one before. It
 *    does not grow with the game's age: once a game runs every player leaves once, in a round the clock is suspended and resumed
 *    once at most, of seats only so many are told (seats.ts), and of its world only so much (tell.ts). A lobby is part of the first round.
 */
import type { Audience, Told } from './tell.ts';
import { formatTime } from './time.ts';

/**
 * Why a round ended: its time came, an admin said so, everybody was done, ending it properly failed, or nobody was left
 * to play it or came back to.
 */
export type EndReason = 'time' | 'command' | 'committed' | 'abandoned' | 'deserted';

export type HostReason = 'left' | 'silent' | 'appointed';

export type Happening =
  | { readonly type: 'game_started' }
  | { readonly type: 'round_started' }
  /** Nobody played the rounds before: this one has no end until somebody does. */
  | { readonly type: 'clock_suspended' }
  /** Somebody played: the round's whole time begins. */
  | { readonly type: 'clock_resumed' }
  | { readonly type: 'round_ended'; readonly reason: EndReason }
  | { readonly type: 'player_left'; readonly playerId: string; readonly reason: 'left' | 'kicked' }
  /** `left`: the host left; `silent`: it had sent nothing for long, and this player took over; `appointed`: an administrator said so. */
  | { readonly type: 'host_changed'; readonly playerId: string; readonly reason: HostReason }
  /** Somebody else gave this player a new token: whoever has the one before is out. */
  | { readonly type: 'token_given'; readonly playerId: string; readonly by: 'host' | 'admin' }
  /** `abandoned`: nobody is left, or nobody came back. `finished`: as the game itself says. */
  | { readonly type: 'game_concluded'; readonly reason: 'abandoned' | 'finished' }
  /** An event of the module's; `to` says who may know. */
  | { readonly type: 'told'; readonly told: Pick<Told, 'type' | 'fields'>; readonly to: Audience };

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

/** An event as records hold it and clients see it. Who may know it stands beside it: all names of its fields are the module's to choose. */
export interface PublishedEvent {
  readonly seq: number;
  readonly round: number;
  /** RFC 3339. */
  readonly at: string;
  readonly type: string;
}

/** Who may know what, by `seq`. Of what is not named: whoever has a token. */
export type Audiences = Readonly<Record<number, Audience>>;

/** Times as text, and events of the module's under their own type. */
export function publishEvents(events: readonly GameEvent[]): PublishedEvent[] {
  return events.map((event) => {
    const at = formatTime(event.at);
    if (event.type !== 'told') return { ...event, at };
    const { seq, round, told } = event;
    return { seq, round, at, type: told.type, ...told.fields };
  });
}

export function audiencesOf(events: readonly GameEvent[]): Audiences {
  const told = events.flatMap((event) => (event.type === 'told' && event.to !== 'players' ? [event] : []));
  return Object.fromEntries(told.map(({ seq, to }) => [seq, to]));
}
