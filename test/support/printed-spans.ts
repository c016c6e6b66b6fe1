/**
 * For `node --import`: an SDK that prints every span as a line `{"span": …}` of the process that it is loaded into.
 */
import { MemorySdk } from './memory-tracer.ts';

new MemorySdk((span) => process.stdout.write(`${JSON.stringify({ span })}\n`));
