/**
 * `npm start`: a real NATS server and a few members as processes of their own, with keys to do harm to them.
 *
 * Role: puts the parts together and takes them apart again, however it is told to end.
 * Invariant: nothing that it started outlives it: each process has a watchdog (watchdog.ts) should this one not get to end them; and it ends
 * when npm does, or what npm runs it by (prepare.mjs).
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { wireShapesOf } from '../game/wire-shapes.ts';
import { anActionOf } from '../http/api/game-schemas.ts';
import { readPages } from '../http/edge/pages.ts';
import type { ClusterReport } from '../member/contract/gateway.ts';
import { watchCluster } from './cluster-watch.ts';
import { Controls } from './controls.ts';
import { storedGames } from './dry-run/stored-games.ts';
import { freshPages } from './fresh-pages.ts';
import { GameFile } from './game-file.ts';
import { gameToPlay, namespaceFor } from './game-namespace.ts';
import { firstGameText, type Places, placesText, statusText } from './guide.ts';
import { jobControl } from './job-control.ts';
import { LocalCluster } from './local-cluster.ts';
import { type NatsProcess, startNats } from './nats-process.ts';
import { locateNatsServer } from './nats-server.ts';
import { OwnershipLog } from './ownership-log.ts';
import { servePageControls } from './page-controls.ts';
import { portsFrom, takenPort } from './ports-free.ts';
import { watchReadiness } from './readiness-watch.ts';
import type { RunFolder } from './run-folder.ts';
import { Screen } from './screen.ts';
import { parseStartOptions, type StartOptions, usage } from './start-options.ts';
import { takeRunFolder } from './take-folder.ts';

const natsPort = 4222;
/** npm passes a terminal's signal on: the same Ctrl-C arrives several times. */
const sameSignalMs = 1_000;
const natsCheckMs = 500;
const progressMs = 200;
/** Running games that a saved file is tried on. */
const mostTried = 200;

try {
  const options = parseStartOptions(process.argv.slice(2));
  if (options === null) process.stdout.write(usage);
  else await start(options);
} catch (error) {
  process.stderr.write(`npm start: ${(error as Error).message}\n`);
  process.exit(1);
}

async function start(options: StartOptions): Promise<void> {
  const screen = new Screen(process.stdout);
  const folder = await takeRunFolder(options.folder);
  await refuseTakenPorts(options);
  const ownGame = await checkedGame(options, screen);
  const game = await gameToPlay(options.game);
  if (options.fresh) rmSync(folder.nats, { recursive: true, force: true });
  const building = freshPages((line) => screen.print(line));
  const { nats, version } = await runNats(folder, screen);
  // The members serve games without them.
  await building.catch((error: Error) => screen.print(error.message));
  const places: Places = {
    url: `http://127.0.0.1:${options.port}`,
    natsUrl: nats.url,
    natsVersion: version,
    adminToken: folder.adminToken,
    folder: options.folder,
    game: game.name,
    namespace: namespaceFor(game.name),
  };
  const ownership = new OwnershipLog();
  const cluster = new LocalCluster({
    port: options.port,
    natsUrl: nats.url,
    adminToken: folder.adminToken,
    tokenSecrets: folder.tokenSecrets,
    logs: folder.logs,
    namespace: places.namespace,
    game: options.game === null ? null : 'file' in options.game ? options.game.file : options.game.name,
    say: (line) => screen.event(line),
    onDeparture: (id) => ownership.departs(id, performance.now()),
    onReturn: (id) => ownership.returns(id),
  });
  screen.print(...placesText(places, await pageLink(cluster, folder.adminToken)), '');
  let report: ClusterReport | null = null;
  const status = () => statusText(cluster.members, report);
  let stopWatching = () => {};
  const suspend = jobControl({ onContinue: () => screen.resume() });
  const quit = endings(cluster, nats, screen, () => stopWatching());
  const controls = new Controls({ cluster, print: (...lines) => screen.print(...lines), status, quit, suspend });
  const hint = () => (process.stdin.isTTY ? controls.hint : 'Ctrl-C quits');
  const redraw = () => screen.show(['', ...status(), hint()]);
  const stopLooking = watchReadiness(
    () => cluster.members,
    () => redraw(),
  );
  const stopReports = watchCluster({
    urls: () => cluster.answering,
    adminToken: folder.adminToken,
    onReport: (latest) => {
      report = latest;
      if (latest !== null) for (const line of ownership.report(latest, performance.now())) screen.event(line);
      redraw();
    },
  });
  stopWatching = () => {
    stopLooking();
    stopReports();
  };
  keepRunning(nats, screen);
  listenToKeys((key) => {
    controls.press(key);
    redraw();
  }, quit);
  const ready = await cluster.start(options.members);
  if (cluster.stopping) return;
  screen.print(...firstGameText(places, anActionOf(wireShapesOf(game)), process.stdin.isTTY === true));
  if (!process.stdout.isTTY) screen.print(...status());
  if (!ready) screen.event('not every member is ready yet: s says why, l shows the log');
  ownGame?.watch({
    stored: () => storedGames(nats.url, places.namespace, mostTried),
    roll: () => cluster.roll(),
  });
}

