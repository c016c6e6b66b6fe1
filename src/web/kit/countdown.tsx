/**
 * Time that is left of a round, by the server's clock.
 *
 * Why no live region: a number that changes each second would drown everything else; who listens reads it when asked.
 */
import { useEffect, useState } from 'preact/hooks';
import type { Clock } from '../../client/index.ts';

export function Countdown({ clock }: { readonly clock: Clock }) {
  const left = useTime(() => clock.leftMs);
  if (left === null) return <span class="quiet">no clock runs</span>;
  return (
    <time role="timer" class={left < 10_000 ? 'countdown soon' : 'countdown'} aria-label={`${inWords(left)} left`}>
      {inDigits(left)}
    </time>
  );
}

/** What `read` gives, four times a second. */
export function useTime<Value>(read: () => Value, everyMs = 250): Value {
  const [, redraw] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => redraw((count) => count + 1), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return read();
}

/** As `2:05`, or `1:00:00`. */
function inDigits(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}

/** As `2 minutes 5 seconds`. */
function inWords(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  const parts = [
    [Math.floor(seconds / 3600), 'hour'],
    [Math.floor(seconds / 60) % 60, 'minute'],
    [seconds % 60, 'second'],
  ] as const;
  const said = parts.filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}${count === 1 ? '' : 's'}`);
  return said.join(' ') || 'nothing';
}
