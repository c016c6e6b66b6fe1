/**
 * Any game for those who watch: its public view as a tree, and what happened.
 */
import type { Update, Watch } from '../../client/index.ts';
import { namesOf } from '../kit/shown.ts';
import { Debug } from './debug.tsx';
import { Events } from './events.tsx';
import { Tree } from './tree.tsx';
import { useEvents } from './use-events.ts';

export function Outside({ match, update }: { readonly match: Watch; readonly update: Update }) {
  const events = useEvents(update);
  const names = namesOf(update);
  return (
    <>
      <div class="table">
        <section class="card" aria-labelledby="seen">
          <h2 id="seen">What anybody sees</h2>
          <Tree value={update.game.status === 'lobby' ? update.game : update.view} names={names} />
        </section>
        <Events events={events} names={names} />
      </div>
      <Debug match={match} update={update} />
    </>
  );
}
