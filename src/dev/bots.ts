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

const PROGRESS_MS = 5_000;
/** Of one game, and of games. */
const MOST_LINES = 5;
const MOST_GAMES = 20;

const print = (line: string) => process.stdout.write(`${line}\n`);

try {
  const options = parseBotOptions(process.argv.slice(2));
  if (options === null) process.stdout.write(usage);
  else process.exitCode = await run(options);
} catch (error) {
  process.stderr.write(`npm run bots: ${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  process.exitCode = 64;
}

async function run(options: BotOptions): Promise<number> {
  const game = await loadGame(options.game);
  const tally = new Tally();
  const { on } = options;
  if (on.is === 'running') {
    const place = { bases: [on.url], adminToken: on.adminToken, game, settings: options.settings, tally };
    return report(await playAll(options, place), place, []);
  }
  const cluster = await startCluster(on.members, options.game, print);
  print(`${on.members} members play ${game.name}; logs in ${cluster.folder}`);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => void cluster.stop(false).then(() => process.exit(130)));
  }
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
  const place = { bases, adminToken, game, settings: options.settings, tally };
  const played = await playAll(options, place);
  await stopKilling();
  const code = report(played, place, ended);
  if (code !== 0) print(`The logs are in ${cluster.folder}`);
  await cluster.stop(code !== 0);
  return code;
}

interface Played {
  readonly wrong: readonly PlayedOut[];
  readonly tookMs: number;
}

/** So many at once, until all were played. */
async function playAll({ games, atOnce }: BotOptions, place: Place): Promise<Played> {
  const begunAt = performance.now();
  const wrong: PlayedOut[] = [];
  const progress = setInterval(() => print(place.tally.progress(games)), PROGRESS_MS);
  let begun = 0;
  const lane = async () => {
    while (begun < games) {
      begun += 1;
      const played = await playOut(place, begun % 2 === 1);
      if (played.lines.length > 0) wrong.push(played);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, games) }, lane));
  clearInterval(progress);
  return { wrong, tookMs: performance.now() - begunAt };
}

/** The exit code. */
function report({ wrong, tookMs }: Played, { tally, game }: Place, ended: readonly string[]): number {
  for (const line of tally.summary(game.name, tookMs)) print(line);
  for (const line of ended) print(line);
  for (const { gameId, lines } of wrong.slice(0, MOST_GAMES)) {
    print(`game ${gameId ?? 'that could not be opened'}:`);
    for (const line of lines.slice(0, MOST_LINES)) print(`  ${line}`);
    if (lines.length > MOST_LINES) print(`  and ${lines.length - MOST_LINES} more`);
  }
  if (wrong.length === 0 && ended.length === 0) print('All games ended, and their records agree with what was told.');
  else
    print(`${wrong.length} games are wrong${wrong.length > MOST_GAMES ? `, the first ${MOST_GAMES} are shown` : ''}.`);
  return wrong.length === 0 && ended.length === 0 ? 0 : 1;
}
