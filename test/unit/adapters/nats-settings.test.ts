/**
 * From the operator's settings to the NATS client's options.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { type Authenticator, nkeys } from 'nats';
import { clientOptions } from '../../../src/adapters/nats/settings.ts';

const plain = { credentialsFile: null, tls: null, clientName: 'm1' };
const folder = mkdtempSync(join(tmpdir(), 'minotaur-settings-'));
after(() => rmSync(folder, { recursive: true }));

describe('the NATS settings', () => {
  it('leave reconnecting to us, and notice a silent server within seconds', () => {
    const { reconnect, pingInterval, maxPingOut } = clientOptions({ ...plain, servers: ['h'] });
    assert.equal(reconnect, false);
    assert.ok(Number(pingInterval) * (Number(maxPingOut) + 1) <= 3_000);
  });

  it('take addresses in every usual form', () => {
    const servers = ['nats-1', 'nats-2:4223', 'nats://10.0.0.1:4222', '[::1]:4222'];
    const options = clientOptions({ ...plain, servers });
    assert.deepEqual(options.servers, ['nats-1', 'nats-2:4223', '10.0.0.1:4222', '[::1]:4222']);
    assert.equal(options.tls, undefined);
    assert.ok(clientOptions({ ...plain, servers: ['tls://nats:4222'] }).tls);
  });

  it('refuse what is no address, and do not repeat it: it may hold a password', () => {
    for (const server of ['http://nats:4222', 'nats://', 'nats://u:secret@h:port']) {
      assert.throws(
        () => clientOptions({ ...plain, servers: [server] }),
        (error) => error instanceof TypeError && !error.message.includes('secret'),
      );
    }
  });

  it('take a user and password, or a token, from an address', () => {
    const { user, pass, servers } = clientOptions({ ...plain, servers: ['nats://joe:p%40ss@h:1', 'h:2'] });
    assert.deepEqual([user, pass, servers], ['joe', 'p@ss', ['h:1', 'h:2']]);
    assert.equal(clientOptions({ ...plain, servers: ['nats://t0ken@h:1'] }).token, 't0ken');
  });

  it('fail at once for a file that cannot be read', () => {
    const servers = ['h'];
    const missing = join(folder, 'missing');
    assert.throws(() => clientOptions({ ...plain, servers, credentialsFile: missing }), { code: 'ENOENT' });
    assert.throws(() => clientOptions({ ...plain, servers, tls: { caFile: missing } }), { code: 'ENOENT' });
  });

  it('read the credentials again at each connect, and make do with the last ones while the file is of no use', () => {
    const path = join(folder, 'member.creds');
    const write = (jwt: string): void => {
      const seed = new TextDecoder().decode(nkeys.createUser().getSeed());
      const block = (name: string, text: string): string =>
        `-----BEGIN ${name}-----\n${text}\n------END ${name}------\n`;
      writeFileSync(path, `${block('NATS USER JWT', jwt)}\n${block('USER NKEY SEED', seed)}`);
    };
    write('first');
    const authenticate = clientOptions({ ...plain, servers: ['h'], credentialsFile: path })
      .authenticator as Authenticator;
    const jwt = (): unknown => (authenticate('nonce') as { jwt?: string }).jwt;
    assert.equal(jwt(), 'first');
    write('second');
    assert.equal(jwt(), 'second');
    for (const spoil of [() => writeFileSync(path, 'half a file'), () => rmSync(path)]) {
      spoil();
      assert.equal(jwt(), 'second');
    }
  });
});
