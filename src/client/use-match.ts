/**
 * A match in a component of preact or React: `const useMatch = createUseMatch({ useEffect, useState })`, once, with the library's own hooks.
 *
 * Invariant: each component reads for itself, until the first update after it went.
 */
import type { Update, Watch } from './watch.ts';

interface Hooks {
  useState<Value>(first: Value): [Value, (next: Value) => void];
  useEffect(run: () => () => void, of: readonly unknown[]): void;
}

export interface Seen<Module> {
  /** Null: nothing came yet. `events` are those of this update: keep what has to be kept. */
  readonly update: Update<Module> | null;
  /** Why nothing more will come; null: more will. */
  readonly ended: unknown;
}

export function createUseMatch({ useState, useEffect }: Hooks): <Module>(match: Watch<Module>) => Seen<Module> {
  return <Module>(match: Watch<Module>) => {
    const [seen, show] = useState<Seen<Module>>({ update: null, ended: null });
    useEffect(() => {
      let update: Update<Module> | null = null;
      let left = false;
      const read = async () => {
        for await (update of match) {
          if (left) return null;
          show({ update, ended: null });
        }
        return new Error('the game is over');
      };
      void read()
        .catch((error: unknown) => error)
        .then((ended) => !left && show({ update, ended }));
      return () => {
        left = true;
      };
    }, [match]);
    return seen;
  };
}
