/**
 * A crawl for those who watch: how many live. Who is where is known to nobody out here.
 */
import type { Update } from '../../client/index.ts';
import type { CrawlView } from '../../games/minotaur/view.ts';
import { Emblem } from './emblem.tsx';

export function Outside({ update: { game, view, presence } }: { readonly update: Update }) {
  const alive = (view as CrawlView | null)?.alive.length ?? 0;
  const of = Number(game.playerCount ?? 0);
  return (
    <section class="hero" aria-label="What is known outside">
      <Emblem />
      <div>
        {game.status === 'lobby' ? (
          <p>{of} in the lobby.</p>
        ) : (
          <p>
            <strong class="big">{alive}</strong> of {of}{' '}
            {game.status === 'active' ? 'are still alive down there.' : 'came out alive.'}
          </p>
        )}
        <p class="quiet">From outside nobody sees more: who is where is known to those who walk there.</p>
        {presence !== null && <p class="quiet">{presence.spectators} watching</p>}
      </div>
    </section>
  );
}
