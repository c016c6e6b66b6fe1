/**
 * The NATS of k8s/, for real: three servers with the ConfigMap's configuration (TLS, users, permissions, sync), members with the Deployment's
 * environment, and a rolling update of the servers (lame duck, SIGTERM, start, caught up, ready) while clients play. Nobody may notice.
 *
 * Scaled: the pause before a leaving server sends its clients away is 1 s instead of 10 s, and so is the one after it is ready.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { connect } from 'nats';
import { locateNatsServer } from '../../src/dev/nats-server.ts';
import { adminToken, tokenSecrets } from '../support/client.ts';
import { ImpatientLoad, socketProblems } from '../support/impatient-load.ts';
import { NatsPods } from '../support/k8s/nats-pods.ts';
import { environmentOf, Overlay } from '../support/k8s/objects.ts';
import { makeSecrets, valuesOf } from '../support/k8s/secrets.ts';
import { MemberProcess } from '../support/member-process.ts';
import { freePort } from '../support/ports.ts';

const overlay = new Overlay('production');
const secrets: Readonly<Record<string, string>> = {
  ...valuesOf(makeSecrets('test')),
  'minotaur/admin-tokens': adminToken,
  'minotaur/token-secrets': tokenSecrets,
  // nats-server would read it as a number, where it is not quoted.
  'nats-passwords/member': '12e4',
};

/** Node.js has `passed` since 22; its types lack it. */
const failed = (t: TestContext) => !(t as TestContext & { readonly passed: boolean }).passed;

async function startServers(t: TestContext, folder: string): Promise<NatsPods> {
  const binary = (await locateNatsServer()).path;
  const servers = new NatsPods({ overlay, binary, folder, secrets, lameDuckGrace: '1s', minReadyMs: 1_000 });
  t.after(async () => {
    if (failed(t)) for (const { id, outputs } of servers.processes) t.diagnostic(`${id}:\n${outputs.join('\n')}`);
    await servers.dispose();
  });
  await servers.start();
  return servers;
}

/** A member with the environment of the Deployment; only addresses and the file's place are this machine's. */
async function startMember(
  t: TestContext,
  id: string,
  servers: NatsPods,
  authorityFile: string,
): Promise<MemberProcess> {
  const [port, opsPort] = [await freePort(), await freePort()];
  const given = environmentOf(overlay.container('minotaur'), { name: id, namespace: 'test', ip: '127.0.0.1', secrets });
  const environment = {
    ...given,
    MINOTAUR_HOST: '127.0.0.1',
    MINOTAUR_PORT: String(port),
    MINOTAUR_OPS_PORT: String(opsPort),
    MINOTAUR_ADVERTISE: `127.0.0.1:${port}`,
    MINOTAUR_NATS_CA: authorityFile,
    MINOTAUR_NATS_URL: (given.MINOTAUR_NATS_URL ?? '').replace(
      /nats-(\d)\.nats\.test\.svc\.cluster\.local:4222/g,
      (_, index) => servers.addresses[Number(index)] ?? '',
    ),
  };
  const member = new MemberProcess({ id, port, proxies: [], environment });
  t.after(async () => {
    if (failed(t)) t.diagnostic(`${id}:\n${member.output}`);
    await member.dispose();
  });
  member.start();
  await member.ready(60_000);
  return member;
}

test('the NATS servers of k8s/ are replaced one after another, and no request fails', {
  timeout: 280_000,
}, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'minotaur-k8s-nats-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const authorityFile = join(folder, 'ca.crt');
  await writeFile(authorityFile, secrets['nats-tls/ca.crt'] ?? '');
  const servers = await startServers(t, folder);
  const tls = { caFile: authorityFile };
  const refused = connect({ servers: [...servers.addresses], tls, reconnect: false });
  await assert.rejects(refused, /Authorization Violation/, 'whoever has no password stays out');

  const members = await Promise.all(['a', 'b'].map((id) => startMember(t, id, servers, authorityFile)));
  const picks = members.map(
    ({ url }) =>
      () =>
        url,
  );
  const load = await ImpatientLoad.start({ games: 8, httpClients: 4, picks, thinkMs: 60 });
  t.after(() => load.close());
  const begun = performance.now();
  await servers.update();
  const tookMs = Math.round(performance.now() - begun);
  t.diagnostic(`replaced three NATS servers in ${tookMs} ms, ${servers.replacedAgain} of them twice`);
  await load.stop();
  const { answered, failures, slowestMs, sockets } = load;
  t.diagnostic(`${answered} requests, ${failures.length} failed, the slowest took ${slowestMs.toFixed()} ms`);
  assert.deepEqual(failures, []);
  assert.deepEqual(servers.problems, []);
  assert.ok(answered > 300, `the load was too small to say anything: ${answered}`);
  assert.deepEqual(socketProblems(sockets), []);
  // JetStream first: a server that was only terminated goes without handing its leaderships over.
  const handedOver = /lame duck mode[\s\S]*JetStream Shutdown[\s\S]*Initiating Shutdown[\s\S]*Server Exiting/;
  for (const { id, outputs } of servers.processes) assert.match(outputs[0] ?? '', handedOver, id);
});
