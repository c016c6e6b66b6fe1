/**
 * Outlives the run that started it: `node witness.ts <folder of the run>`. When its standard input ends, however that came, it clears
 * what the run has not cleared itself.
 *
 * Why a process of its own: a run that is killed by SIGKILL can do nothing any more, and an engine that merely ends with it leaves
 * mounts, bridges and folders behind.
 */
import { clearRun } from './leftovers.ts';

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
const [, , folder = ''] = process.argv;
for await (const _ of process.stdin) {
  // Nothing is ever sent.
}
await clearRun(folder);
