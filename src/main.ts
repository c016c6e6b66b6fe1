/**
 * The process of one member: settings, signals, exit code.
 *
 * Exit codes: 0 after a drain; 78 (EX_CONFIG) when restarting cannot help: wrong settings, an id that is in use, a cluster with another number
 * of slots, a NATS that is too old; 1 for everything else.
 */
import closeWithGrace from 'close-with-grace';
import { pino } from 'pino';
import { createApp, isHopeless } from './app.ts';
import { ConfigError, readConfig } from './config.ts';

const EX_CONFIG = 78;
/** After the drain's own bound: requests that are under way, leaving the cluster, and two seconds to spare. */
const CLOSING_MS = 17_000;

function run(): void {
  const config = readConfig();
  const log = pino({ level: config.logLevel, base: { member: config.member.id } });
  log.info({ settings: config.shown }, 'settings in force');
  const fail = (error: unknown) => {
    log.fatal({ err: error }, error instanceof Error ? error.message : 'failed');
    process.exit(isHopeless(error) ? EX_CONFIG : 1);
  };
  const app = createApp(config, log, fail);
  let stopping = false;
  closeWithGrace({ delay: config.member.drainTimeoutMs + CLOSING_MS, logger: false }, async ({ signal, err }) => {
    if (err !== undefined) return fail(err);
    stopping = true;
    log.info({ signal }, 'draining');
    await app.drain();
    log.info({}, 'stopped');
  });
  app.start().catch((error: unknown) => {
    if (!stopping) fail(error);
  });
}

try {
  run();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`minotaur: ${error.message}\n`);
  process.exit(EX_CONFIG);
}
