/**
 * The record of a round that ended: what is archived of it, and kept nowhere else.
 *
 * Role: one form for rounds with a world and without. Who may see what of it is for views.ts to say.
 * Invariant: `to` of an event that is kept says who may know it, in records of every version: a member of before shows no more than we do. A
 * field of the module's that is called `to` is kept beside the events.
 */
import type { RoundRecord, RuleContext } from '../session/rules.ts';
import {
  type Audiences,
  audiencesOf,
  type EndReason,
  type GameEvent,
  type PublishedEvent,
  publishEvents,
} from './events.ts';
import type { Outcome } from './module.ts';
import { type Numbering, withoutFirst } from './numbering.ts';
import type { Play } from './play.ts';
import type { GameState, RegisteredAction } from './state.ts';
import { formatTime } from './time.ts';

export type TakenAction = RegisteredAction & { readonly playerId: string };

/** `to` absent: whoever has a token. */
type KeptEvent = PublishedEvent & { readonly to?: unknown };

/** The content of a round's record, as it is archived. */
export interface RoundContent {
  readonly gameId: string;
  readonly round: number;
  readonly startedAtVersion: number;
  /** RFC 3339. */
  readonly endedAt: string;
  readonly endedAtVersion: number;
  readonly reason: EndReason;
  readonly actions: readonly TakenAction[];
  readonly events: readonly KeptEvent[];
  /** The module's fields `to` of these events, by `seq`. */
  readonly fieldsTo?: Readonly<Record<number, unknown>>;
  /** Of the first event. Absent: everybody with a token knows all that was told before. */
  readonly numbering?: Numbering;
  /** Of a game that this round ended. */
  readonly outcome?: Outcome;
}

/** The record of the running round; of `events`, those that belong to it. */
export function recordOf(
  state: GameState,
  actions: readonly TakenAction[],
  reason: EndReason,
  events: readonly GameEvent[],
  { now, version }: RuleContext,
): RoundRecord {
  const ofRound = events.filter((event) => event.round === state.round);
  const content: RoundContent = {
    gameId: state.id,
    round: state.round,
    startedAtVersion: state.roundStartedAtVersion,
    endedAt: formatTime(now),
    endedAtVersion: version,
    reason,
    actions,
    ...keepEvents(publishEvents(ofRound), audiencesOf(ofRound)),
    ...(state.play !== null && ofPlay(state, state.play)),
  };
  return { round: state.round, content };
}

function keepEvents(published: readonly KeptEvent[], audiences: Audiences): Pick<RoundContent, 'events' | 'fieldsTo'> {
  const named = published.filter((event) => Object.hasOwn(event, 'to')).map(({ seq, to }) => [seq, to] as const);
  const events = published.map(({ to: _, ...event }) => {
    const to = audiences[event.seq];
    return { ...event, ...(to !== undefined && { to }) };
  });
  return { events, ...(named.length > 0 && { fieldsTo: Object.fromEntries(named) }) };
}

/** The events as they were told, and who may know them. What is no audience names nobody: a module's field, in records of before. */
export function eventsOf({ events, fieldsTo = {} }: Pick<RoundContent, 'events' | 'fieldsTo'>): {
  readonly events: readonly PublishedEvent[];
  readonly audiences: Audiences;
} {
  const named = events.filter((event) => event.to !== undefined);
  const audiences = named.map(({ seq, to }) => [seq, to === 'everybody' || isPlayers(to) ? to : []] as const);
  const told = events.map(({ to: _, ...event }) => {
    return Object.hasOwn(fieldsTo, event.seq) ? { ...event, to: fieldsTo[event.seq] } : event;
  });
  return { events: told, audiences: Object.fromEntries(audiences) };
}

function isPlayers(to: unknown): to is readonly string[] {
  return Array.isArray(to);
}

/** What a game with a world has beyond that. */
function ofPlay({ events, round }: GameState, { numbering, seats, outcome }: Play) {
  const before = events.filter((event) => event.round < round);
  return {
    numbering: withoutFirst(numbering, before, audiencesOf(before), seats),
    ...(outcome !== null && { outcome }),
  };
}
