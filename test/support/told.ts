/** Events that follow each other without a gap, as rules tell them. */
import type { NumberedEvent, Told } from '../../src/session/rules.ts';

export function toldOf<Event extends NumberedEvent>(events: readonly Event[]): Told & { events: readonly Event[] } {
  const from = events[0]?.seq ?? 1;
  return { events, from, through: from - 1 + events.length };
}
