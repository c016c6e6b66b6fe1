/**
 * Numbers of events for each viewer: every event is stored once, with its audience, and each viewer counts without a gap what it may know.
 *
 * Why numbers of one's own: a gap in a common numbering would tell that something happened that one may not know.
 * Invariants:
 *  - Administrators know all events, so their numbers are those that are stored. A player knows all but those that were told to others only;
 *    the public those that were told to everybody.
 *  - What is dropped from the front of a list is counted in its `Numbering`, so that the numbers of the rest never change.
 */
import { z } from 'zod';
import type { Viewer } from '../session/rules.ts';
import type { Audiences } from './events.ts';
import { type ById, byIdSchema, entryOf } from './ids.ts';
import type { Audience } from './tell.ts';

/** What was told before the first event of a list. */
export interface Numbering {
  /** How many of those the player does not know; nobody who knows all is named. */
  readonly unheard: ById<number>;
  /** How many of those everybody knows. */
  readonly open: number;
}

export const nothingBefore: Numbering = { unheard: {}, open: 0 };

export const numberingSchema: z.ZodType<Numbering> = z.object({
  unheard: byIdSchema(z.int().min(1)),
  open: z.int().min(0),
});

interface Placed {
  readonly seq: number;
}

/** What a viewer may know of a list of events: their own numbers, and what those would be if there were any. */
export interface Heard<Event> {
  readonly events: readonly Event[];
  /** The number of the first event that the viewer may know; of the next one, if there is none. */
  readonly from: number;
  /** The number of the last event that the viewer may know, up to the end of the list. */
  readonly through: number;
}

export function heardBy<Event extends Placed>(
  viewer: Viewer,
  events: readonly Event[],
  to: Audiences,
  before: Numbering,
): Heard<Event> {
  const known = knownBefore(viewer, events[0]?.seq ?? 1, before);
  const seen = events.filter(({ seq }) => mayKnow(viewer, to[seq]));
  const numbered = seen.map((event, index) => ({ ...event, seq: known + 1 + index }));
  return { events: numbered, from: known + 1, through: known + seen.length };
}

/** The numbering of what is left when `dropped` go from the front. */
export function withoutFirst(
  before: Numbering,
  dropped: readonly Placed[],
  to: Audiences,
  players: readonly string[],
): Numbering {
  const unheard = players
    .map((id) => {
      const more = dropped.filter(({ seq }) => !mayKnow(`player:${id}`, to[seq])).length;
      return [id, (entryOf(before.unheard, id) ?? 0) + more] as const;
    })
    .filter(([, number]) => number > 0);
  const open = before.open + dropped.filter(({ seq }) => mayKnow('public', to[seq])).length;
  return { unheard: Object.fromEntries(unheard), open };
}

function knownBefore(viewer: Viewer, first: number, { unheard, open }: Numbering): number {
  if (viewer === 'admin') return first - 1;
  if (viewer === 'public') return open;
  return first - 1 - (entryOf(unheard, viewer.slice('player:'.length)) ?? 0);
}

function mayKnow(viewer: Viewer, to: Audience = 'players'): boolean {
  if (viewer === 'admin' || to === 'everybody') return true;
  if (viewer === 'public') return false;
  return to === 'players' || to.includes(viewer.slice('player:'.length));
}
