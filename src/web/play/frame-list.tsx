/**
 * What passes over the wire, the newest first: to look into, to hold, to copy.
 *
 * Why one list of the page: what comes first comes before anything is shown, and seats change.
 */
import { useEffect, useState } from 'preact/hooks';
import { announce } from '../kit/live-region.tsx';
import { listenToWire } from '../kit/wire.ts';
import { type Frame, indented, latencyOf, linesOf, titleOf, withFrame } from './frames.ts';

interface Kept {
  readonly frames: readonly Frame[];
  /** Nothing is added. */
  readonly holds: boolean;
}

let kept: Kept = { frames: [], holds: false };
let show: (kept: Kept) => void = () => undefined;

function keep(change: Partial<Kept>): void {
  kept = { ...kept, ...change };
  show(kept);
}

listenToWire((passed) => {
  if (!kept.holds) keep({ frames: withFrame(kept.frames, passed) });
});

/** `aheadMs`: of the server's clock. */
export function FrameList({ aheadMs }: { readonly aheadMs: number }) {
  const [{ frames, holds }, set] = useState(kept);
  useEffect(() => {
    show = set;
    set(kept);
    return () => {
      show = () => undefined;
    };
  }, []);
  const copy = async () => {
    await navigator.clipboard.writeText(linesOf(frames));
    announce('Copied');
  };
  return (
    <section class="stack" aria-labelledby="frames">
      <div class="row spread">
        <h3 id="frames">Frames and requests</h3>
        <span class="row">
          <button type="button" class="small" aria-pressed={holds} onClick={() => keep({ holds: !holds })}>
            Hold
          </button>
          <button type="button" class="small" onClick={() => keep({ frames: [] })}>
            Clear
          </button>
          {'clipboard' in navigator && (
            <button type="button" class="small" disabled={frames.length === 0} onClick={() => void copy()}>
              Copy all
            </button>
          )}
        </span>
      </div>
      {frames.length === 0 ? (
        <p class="quiet">Nothing yet.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and those without a mouse have to reach it.
        <ol class="plain frames" tabIndex={0} aria-label="Frames and requests, the newest first">
          {frames.map((frame) => (
            <li key={frame.key}>
              <OneFrame frame={frame} latency={latencyOf(frame, aheadMs)} />
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function OneFrame({ frame, latency }: { readonly frame: Frame; readonly latency: number | null }) {
  const [open, setOpen] = useState(false);
  const about = [`${frame.text.length} characters`, latency !== null && `${latency} ms`].filter(Boolean).join(', ');
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <span class="key">{titleOf(frame)}</span> <span class="quiet">{about}</span>
      </summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and those without a mouse have to reach it. */}
      {open && <pre tabIndex={0}>{indented(frame.text)}</pre>}
    </details>
  );
}
