/**
 * What has just become news, where it is seen: on a phone the buttons that made it are far below.
 */
import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** For an element that is brought into view each time that `moment` becomes another one, not when the page is opened. */
export function useInView<Kind extends HTMLElement>(moment: string): RefObject<Kind | null> {
  const element = useRef<Kind>(null);
  const before = useRef(moment);
  useEffect(() => {
    if (before.current === moment) return;
    before.current = moment;
    const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    element.current?.scrollIntoView({ block: 'nearest', behavior: isCalm ? 'auto' : 'smooth' });
  }, [moment]);
  return element;
}
