/**
 * The servers that development and tests run on: restarts keep what they had, and none is left behind.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startNats } from '../../src/dev/nats-process.ts';
import { locateNatsServer } from '../../src/dev/nats-server.ts';
import { waitFor } from '../support/wait.ts';

describe('a nats-server process', () => {
  let dir: string;
  let binary: string;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'minotaur-process-'));
    binary = (await locateNatsServer()).path;
  });
  after(() => rm(dir, { recursive: true, force: true }));

  it('has the same address and storage after a restart, and is gone after a stop', async () => {
    const server = await startNats({ binary, storeDir: join(dir, 'one') });
    const { url, pid } = server;
    await server.restart();
    assert.equal(server.url, url);
    assert.ok(server.pid !== null && server.pid !== pid);
    const second = server.pid;
    await server.stop();
    assert.equal(server.pid, null);
    assert.equal(isAlive(second), false);
  });

  it('says why it does not start', async () => {
    const server = await startNats({ binary, storeDir: join(dir, 'two') });
    const again = startNats({ binary, port: server.port, storeDir: join(dir, 'three') });
    await assert.rejects(again, { code: 'EADDRINUSE' });
    await server.kill();
    await assert.rejects(startNats({ binary: join(dir, 'nothing'), storeDir: join(dir, 'four') }), /did not start/);
  });

  for (const [end, signal] of [
    ['ends by itself', null],
    ['is killed', 'SIGKILL'],
  ] as const) {
    it(`does not outlive a process that ${end}`, async () => {
      const script = `
        import { startNats } from ${JSON.stringify(import.meta.resolve('../../src/dev/nats-process.ts'))};
        const server = await startNats(${JSON.stringify({ binary, storeDir: join(dir, `outlive-${signal}`) })});
        console.log(server.pid);
        if (${signal !== null}) setInterval(() => {}, 1000);
      `;
      const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let output = '';
      parent.stdout.on('data', (text) => {
        output += text;
      });
      const pid = Number(await waitFor('the server’s pid', () => output.trim()));
      if (signal) parent.kill(signal);
      await waitFor('the server to be gone', () => !isAlive(pid));
    });
  }
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
