/**
 * `tail <game>`: what happens in a game, line by line, as it happens; over any member, through takeovers, until it is over or Ctrl-C.
 *
 * Invariant: silence means that nothing happens: while nobody could tell, that is said, and when it is over.
 */
import type { Game, GameEvent } from '../../client/protocol.ts';
import type { Update } from '../../client/watch.ts';
import type { Context, Outcome } from '../command.ts';
import { gameOf } from '../game-id.ts';
import { Refused } from '../server.ts';
import { duration } from '../table.ts';

const LOOK_EVERY_MS = 2_000;

export async function tail(context: Context): Promise<Outcome> {
  const gameId = gameOf(context);
  const { server, asJson } = context;
  const { hostOf } = await import('../../client/host.ts');
  const { Watch, Ended } = await import('../../client/watch.ts');
  const watch = new Watch(hostOf(), [server.base], { gameId, token: server.token });
  context.stopped.addEventListener('abort', () => watch.close());
  let last: Game | null = null;
  const ended = new AbortController();
  const over = AbortSignal.any([ended.signal, context.stopped]);
  const looks = lookOn(context, over, async () => {
    if (watch.connection === null) return `no connection to ${server.base}`;
    return server.get(`/v1/games/${gameId}`, over).then(() => null, silenceOf);
  });
  try {
    for await (const { game, version, events, resumed } of watch) {
      if (asJson) context.print(JSON.stringify({ version, resumed, events, game }));
      else for (const line of linesOf({ game, version, events, resumed }, last)) context.print(line);
      last = game;
    }
  } catch (error) {
    if (!(error instanceof Ended)) throw error;
    const status = error.code - 4000;
    throw new Refused(status, status === 401 ? 'unauthorized' : 'refused', error.message);
  } finally {
    ended.abort();
    await looks;
  }
  const isOver = last?.status === 'concluded';
  return { value: { gameId, over: isOver }, text: isOver ? 'The game is over.' : '', isWell: true };
}

/** Null: somebody answered, whatever it was. */
function silenceOf(error: unknown): string | null {
  return error instanceof Refused && error.status !== 503 ? null : (error as Error).message;
}

/** Says what is in the way once it was so twice in a row, and when it is no more. `look` says what is; null: nothing. Never rejects. */
export async function lookOn(
  { say, pause, wall }: Pick<Context, 'say' | 'pause' | 'wall'>,
  ended: AbortSignal,
  look: () => Promise<string | null>,
): Promise<void> {
  let since: number | null = null;
  let isTold = false;
  while (!ended.aborted) {
    await pause(LOOK_EVERY_MS, ended);
    const obstacle = ended.aborted ? null : await look();
    if (ended.aborted) return;
    if (obstacle !== null && since !== null && !isTold) {
      say(`--        nothing is heard: ${obstacle}; trying again …`);
      isTold = true;
    } else if (obstacle === null && isTold) {
      say(`--        heard again, after ${duration(wall() - (since ?? wall()))}`);
      isTold = false;
    }
    since = obstacle === null ? null : (since ?? wall());
  }
}

/** `before`: as it was told last; a game whose round and status are the same is no news. */
export function linesOf(
  { game, version, events, resumed }: Pick<Update, 'game' | 'version' | 'events' | 'resumed'>,
  before: Game | null,
): readonly string[] {
  const gap = resumed === 'snapshot' && before !== null ? ['--        something may be missing here'] : [];
  const isNews = before === null || before.round !== game.round || before.status !== game.status;
  const ends = game.roundEndTime === null ? 'no clock runs' : `ends ${clockOf(game.roundEndTime)}`;
  const state = game.status === 'active' ? `round ${game.round}, ${ends}` : game.status;
  return [...gap, ...events.map(lineOf), ...(isNews ? [`--        ${state} (version ${version})`] : [])];
}

function lineOf({ seq, round, at, type, ...rest }: GameEvent): string {
  const details = Object.entries(rest).map(([name, value]) => `${name}=${plain(value)}`);
  return [clockOf(at), `#${seq}`, `r${round}`, type, ...details].join(' ');
}

function clockOf(time: string): string {
  return time.slice(11, 19);
}

function plain(value: unknown): string {
  return typeof value === 'string' && !/\s/.test(value) ? value : JSON.stringify(value);
}
