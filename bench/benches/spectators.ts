/**
 * What spectators cost: 500 of one game at one member, while the game commits once a second.
 *
 * Method: a game whose rounds last a second, so each second brings a state that is news to everybody; sockets without a token, from a
 * process of their own. What counts is the processor time of the member, so that a busy machine does not change it much.
 */
import type { Bench } from '../support/bench.ts';
import { BenchCluster } from '../support/bench-cluster.ts';
import { runProgram } from '../support/programs.ts';

const program = new URL('../programs/spectators.ts', import.meta.url);
const spectators = 500;
const timing = { warmUpMs: 3_000, measureMs: 20_000 };

interface Seen {
  readonly cores: number;
  readonly fewest: number;
  readonly most: number;
}

export const spectating: Bench = {
  name: 'spectators',
  about: `${spectators} spectators of one game at one member, one commit a second`,
  measures: [{ name: 'cores that the member keeps busy', unit: '', target: { of: 'value', is: 'atMost', limit: 1 } }],
  async run({ resources, progress }) {
    progress('starting a member');
    const cluster = await BenchCluster.start(resources, 1);
    const settings = { roundSeconds: 1, idleRounds: 0, spectators: true };
    await cluster.createGame(0, { id: 'watched', settings });
    progress(`${spectators} look for ${timing.measureMs / 1_000} s`);
    const input = { url: cluster.member(0).process.url, gameId: 'watched', spectators, ...timing };
    const { cores, fewest, most } = await runProgram<Seen>(resources, program, input);
    progress(`each got ${fewest} to ${most} states`);
    // Late ones are skipped for slow readers; far fewer would mean that something else was measured.
    const due = timing.measureMs / 1_000;
    if (fewest < due * 0.8) throw new Error(`a spectator got ${fewest} states of ${due}`);
    return [{ value: cores }];
  },
};
