/**
 * What happened since the page was opened, the newest first. What is new is read out once, but for slots that go on moving.
 */
import { useEffect, useRef } from 'preact/hooks';
import { announce } from '../kit/live-region.tsx';
import type { Entry } from './story.ts';

export function Log({ entries }: { readonly entries: readonly Entry[] }) {
  const newest = entries[0];
  const told = useRef(0);
  useEffect(() => {
    const news = entries.filter(({ id }) => id > told.current).toReversed();
    told.current = newest?.id ?? 0;
    if (news.length > 0) announce(news.map(({ text }) => text).join('. '));
  }, [newest?.id, entries]);
  return (
    <section class="card" aria-labelledby="log">
      <h2 id="log">What happens</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and those without a mouse have to reach it. */}
      <ol class="plain log" tabIndex={0} aria-label="What happened, the newest first">
        {entries.map(({ id, at, text, tone }) => (
          <li key={id} class={tone}>
            <time dateTime={new Date(at).toISOString()}>{new Date(at).toLocaleTimeString()}</time> <span>{text}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
