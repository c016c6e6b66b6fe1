/**
 * The operator's tool while a real NATS server stands still: it takes connections and never says a word. Every command that talks to it ends by
 * itself and names it; so does whoever was inside already.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { writeBackup } from '../../src/adapters/backup/backup-file.ts';
import { connectNats } from '../../src/adapters/nats/connection.ts';
import { openInspection } from '../../src/adapters/nats/inspection.ts';
import { lookAtServers } from '../../src/adapters/nats/server-look.ts';
import { type NatsProcess, startNats } from '../../src/dev/nats-process.ts';
import { locateNatsServer } from '../../src/dev/nats-server.ts';
import { startTool } from '../support/minotaur-tool.ts';
import { freePort } from '../support/ports.ts';
import { waitFor } from '../support/wait.ts';
import { natsOptions } from './nats-backend.ts';

/** Far more than any of them takes; without an end of its own it would take for ever. */
const END_MS = 60_000;

/** NATS is asked for a game that is in the file. */
async function* oneGame() {
  yield { bucket: 'sessions' as const, key: '7.ABC', headers: {}, deleted: false, value: Buffer.from('{}') };
}

describe('a NATS that stands still', () => {
  let folder: string;
  let server: NatsProcess;
  let address: string;
  const signal = (name: NodeJS.Signals) => process.kill(server.pid as number, name);
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'minotaur-still-'));
    server = await startNats({ binary: (await locateNatsServer()).path, storeDir: join(folder, 'nats') });
    address = `127.0.0.1:${server.port}`;
    await (await connectNats(natsOptions([address], 1))).close();
  });
  after(async () => {
    await server.kill();
    await rm(folder, { recursive: true, force: true });
  });

  it('ends every command that asks it, with words that name it', { timeout: 2 * END_MS }, async (t) => {
    const nobody = `http://127.0.0.1:${await freePort()}`;
    const environment = {
      MINOTAUR_URL: nobody,
      MINOTAUR_NAMESPACE: 'test',
      MINOTAUR_NATS_URL: `nats://someone:hidden-word@${address}`,
    };
    signal('SIGSTOP');
    t.after(() => signal('SIGCONT'));
    const file = join(folder, 'backup');
    await writeBackup(file, 'test', oneGame());
    const commands: readonly (readonly [string, number, ...string[]])[] = [
      ['fsck', 69],
      ['get', 69, 'ABC', '--stored'],
      ['export', 69, 'ABC', join(folder, 'game')],
      ['import', 69, file, 'ABC'],
      ['doctor', 1],
      ['bundle', 0, join(folder, 'bundle')],
    ];
    for (const [name, expected, ...given] of commands) {
      const tool = startTool(environment, name, ...given);
      t.after(() => tool.kill());
      await waitFor(`${name} ends`, () => tool.exit !== null, { timeoutMs: END_MS });
      assert.equal(tool.exit?.code, expected, tool.output);
      assert.ok(!tool.output.includes('hidden-word'), tool.output);
      if (name !== 'bundle') assert.match(tool.output, new RegExp(`NATS.*${address}: it does not answer`), name);
    }
  });

  it('ends every wait of who was inside already', { timeout: END_MS }, async () => {
    const settings = natsOptions([address], 1);
    const inspection = await openInspection(settings);
    try {
      assert.deepEqual(await inspection.keys('sessions'), []);
      signal('SIGSTOP');
      const named = { name: 'NoAnswer', message: new RegExp(`^NATS at ${address}: `) };
      await Promise.all([
        assert.rejects(inspection.missingPermissions(), named),
        assert.rejects(inspection.keys('sessions'), named),
        assert.rejects(inspection.entry('sessions', '7.ABC'), named),
        inspection.stream('sessions').then(({ is }) => assert.equal(is, 'noAnswer')),
      ]);
      const [look] = await lookAtServers(settings);
      assert.equal(look?.is, 'away');
    } finally {
      signal('SIGCONT');
      await inspection.close();
    }
  });
});
