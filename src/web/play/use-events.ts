/**
 * What happened since the page follows a game, the newest 200.
 */
import { useEffect, useState } from 'preact/hooks';
import type { GameEvent, Update } from '../../client/index.ts';

const mostEvents = 200;

export function useEvents(update: Update | null): readonly GameEvent[] {
  const [events, setEvents] = useState<readonly GameEvent[]>([]);
  useEffect(() => {
    if (update === null || update.events.length === 0) return;
    setEvents((before) => [...(update.resumed === 'snapshot' ? [] : before), ...update.events].slice(-mostEvents));
  }, [update]);
  return events;
}
