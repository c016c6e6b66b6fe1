/**
 * The map while the game goes on: what is seen now, the plan on it, and the keys that make one.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import { Board } from './board.tsx';
import type { Seen } from './seen.ts';
import { eventsBefore } from './story.ts';
import type { Crawl } from './use-crawl.ts';
import type { Plan } from './use-plan.ts';
import './board.css';

interface MapOf {
  readonly crawl: Crawl;
  readonly seen: Seen;
  readonly plan: Plan;
  readonly isMyTurn: boolean;
  readonly isDead: boolean;
  readonly names: ReadonlyMap<string, string>;
}

export function LabyrinthMap({ crawl, seen, plan, isMyTurn, isDead, names }: MapOf) {
  const [whole, setWhole] = useState(false);
  const map = useRef<HTMLElement>(null);
  const { frames } = crawl.story;
  const frame = frames.at(-1);
  // What had the focus may be gone: a strike that is planned, a round that is over.
  useEffect(() => {
    if (document.activeElement === document.body) map.current?.focus({ preventScroll: true });
  }, [seen.step, crawl.orders.length, isMyTurn]);
  return (
    <section
      ref={map}
      class="map"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it takes keys.
      tabIndex={0}
      role="application"
      aria-label="Map of the labyrinth"
      aria-describedby="around keys"
      onKeyDown={plan.keyDown}
    >
      {frame !== undefined && (
        <Board
          frame={frame}
          before={frames.at(-2) ?? null}
          events={eventsBefore(crawl.story, frame)}
          me={seen.me}
          names={names}
          damage={seen.damage}
          sight={plan.sight}
          plan={isDead ? null : plan.planned}
          whole={whole || isDead}
          bright={isDead}
          pick={plan.pick}
        />
      )}
      {!isDead && (
        <button type="button" class="small zoom" aria-pressed={whole} onClick={() => setWhole(!whole)}>
          Whole map
        </button>
      )}
      <p id="keys" class="unseen">
        Keys: W, E, A, D, Z and X, the six around S, or the arrows, plan a step. Numbers strike. Backspace takes the
        last back. Enter: done.
      </p>
    </section>
  );
}
