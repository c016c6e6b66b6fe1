/**
 * What happened since you looked: for whoever comes back to a tab, or to the page.
 */
import { useEffect, useState } from 'preact/hooks';
import type { GameEvent } from '../../client/index.ts';
import { lastLooked, looked } from './looked.ts';
import { eventInWords, type Telling } from './words.ts';

/** Above so many lines the log does better. */
const mostLines = 12;

interface SinceOf {
  readonly gameId: string;
  readonly events: readonly GameEvent[];
  readonly telling: Telling;
}

export function Since({ gameId, events, telling }: SinceOf) {
  const [since, setSince] = useState(() => lastLooked(gameId));
  const [hidden, setHidden] = useState(document.hidden);
  const newest = events.at(-1)?.seq ?? 0;
  useEffect(() => {
    const turn = () => {
      setHidden(document.hidden);
      if (document.hidden) setSince(lastLooked(gameId));
    };
    document.addEventListener('visibilitychange', turn);
    return () => document.removeEventListener('visibilitychange', turn);
  }, [gameId]);
  // What was there when somebody came back is what they missed; what comes while they look is not.
  const [until, setUntil] = useState(0);
  useEffect(() => {
    if (hidden || newest === 0) return;
    setUntil((before) => (before === 0 ? newest : before));
    looked(gameId, newest);
  }, [gameId, hidden, newest]);
  useEffect(() => {
    if (hidden) setUntil(0);
  }, [hidden]);
  const missed = since === null ? [] : events.filter(({ seq }) => seq > since && seq <= until);
  const lines = missed.flatMap((event) => {
    const said = eventInWords(event, telling);
    return said === null ? [] : [{ seq: event.seq, said: `Round ${event.round}: ${said}` }];
  });
  if (lines.length === 0) return null;
  return (
    <section class="card since" aria-labelledby="since">
      <h2 id="since">Since you looked</h2>
      <ul class="plain">
        {lines.slice(-mostLines).map(({ seq, said }) => (
          <li key={seq}>{said}</li>
        ))}
      </ul>
      {lines.length > mostLines && <p class="quiet">And {lines.length - mostLines} before: see the log.</p>}
      <button type="button" class="small" onClick={() => setSince(newest)}>
        Got it
      </button>
    </section>
  );
}