/** Where the page with the buttons is; null: no page was built. */
async function pageLink(cluster: LocalCluster, adminToken: string): Promise<string | null> {
  const page = readPages(join(import.meta.dirname, '../../dist/web')).get('cluster');
  return page === undefined ? null : (await servePageControls({ page, cluster, adminToken })).link;
}

/** Null: no file of anybody's own is played. Rejects if it cannot be. */
async function checkedGame({ game }: StartOptions, screen: Screen): Promise<GameFile | null> {
  if (game === null || !('file' in game)) return null;
  const ownGame = new GameFile(game.file, (line) => screen.event(line));
  await ownGame.begin();
  return ownGame;
}

async function refuseTakenPorts({ port, members }: StartOptions): Promise<void> {
  const taken = await takenPort(portsFrom(port, members + 1));
  if (taken === null) return;
  throw new Error(
    `port ${taken} is taken (this needs ${port} to ${port + members}).\n` +
      `Choose others, for example: npm start -- --port ${port + 1000}`,
  );
}

async function runNats(folder: RunFolder, screen: Screen): Promise<{ nats: NatsProcess; version: string }> {
  const { path, version } = await locating(screen);
  // The usual port where it is free, for whoever wants to look inside with the nats command.
  const port = (await takenPort([natsPort])) === null ? natsPort : 0;
  return { nats: await startNats({ binary: path, port, storeDir: folder.nats }), version };
}

/** Finds nats-server. Where it has to be fetched, that may take a minute: the last line shows that it goes on. */
async function locating(screen: Screen): Promise<{ path: string; version: string }> {
  const startedAt = performance.now();
  let step: string | null = null;
  const show = () => {
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    if (step !== null) screen.show([`${step} ${seconds} s`]);
  };
  const timer = setInterval(show, progressMs);
  try {
    return await locateNatsServer({
      progress: (line) => {
        step = line;
        screen.print(line);
      },
    });
  } finally {
    clearInterval(timer);
    screen.show([]);
  }
}

/** Every way to end: a key, a signal, a closed terminal, an error of our own. Returns the planned one. */
function endings(cluster: LocalCluster, nats: NatsProcess, screen: Screen, onQuit: () => void): () => void {
  let askedAtMs: number | null = null;
  const finish = async (code: number, stop: () => Promise<void>) => {
    await stop();
    await nats.stop();
    screen.close();
    process.exit(code);
  };
  const quit = () => {
    const nowMs = performance.now();
    if (askedAtMs === null) {
      askedAtMs = nowMs;
      onQuit();
      screen.event('stopping …');
      void finish(0, () => cluster.stop());
    } else if (nowMs - askedAtMs > sameSignalMs) {
      void finish(0, () => cluster.kill9All());
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, quit);
  // Of the channel to prepare.mjs.
  process.on('disconnect', quit);
  process.on('exit', () => process.stdin.isTTY && process.stdin.setRawMode(false));
  process.on('uncaughtException', (error) => {
    screen.close();
    process.stderr.write(`npm start failed: ${error.stack}\n`);
    void finish(1, () => cluster.kill9All());
  });
  return quit;
}

/** The members wait for it; whoever kills it by hand sees them resume. */
function keepRunning(nats: NatsProcess, screen: Screen): void {
  setInterval(() => {
    if (nats.pid !== null) return;
    screen.event('nats-server ended: starting it again');
    void nats.start();
  }, natsCheckMs);
}

function listenToKeys(press: (key: string) => void, gone: () => void): void {
  const { stdin } = process;
  if (!stdin.isTTY) return;
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  stdin.on('data', (keys: string) => {
    for (const key of keys) press(key);
  });
  // The terminal was closed.
  stdin.on('end', gone).on('error', gone);
}
