/**
 * Bots that play whole games all the time, while things break.
 */
import { defaultGame, loadGame } from '../../games.ts';
import { playOut } from '../bots/one-game.ts';
import type { ClusterOfBots } from '../bots/own-cluster.ts';
import { Tally } from '../bots/tally.ts';

/** Games that are played all the time. */
const AT_ONCE = 4;
/** A crawl that is over soon. */
const settings = { table: { lastRound: 12 } };

export interface Bots {
  readonly tally: Tally;
  readonly begunAt: number;
  /** Begins no more games; resolves, when all are over, with what is wrong. */
  end(): Promise<readonly string[]>;
}

export async function playOn({ bases, adminToken }: ClusterOfBots): Promise<Bots> {
  const tally = new Tally();
  const place = { bases, adminToken, game: await loadGame(defaultGame), settings, tally };
  const wrong: string[] = [];
  let isOver = false;
  const lane = async () => {
    for (let games = 1; !isOver; games += 1) {
      const { gameId, lines } = await playOut(place, games % 2 === 1);
      wrong.push(...lines.map((line) => `game ${gameId ?? 'that could not be opened'}: ${line}`));
    }
  };
  const lanes = Promise.all(Array.from({ length: AT_ONCE }, lane));
  return {
    tally,
    begunAt: performance.now(),
    end: async () => {
      isOver = true;
      await lanes;
      return wrong;
    },
  };
}
