/**
 * Asking a server now and then: one question at a time, more seldom while it fails, and none while nobody looks at the page.
 *
 * Why pauses are drawn: all pages of a game see its end at once, and would ask at once ever after.
 * Invariant: a pause begins when the answer is there, so a slow server is asked less and never twice at once.
 */
const LEAST_MS = 3_000;
const MOST_MS = 15_000;

export interface Surroundings {
  /** Once; what is given back calls it off. */
  readonly after: (ms: number, run: () => void) => () => void;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Somebody looks at the page. */
  readonly isSeen: () => boolean;
}

/** `look` rejects where it failed. What is given back ends it; a question that is under way then is not called off. */
export function poll(look: () => Promise<unknown>, { after, random, isSeen }: Surroundings): () => void {
  let failures = 0;
  let ended = false;
  let cancel = () => {};
  const round = async () => {
    if (isSeen()) {
      failures = await look().then(
        () => 0,
        () => failures + 1,
      );
    }
    if (!ended) cancel = after(pauseMs(failures, random()), () => void round());
  };
  void round();
  return () => {
    ended = true;
    cancel();
  };
}

/** From half to all of what grows with failures. */
function pauseMs(failures: number, drawn: number): number {
  return Math.min(LEAST_MS * 2 ** (failures + 1), MOST_MS) * (0.5 + drawn / 2);
}
