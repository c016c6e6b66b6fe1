/**
 * The process of one member: settings, signals, exit code.
 *
 * Signals: SIGUSR2 announces a stop (docker/announce-stop.mjs); SIGTERM, SIGINT and the like drain; a second one ends at once.
 * Exit codes: 0 after a drain; 78 (EX_CONFIG) when restarting cannot help: wrong settings, an id that is in use, a cluster with another number
 * of slots, a NATS that is too old; 1 for everything else.
 */
import closeWithGrace from 'close-with-grace';
import { createApp, createLog, isHopeless } from './app.ts';
import { readConfig } from './config.ts';
import { ConfigError } from './config-error.ts';
import { sealPrototypes } from './game-host.ts';
import { loadGame } from './games.ts';

const EX_CONFIG = 78;
/** After the drain's own bound: requests that are under way, leaving the cluster, and two seconds to spare. */
const CLOSING_MS = 17_000;

async function run(): Promise<void> {
  const config = readConfig();
  sealPrototypes();
  const game = await loadGame(config.game);
  const memberLog = createLog(config);
  const { log, plainLog, flushed } = memberLog;
  log.info({ settings: config.shown }, 'settings in force');
  const fail = async (error: unknown) => {
    // Whoever looks at the last line alone reads why.
    log.stop();
    plainLog.fatal({ event: 'member_failed', err: error }, error instanceof Error ? error.message : 'failed');
    await flushed();
    process.exit(isHopeless(error) ? EX_CONFIG : 1);
  };
  const app = createApp(config, game, memberLog, fail);
  let stopping = false;
  process.on('SIGUSR2', () => {
    log.info({}, 'a stop is announced: no connection is kept any more');
    app.announceStop();
  });
  const delay = config.member.drainTimeoutMs + CLOSING_MS;
  closeWithGrace({ delay, skip: ['SIGUSR2'], logger: false }, async ({ signal, err }) => {
    if (err !== undefined) return fail(err);
    stopping = true;
    log.info({ signal }, 'draining');
    await app.drain();
    log.stop();
    log.info({}, 'stopped');
    await flushed();
  });
  app.start().catch((error: unknown) => {
    if (!stopping) fail(error);
  });
}

try {
  await run();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`minotaur: ${error.message}\n`);
  process.exit(EX_CONFIG);
}
