/**
 * Which member owns a game just now, and whether that changed lately: asked now and then, while somebody looks.
 *
 * Why asked: news come over a connection that outlives the owner, so nothing else would tell.
 */
import { useEffect, useState } from 'preact/hooks';
import { page } from './page.ts';
import { poll } from './polling.ts';

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
      const owner = await ownerOf(gameId, abort.signal);
      if (owner === null || abort.signal.aborted) return;
      know((before) => {
        if (before.owner === null || before.owner === owner) return { ...before, owner };
        return { owner, movedAt: performance.now() };
      });
    };
    const end = poll(ask, page);
    return () => {
      abort.abort();
      end();
    };
  }, [gameId]);
  const { owner, movedAt } = known;
  return { owner, movedLately: movedAt !== null && performance.now() - movedAt < mentionMs };
}

/** Null: nobody. Rejects without an answer that says so. */
async function ownerOf(gameId: string, signal: AbortSignal): Promise<string | null> {
  const reply = await fetch(`/v1/games/${gameId}/location`, { signal });
  if (!reply.ok) throw new Error(`asking who owns the game: ${reply.status}`);
  const { owner } = (await reply.json()) as { readonly owner?: unknown };
  return typeof owner === 'string' ? owner : null;
}
