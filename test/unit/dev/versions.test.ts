/**
 * Which nats-server is run: the order of versions, and that none is taken that members would refuse.
 */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { compareVersions, locateNatsServer, locateNatsServers } from '../../../src/dev/nats-server.ts';
import { MINIMUM } from '../../../src/nats-floor.ts';

it('versions are ordered by their numbers, not their digits', () => {
  const ordered = ['2.9.25', '2.10.0', '2.10.9', '2.10.27', '2.15.1', '3.0.0'];
  assert.deepEqual(ordered.toReversed().sort(compareVersions), ordered);
  assert.equal(compareVersions('2.10.27', '2.10.27'), 0);
});

describe('a nats-server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'minotaur-servers-'));
  const { PATH, NATS_SERVER } = process.env;
  const program = (version: string): string => join(folder, version, 'nats-server');
  before(() => {
    for (const version of ['2.10.27', '2.99.0']) {
      mkdirSync(join(folder, version));
      writeFileSync(program(version), `#!/bin/sh\necho "nats-server: v${version}"\n`);
      chmodSync(program(version), 0o755);
    }
    process.env.PATH = [join(folder, '2.10.27'), join(folder, '2.99.0'), PATH].join(delimiter);
    delete process.env.NATS_SERVER;
  });
  after(() => {
    process.env.PATH = PATH;
    if (NATS_SERVER !== undefined) process.env.NATS_SERVER = NATS_SERVER;
    rmSync(folder, { recursive: true });
  });

  it('that is too old is passed over, and that is said', async () => {
    const said: string[] = [];
    const options = { progress: (line: string) => void said.push(line) };
    const taken = { path: program('2.99.0'), version: '2.99.0' };
    assert.deepEqual(await locateNatsServer(options), taken);
    assert.ok(said.includes(`not used: ${program('2.10.27')} is version 2.10.27; ${MINIMUM} or newer is needed`));
    const all = await locateNatsServers(options);
    assert.deepEqual(all.at(-1), taken);
    assert.ok(all.every(({ version }) => compareVersions(version, MINIMUM) >= 0));
  });

  it('that is named and too old is an error', async () => {
    process.env.NATS_SERVER = program('2.10.27');
    const named = { name: 'NatsServerMissing', message: /2\.10\.27.*2\.11\.4/ };
    await assert.rejects(locateNatsServer(), named);
    await assert.rejects(locateNatsServers(), named);
    delete process.env.NATS_SERVER;
  });
});
