/**
 * Whole members and what keeps them from NATS: credentials and certificates that NATS refuses are said and got over, files that cannot be
 * used end the start with every name, and no password is ever shown.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Authority } from '../support/certificates.ts';
import { TestCluster } from '../support/cluster.ts';
import { RecordedGame } from '../support/recorded-game.ts';
import { waitFor } from '../support/wait.ts';

const timeout = 120_000;
// What is in an address is percent-encoded.
const [password, encoded] = ['pass/w@rd', 'pass%2Fw%40rd'];
const config = (word: string) => `authorization { users = [
  { user: "member", password: ${JSON.stringify(word)} }
  { user: "tools", password: "tools" }
] }
no_auth_user: tools\n`;

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'minotaur-files-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('a member that NATS refuses lives, says why, and plays when it is let in; no password is shown', {
  timeout,
}, async (t) => {
  const environment = { MINOTAUR_LOG_LEVEL: 'trace' };
  const options = { natsConfig: config('another'), natsLogin: `member:${encoded}@`, environment };
  const cluster = await TestCluster.start(t, options);
  const [nats] = cluster.nats.servers;
  const member = await cluster.prepareMember('refused');
  member.start();
  await member.live();
  await waitFor('it says why', () => /refuses the credentials: look at .*MINOTAUR_NATS_URL/.test(member.output));
  const waiting = await member.send('GET', '/readyz');
  assert.deepEqual([waiting.status, (waiting.json as { reasons: string[] }).reasons], [503, ['waiting for NATS']]);

  nats?.configure(config(password));
  await member.ready();
  const game = await RecordedGame.start(cluster.anyone, 'G');
  const incarnation = async () => (await member.report()).members.map((one) => one.incarnation);
  const before = await incarnation();
  nats?.configure(config('another'));
  await waitFor('readiness is taken back', async () => (await member.send('GET', '/readyz')).status === 503, {
    timeoutMs: 45_000,
  });
  assert.equal((await member.send('GET', '/livez')).status, 200);
  nats?.configure(config(password));
  await member.ready();
  await game.register(cluster.anyone, 'p0');
  assert.deepEqual(await game.verdict(cluster.anyone), []);
  assert.deepEqual(await incarnation(), before, 'nobody was expelled for it');
  assert.doesNotMatch(member.output, /pass(\/|%2F)w(@|%40)rd/i);
});

test('certificates that are replaced while a member runs are taken, without a restart', { timeout }, async (t) => {
  const folder = folderOf(t);
  const path = (name: string) => join(folder, name);
  const layFiles = (authority: Authority) => {
    authority.writeTo(path('ca.crt'));
    authority.issue(folder, 'server', { names: ['127.0.0.1'] });
    authority.issue(folder, 'member');
  };
  layFiles(new Authority('before'));
  // From after the start on: the tests' own tools have no certificate.
  const [cert, key, ca] = ['server.crt', 'server.key', 'ca.crt'].map((name) => JSON.stringify(path(name)));
  const tls = `tls { cert_file: ${cert}, key_file: ${key}, ca_file: ${ca}, verify: true }\n`;
  const environment = {
    MINOTAUR_NATS_CA: path('ca.crt'),
    MINOTAUR_NATS_CERT: path('member.crt'),
    MINOTAUR_NATS_KEY: path('member.key'),
  };
  const cluster = await TestCluster.start(t, { environment });
  const [nats] = cluster.nats.servers;
  nats?.configure(tls);
  const member = await cluster.addMember('a');
  const game = await RecordedGame.start(cluster.anyone, 'G');
  layFiles(new Authority('after'));
  await nats?.restart();
  await game.register(cluster.anyone, 'p0');
  await member.ready();
  assert.deepEqual(await game.verdict(cluster.anyone), []);
});

test('every NATS setting that cannot be used is named at once, exit 78', { timeout }, async (t) => {
  const folder = folderOf(t);
  const path = (name: string) => join(folder, name);
  writeFileSync(path('empty'), '');
  const cluster = await TestCluster.start(t, { startNats: false });
  const wrong = {
    MINOTAUR_NATS_URL: 'nats://joe:12/s3cret@nats:4222',
    MINOTAUR_NATS_CREDS: path('empty'),
    MINOTAUR_NATS_CA: path('missing'),
    MINOTAUR_NATS_KEY: folder,
    MINOTAUR_SLOTS: '0',
  };
  const member = await cluster.prepareMember('wrong', wrong);
  member.start();
  assert.deepEqual(await waitFor('it exits', () => member.child.exit), { code: 78, signal: null });
  const named = [...member.output.matchAll(/^ {2}(MINOTAUR_\w+): /gm)].map(([, name]) => name);
  assert.deepEqual(named.sort(), [...Object.keys(wrong), 'MINOTAUR_NATS_CERT'].sort(), member.output);
  assert.doesNotMatch(member.output, /s3cret/);
});
