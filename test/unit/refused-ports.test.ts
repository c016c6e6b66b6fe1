/** Ports that clients refuse: the list is that of Node.js' own fetch, and nobody of ours chooses one of it or is told to without a word. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { freePortsInRow, portsFrom } from '../../src/dev/ports-free.ts';
import { parseStartOptions } from '../../src/dev/start-options.ts';
import { logEvents } from '../../src/log-events.ts';
import { refusedPorts } from '../../src/refused-ports.ts';

/** Whether a `fetch` refuses to ask; nobody has to be there. */
async function isRefused(port: number): Promise<boolean> {
  const error: unknown = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(2_000) }).then(
    () => null,
    (reason: unknown) => reason,
  );
  return error instanceof TypeError && error.cause instanceof Error && error.cause.message === 'bad port';
}

test('what is listed is what fetch refuses, and nothing beside it is', async () => {
  const listed = refusedPorts(portsFrom(1, 65_535));
  assert.ok([4_045, 6_000, 6_665, 6_669, 10_080].every((port) => listed.includes(port)));
  const around = new Set(listed.flatMap((port) => [port - 1, port, port + 1]).filter((port) => port > 0));
  const refused: number[] = [];
  for (const port of around) if (await isRefused(port)) refused.push(port);
  assert.deepEqual(refused, listed);
});

test('ports in a row are chosen beside those that are refused, and beside those that are taken', async (t) => {
  assert.ok((await freePortsInRow(4, 4_043, 4_145)) > 4_045);
  const chosen = await freePortsInRow(2, 6_664, 6_760);
  assert.ok(chosen >= 6_670, String(chosen));
  const server = createServer().listen(chosen + 1, '127.0.0.1');
  t.after(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  assert.ok((await freePortsInRow(2, 6_664, 6_760)) > chosen + 1);
  await assert.rejects(freePortsInRow(3, 6_665, 6_670), /no 3 free ports in a row from 6665 to 6670/);
});

test('npm start takes no port that browsers refuse, nor one that leads a later member there, and names another', () => {
  assert.throws(() => parseStartOptions(['--port', '4045']), /refuse to speak to port 4045.*--port 4046/s);
  assert.throws(
    () => parseStartOptions(['--port', '4036']),
    /members take 4036 to 4045.*refuse to speak to port 4045/s,
  );
  assert.throws(() => parseStartOptions(['--port', '6660']), /refuse to speak to port 6669.*--port 6680/s);
  for (const port of ['3000', '4046', '6680']) assert.equal(parseStartOptions(['--port', port])?.port, Number(port));
});

test('a member on such a port serves, and says in its log that browsers will not see it', async (t) => {
  const { message } = logEvents.port_refused;
  const [port, ops] = [6_667, 6_669];
  const member = spawn(process.execPath, [join(import.meta.dirname, '../../src/main.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      MINOTAUR_HOST: '127.0.0.1',
      MINOTAUR_PORT: String(port),
      MINOTAUR_OPS_PORT: String(ops),
      // Nobody is there: it waits for NATS.
      MINOTAUR_NATS_URL: 'nats://127.0.0.1:1',
      MINOTAUR_ADMIN_TOKEN: 'a'.repeat(32),
      MINOTAUR_TOKEN_SECRETS: 's'.repeat(32),
    },
  });
  t.after(() => member.kill('SIGKILL'));
  const told: unknown[] = [];
  for await (const line of createInterface({ input: member.stdout })) {
    const said = JSON.parse(line) as { readonly event: string; readonly msg: string; readonly port?: number };
    if (said.event === 'nats_waiting') break;
    if (said.event === 'port_refused') told.push([said.msg, said.port]);
  }
  assert.deepEqual(told, [
    [message, port],
    [message, ops],
  ]);
});
