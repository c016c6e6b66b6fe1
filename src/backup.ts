/**
 * `npm run backup`: everything that is stored, into a file and back.
 *
 * Role: the command line, the settings, the progress. Exit code: 0 if it is done, 1 if not, 64 if it was called wrongly, 78 for wrong settings.
 */
import { parseArgs } from 'node:util';
import { restore, save } from './adapters/backup/backup.ts';
import type { Counts } from './adapters/backup/backup-file.ts';
import { openStreams } from './adapters/backup/streams.ts';
import { systemClock } from './adapters/system.ts';
import { CLUSTER_KEY } from './cluster/view.ts';
import { readNatsConfig } from './config.ts';
import { ConfigError } from './config-error.ts';

const usage = `npm run backup -- save <file>       while everything runs
npm run backup -- restore <file>    into empty streams, while no member runs

Every game, round and slot of one namespace. It is found by the settings of members: MINOTAUR_NATS_URL (and _CREDS, _CA,
_CERT, _KEY), MINOTAUR_NAMESPACE; streams are made with MINOTAUR_KV_REPLICAS and MINOTAUR_RETENTION_DAYS.
docs/operations.md says what a user of NATS needs for it, and what else to keep.

  --help    this text
`;
const EX_USAGE = 64;
const EX_CONFIG = 78;
const SAY_EVERY_MS = 2_000;

/** Members of the time of the backup are not there any more. */
const keeps = ({ bucket, key }: { readonly bucket: string; readonly key: string }) =>
  bucket !== 'members' || key === CLUSTER_KEY;

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h', default: false } },
  });
  const [action, file, ...rest] = positionals;
  const isAsked = (action === 'save' || action === 'restore') && file !== undefined && rest.length === 0;
  if (values.help || !isAsked) {
    process[values.help ? 'stdout' : 'stderr'].write(usage);
    process.exitCode = values.help ? 0 : EX_USAGE;
  } else {
    await run(action, file);
  }
} catch (error) {
  process.stderr.write(`backup: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = exitCodeOf(error);
}

async function run(action: 'save' | 'restore', file: string): Promise<void> {
  const settings = readNatsConfig();
  const streams = await openStreams({ ...settings, clientName: 'minotaur backup' });
  const scope = { keeps, progress: sayNowAndThen() };
  try {
    const saving = action === 'save';
    const counts = await (saving ? save(streams, settings.namespace, file, scope) : restore(streams, file, scope));
    process.stdout.write(`${saving ? 'saved' : 'restored'} ${inWords(counts)}\n`);
  } finally {
    await streams.close();
  }
}

function sayNowAndThen(): (counts: Counts) => void {
  let nextAt = systemClock.monotonic() + SAY_EVERY_MS;
  return (counts) => {
    if (systemClock.monotonic() < nextAt) return;
    nextAt = systemClock.monotonic() + SAY_EVERY_MS;
    process.stderr.write(`${inWords(counts)} …\n`);
  };
}

function inWords(counts: Counts): string {
  return Object.entries(counts)
    .map(([bucket, count]) => `${bucket} ${count}`)
    .join(', ');
}

function exitCodeOf(error: unknown): number {
  if (error instanceof ConfigError) return EX_CONFIG;
  const isUsage = String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS');
  return isUsage ? EX_USAGE : 1;
}
