/**
 * The one polite live region of a page: `announce('Your turn')` from anywhere.
 *
 * Why one: two of them would interrupt each other. Why a nonbreaking space now and then: the same words twice are news only if the text changes.
 */
import { useEffect, useState } from 'preact/hooks';

let hear: (text: string) => void = () => undefined;

export function announce(text: string): void {
  hear(text);
}

export function LiveRegion() {
  const [said, say] = useState('');
  useEffect(() => {
    hear = (text) => say((before) => (before === text ? `${text}\u00a0` : text));
  }, []);
  return (
    <output class="unseen" aria-live="polite">
      {said}
    </output>
  );
}
