/**
 * An update of a match as the crawl has it: the module's part with its types, and what is mine in it. Pure.
 *
 * Why so careful: the member that answers may be of another version, or play another game.
 */
import type { Update } from '../../client/index.ts';
import type { Hex } from '../../games/minotaur/hexes.ts';
import type { CrawlView } from '../../games/minotaur/view.ts';

export type Action =
  | { readonly type: 'move'; readonly vector: Hex }
  | { readonly type: 'attack'; readonly targetPlayerId: string };
/** One that is stored. */
export type Own = Action & { readonly id: string };

export interface Seen {
  readonly me: string;
  readonly round: number;
  /** Counts the states of the world: the rounds, and one more when the game is over. */
  readonly step: number;
  readonly version: number;
  readonly view: CrawlView;
  /** My actions of the running round. */
  readonly own: readonly Own[];
  /** Of each round. */
  readonly points: number;
  readonly damage: number;
  /** At the start. */
  readonly health: number;
}

const defaults = { actionPoints: 3, damage: 25, health: 100 };

/** Null: no world of the crawl is seen, as in a lobby. */
export function seenOf({ game, view, version }: Pick<Update, 'game' | 'view' | 'version'>, me: string): Seen | null {
  if (!isCrawl(game.module) || view === null || view === undefined) return null;
  const settings = (game.settings ?? {}) as Partial<typeof defaults> & { table?: { damage?: number } };
  const turn = (game.turn ?? null) as { readonly actions?: Readonly<Record<string, number>> } | null;
  const registered = (game.registeredActions ?? {}) as Readonly<Record<string, readonly Own[]>>;
  return {
    me,
    round: game.round,
    step: game.status === 'concluded' ? game.round + 1 : game.round,
    version,
    view: view as CrawlView,
    own: registered[me] ?? [],
    points: turn?.actions?.[me] ?? settings.actionPoints ?? defaults.actionPoints,
    damage: settings.table?.damage ?? defaults.damage,
    health: settings.health ?? defaults.health,
  };
}

/** Of a lobby nobody knows yet: what its server plays is not said. */
export function isCrawl(module: unknown): boolean {
  return (module as { readonly name?: string } | null | undefined)?.name === 'minotaur';
}
