/**
 * For people who build a game: what came over the connection, and how fast.
 */
import { useEffect, useRef } from 'preact/hooks';
import type { Update, Watch } from '../../client/index.ts';
import { useTime } from '../kit/countdown.tsx';
import { followersInWords } from './following.ts';
import { FrameList } from './frame-list.tsx';

/** Of the page: whoever looks at one seat after another does not open it each time. */
let isOpen = false;

export function Debug({ match, update }: { readonly match: Watch; readonly update: Update }) {
  const updates = useRef(0);
  const cameAt = useRef(performance.now());
  useEffect(() => {
    updates.current += 1;
    cameAt.current = performance.now();
  }, [update]);
  const ago = useTime(() => Math.round((performance.now() - cameAt.current) / 1000), 1000);
  const { connection } = match;
  const aheadMs = update.clock.now - Date.now();
  const lines = [
    ['Connection', connection === null ? 'none just now' : `${connection.via} to ${connection.base}`],
    ['Updates', `${updates.current}, the last ${ago} s ago, ${update.resumed}`],
    ['Version', String(update.version)],
    ['Followed by', followersInWords(update.presence)],
    ['Clock', clockInWords(aheadMs)],
  ];
  return (
    <details
      class="card debug"
      open={isOpen}
      onToggle={(event) => {
        isOpen = event.currentTarget.open;
      }}
    >
      <summary>For developers</summary>
      <dl>
        {lines.map(([term, said]) => (
          <div key={term} class="row">
            <dt>{term}</dt>
            <dd>{said}</dd>
          </div>
        ))}
      </dl>
      <FrameList aheadMs={aheadMs} />
      <h3 class="state-title">The newest state</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and those without a mouse have to reach it. */}
      <pre class="state" tabIndex={0}>
        {JSON.stringify(update.game, null, 1)}
      </pre>
    </details>
  );
}

function clockInWords(aheadMs: number): string {
  const ms = Math.abs(Math.round(aheadMs));
  return `the server's is ${ms} ms ${aheadMs < 0 ? 'behind' : 'ahead of'} this machine's`;
}
