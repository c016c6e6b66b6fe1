/**
 * For people who build a game: what came over the connection, and how fast.
 */
import { useEffect, useRef } from 'preact/hooks';
import type { Match, Update } from '../../client/index.ts';
import { useTime } from '../kit/countdown.tsx';
import { followersInWords } from './following.ts';

export function Debug({ match, update }: { readonly match: Match; readonly update: Update }) {
  const updates = useRef(0);
  const cameAt = useRef(performance.now());
  useEffect(() => {
    updates.current += 1;
    cameAt.current = performance.now();
  }, [update]);
  const ago = useTime(() => Math.round((performance.now() - cameAt.current) / 1000), 1000);
  const { connection } = match;
  const lines = [
    ['Connection', connection === null ? 'none just now' : `${connection.via} to ${connection.base}`],
    ['Updates', `${updates.current}, the last ${ago} s ago, ${update.resumed}`],
    ['Version', String(update.version)],
    ['Followed by', followersInWords(update.presence)],
    ['Clock', `the server's is ${Math.round(update.clock.now - Date.now())} ms ahead of this machine's`],
  ];
  return (
    <details class="card debug">
      <summary>For developers</summary>
      <dl>
        {lines.map(([term, said]) => (
          <div key={term} class="row">
            <dt>{term}</dt>
            <dd>{said}</dd>
          </div>
        ))}
      </dl>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and those without a mouse have to reach it. */}
      <pre tabIndex={0}>{JSON.stringify(update.game, null, 1)}</pre>
    </details>
  );
}
