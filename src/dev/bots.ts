/**
 * `npm run bots`: whole games over the wire while members die, and whether the records agree with what everybody was told.
 *
 * Role: load for everything else, and a soak test. Begins a cluster (or takes one that runs), keeps so many games going, and says what came of them.
 */
import { loadGame } from '../games.ts';
import { killMembers } from './bots/killing.ts';
import { type Place, type PlayedOut, playOut } from './bots/one-game.ts';
import { type BotOptions, parseBotOptions, usage } from './bots/options.ts';
import { startCluster } from './bots/own-cluster.ts';
import { Tally } from './bots/tally.ts';
import { INTERRUPTED, interruption, runScript } from './script.ts';

const PROGRESS_MS = 5_000;
/** Of one game, and of games. */
const MOST_LINES = 5;
const MOST_GAMES = 20;

const print = (line: string) => process.stdout.write(`${line}\n`);

// Games that were cut off still wait for their cluster.
process.exit(await runScript({ name: 'bots', usage, parse: parseBotOptions, run }));

async function run(options: BotOptions): Promise<number> {
  const game = await loadGame(options.game);
  const tally = new Tally();
  const { on, settings } = options;
  if (on.is === 'running') {
    const place = { bases: [on.url], adminToken: on.adminToken, game, settings, tally };
    return report(await playAll(options, place, interruption()), place, []);
  }
  const cluster = await startCluster({ members: on.members, game: options.game, print });
  const interrupted = interruption();
  print(`${on.members} members play ${game.name}; logs in ${cluster.folder}`);
  const ended: string[] = [];
  const stopKilling = killMembers({
    members: cluster.members,
    everyMs: on.killEveryMs,
    onKill: () => {
      tally.kills += 1;
    },
    onEnd: (line) => ended.push(line),
  });
  const { bases, adminToken } = cluster;
  const place = { bases, adminToken, game, settings, tally };
  const played = await playAll(options, place, interrupted);
  const stopped = stopKilling();
  if (!played.isCutOff) await stopped;
  const code = report(played, place, ended);
  const isRight = played.wrong.length === 0 && ended.length === 0;
  if (!isRight) print(`The logs are in ${cluster.folder}`);
  await cluster.stop(!isRight);
  return code;
}

interface Played {
  readonly wrong: readonly PlayedOut[];
  readonly tookMs: number;
  readonly games: number;
  /** What is not over counts for nothing. */
  readonly isCutOff: boolean;
}

/** So many at once, until all were played, or until somebody has seen enough. */
async function playAll({ games, atOnce }: BotOptions, place: Place, interrupted: Promise<void>): Promise<Played> {
  const begunAt = performance.now();
  const wrong: PlayedOut[] = [];
  const progress = setInterval(() => print(place.tally.progress(games)), PROGRESS_MS);
  let begun = 0;
  let isCutOff = false;
  const lane = async () => {
    while (begun < games && !isCutOff) {
      begun += 1;
      const played = await playOut(place, begun % 2 === 1);
      if (played.lines.length > 0 && !isCutOff) wrong.push(played);
    }
  };
  const all = Promise.all(Array.from({ length: Math.min(atOnce, games) }, lane));
  await Promise.race([
    all,
    interrupted.then(() => {
      isCutOff = true;
    }),
  ]);
  clearInterval(progress);
  return { wrong, tookMs: performance.now() - begunAt, games, isCutOff };
}

/** The exit code. */
function report({ wrong, tookMs, games, isCutOff }: Played, { tally, game }: Place, ended: readonly string[]): number {
  for (const line of tally.summary(game.name, tookMs)) print(line);
  for (const line of ended) print(line);
  for (const { gameId, lines } of wrong.slice(0, MOST_GAMES)) {
    print(`game ${gameId ?? 'that could not be opened'}:`);
    for (const line of lines.slice(0, MOST_LINES)) print(`  ${line}`);
    if (lines.length > MOST_LINES) print(`  and ${lines.length - MOST_LINES} more`);
  }
  if (isCutOff) print(`Interrupted: ${tally.gamesOver} of ${games} games are over.`);
  if (wrong.length > 0 || ended.length > 0) {
    print(`${wrong.length} games are wrong${wrong.length > MOST_GAMES ? `, the first ${MOST_GAMES} are shown` : ''}.`);
    return 1;
  }
  if (!isCutOff || tally.gamesOver > 0)
    print(`${isCutOff ? 'Those' : 'All games'} ended, and their records agree with what was told.`);
  return isCutOff ? INTERRUPTED : 0;
}
