/**
 * The rules of the dungeon crawl for tests of what is not the game: without random bytes no game gets a world.
 */
import { DAY_MS } from '../../src/game/abandonment.ts';
import type { GameHost } from '../../src/game/context.ts';
import { rulesWith } from '../../src/game/rules.ts';
import { minotaurGame } from '../../src/games.ts';

/** Nothing stops its calls, and nobody hears of its mistakes. */
export const plainHost: GameHost = { game: minotaurGame, guard: (calls) => calls(), faulty: () => {} };

export const minotaurRules = rulesWith({ abandonMs: 30 * DAY_MS, host: plainHost });
