/**
 * Keeps asking how the cluster looks, and tells the story of it.
 *
 * Why by asking: the answer is small, and any member can give it, so a death costs one question.
 * Invariants:
 *  - It asks once a second, three times while something moves, and not at all while nobody looks; one question is under way.
 *  - One question without an answer is no silence: whoever was asked may have died, and the next one goes to somebody else.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import { readReport } from './report.ts';
import { answer, isMoving, nothingYet, type Story, silence } from './story.ts';

const calmMs = 1_000;
const movingMs = 300;
/** A member waits up to half a second for the others. */
const patienceMs = 1_500;

/** `headers`: who asks. */
export function useStory(headers: Readonly<Record<string, string>>): Story {
  const [story, setStory] = useState<Story>(nothingYet);
  const asks = useRef(headers);
  asks.current = headers;
  useEffect(() => {
    const stop = new AbortController();
    let now = nothingYet;
    let missed = 0;
    const look = async () => {
      const report = await ask(asks.current);
      if (stop.signal.aborted) return;
      missed = report === null ? missed + 1 : 0;
      if (missed === 1) return;
      now = report === null ? silence(now, Date.now()) : answer(now, report, Date.now());
      setStory(now);
    };
    void (async () => {
      while (!stop.signal.aborted) {
        // Whatever one answer does, the next one is asked for.
        if (!document.hidden) await look().catch(reportError);
        await rest(missed > 0 || isMoving(now) ? movingMs : calmMs);
      }
    })();
    return () => stop.abort();
  }, []);
  return story;
}

async function ask(headers: Readonly<Record<string, string>>) {
  try {
    const reply = await fetch('/v1/cluster?include=slots', { headers, signal: AbortSignal.timeout(patienceMs) });
    return reply.ok ? readReport(await reply.json()) : null;
  } catch {
    return null;
  }
}

function rest(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
