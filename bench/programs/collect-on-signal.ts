/**
 * Loaded into a member (`node --import`): at SIGUSR2 it collects all garbage, and prints what memory is left in use.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

process.on('SIGUSR2', () => {
  collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  process.stdout.write(`collected ${JSON.stringify({ heapUsed, external, rss })}\n`);
});
