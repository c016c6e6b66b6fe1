/**
 * Tells a member that it will be stopped, and waits: `node docker/announce-stop.mjs <pid> <seconds>`.
 *
 * Role: the preStop hook of k8s/. From here on the member serves as ever, but every answer closes its connection: clients that keep theirs
 * go elsewhere by their own next request, while proxies learn that the pod is going. SIGTERM, after that, finds next to nobody.
 * Why a program: the image has no shell. Invariant: it waits whatever happens; without the word a stop is what it was before.
 */
import { setTimeout as pause } from 'node:timers/promises';

const [pid, seconds] = process.argv.slice(2).map(Number);
try {
  process.kill(pid, 'SIGUSR2');
} catch (error) {
  process.stderr.write(`the member ${pid} was not told: ${error.message}\n`);
}
await pause(seconds * 1_000);
