/**
 * The game once more, round by round, as far as this page saw it: a map to look at, a slider over the rounds, and what happened in words.
 */
import { useEffect, useState } from 'preact/hooks';
import { Board } from './board.tsx';
import { eventsBefore, type Story } from './story.ts';
import { eventInWords, type Telling } from './words.ts';

/** A round takes so long when they are played one after another. */
const roundMs = 1_900;

interface ReplayOf {
  readonly story: Story;
  readonly telling: Telling;
  readonly sight: number;
}

export function Replay({ story, telling, sight }: ReplayOf) {
  const { frames } = story;
  const newest = frames.length - 1;
  const [at, setAt] = useState(newest);
  const [forward, setForward] = useState(true);
  const [plays, setPlays] = useState(false);
  useEffect(() => {
    if (!plays) return;
    if (at >= newest) return setPlays(false);
    const timer = setTimeout(() => go(at + 1), roundMs);
    return () => clearTimeout(timer);
  }, [plays, at, newest]);
  const go = (index: number) => {
    setForward(index === at + 1);
    setAt(index);
  };
  const frame = frames[Math.min(at, newest)];
  if (frame === undefined) return null;
  const isLast = at >= newest;
  const lines = eventsBefore(story, frame).flatMap((event) => eventInWords(event, telling) ?? []);
  const title = isLast ? 'The end' : `Before round ${frame.round}`;
  return (
    <section class="map" aria-label="Replay">
      <Board
        frame={frame}
        before={forward ? (frames[at - 1] ?? null) : null}
        events={eventsBefore(story, frame)}
        me={telling.me}
        names={telling.names}
        damage={telling.damage}
        sight={sight}
        plan={null}
        whole
        bright={isLast}
      />
      {frames.length > 1 && (
        <div class="scrubber">
          <button
            type="button"
            onClick={() => {
              if (isLast) go(0);
              setPlays(!plays);
            }}
          >
            {plays ? 'Stop' : 'Replay'}
          </button>
          <label>
            <span class="unseen">Round</span>
            <input
              type="range"
              min={0}
              max={newest}
              value={at}
              aria-valuetext={title}
              onInput={(event) => {
                setPlays(false);
                go(event.currentTarget.valueAsNumber);
              }}
            />
          </label>
          <p>
            <strong>{title}.</strong> {lines.join(' ')}
          </p>
        </div>
      )}
    </section>
  );
}
