/**
 * The image's health check: exit code 0 or 1.
 *
 * Why not `/readyz` alone: an orchestrator (Swarm) starts to count on a container when it is healthy, and kills one that is not. So the first
 * question is "is it ready?": the old member goes only when the new one holds its share. From then on it is "is it alive?": a NATS that is
 * away, or a drain, is no reason to kill a member.
 * How: the first time is remembered in a file. It must end with the container: mount /tmp as tmpfs where the root is read-only. Without a
 * place to write, readiness is asked for ever.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const wasReady = join(tmpdir(), 'minotaur-was-ready');
const timeoutMs = 4_000;

const { MINOTAUR_OPS_PORT: opsPort, MINOTAUR_PORT: port } = process.env;
const path = existsSync(wasReady) ? '/livez' : '/readyz';
const asked = get({ host: '127.0.0.1', port: Number(opsPort) || Number(port) || 3000, path, timeout: timeoutMs });
const end = (code, text) => {
  process.stdout.write(text);
  process.exit(code);
};
asked.once('timeout', () => end(1, `${path}: no answer within ${timeoutMs} ms`));
asked.once('error', (error) => end(1, `${path}: ${error.message}`));
asked.once('response', async (response) => {
  const text = (await response.setEncoding('utf8').toArray()).join('');
  if (response.statusCode !== 200) end(1, text);
  try {
    if (path === '/readyz') writeFileSync(wasReady, '');
  } catch {
    // Nowhere to remember it.
  }
  end(0, text);
});
