/**
 * Which member owns a game just now, and whether that changed lately: asked now and then, while somebody looks.
 *
 * Why asked: news come over a connection that outlives the owner, so nothing else would tell.
 */
import { useEffect, useState } from 'preact/hooks';

const everyMs = 4_000;
/** How long a move is mentioned. */
const mentionMs = 12_000;

export interface Ownership {
  /** Null: not known, or nobody just now. */
  readonly owner: string | null;
  readonly movedLately: boolean;
}

export function useOwner(gameId: string): Ownership {
  const [known, know] = useState<{ readonly owner: string | null; readonly movedAt: number | null }>({
    owner: null,
    movedAt: null,
  });
  useEffect(() => {
    const abort = new AbortController();
    const ask = async () => {
      if (document.hidden) return;
      const owner = await ownerOf(gameId, abort.signal);
      if (owner === null || abort.signal.aborted) return;
      know((before) => {
        if (before.owner === null || before.owner === owner) return { ...before, owner };
        return { owner, movedAt: performance.now() };
      });
    };
    void ask();
    const timer = setInterval(() => void ask(), everyMs);
    return () => {
      abort.abort();
      clearInterval(timer);
    };
  }, [gameId]);
  const { owner, movedAt } = known;
  return { owner, movedLately: movedAt !== null && performance.now() - movedAt < mentionMs };
}

/** Null: nobody, or no answer. */
async function ownerOf(gameId: string, signal: AbortSignal): Promise<string | null> {
  try {
    const answer = (await (await fetch(`/v1/games/${gameId}/location`, { signal })).json()) as {
      readonly owner?: unknown;
    };
    return typeof answer.owner === 'string' ? answer.owner : null;
  } catch {
    return null;
  }
}
