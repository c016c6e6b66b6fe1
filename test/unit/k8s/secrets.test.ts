/**
 * k8s/secrets.sh makes every secret that the pods ask for, fit for what they do with it.
 */
import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { environmentOf, Overlay } from '../../support/k8s/objects.ts';
import { problemsOf } from '../../support/k8s/schema.ts';
import { makeSecrets, valuesOf } from '../../support/k8s/secrets.ts';

const made = makeSecrets('games');
const secrets = valuesOf(made);
const tls = (key: string) => secrets[`nats-tls/${key}`] ?? '';

test('they are secrets of that namespace', async () => {
  for (const secret of made) {
    assert.deepEqual(await problemsOf(secret), []);
    assert.equal(secret.metadata.namespace, 'games');
  }
});

test('no pod waits for one that is not there', () => {
  const pod = { name: 'p', namespace: 'games', ip: '10.0.0.1', secrets };
  for (const overlay of [new Overlay('dev'), new Overlay('production')]) {
    for (const pods of ['minotaur', 'nats'] as const) {
      environmentOf(overlay.container(pods), pod);
      for (const { secret } of overlay.pods(pods).spec?.volumes ?? []) {
        if (secret === undefined) continue;
        const keys = secret.items?.map(({ key }) => key) ?? ['ca.crt', 'tls.crt', 'tls.key'];
        for (const key of keys) assert.ok(secrets[`${secret.secretName}/${key}`], `${secret.secretName}/${key}`);
      }
    }
  }
});

test('they are long, different, and fit into an address', () => {
  const values = Object.entries(secrets).filter(([name]) => !name.startsWith('nats-tls/'));
  assert.equal(values.length, 4);
  for (const [name, value] of values) assert.match(value, /^[0-9a-f]{64}$/, name);
  assert.equal(new Set(values.map(([, value]) => value)).size, values.length);
});

test('the certificate is for the names that members and servers call, signed by the authority, with its key', () => {
  const certificate = new X509Certificate(tls('tls.crt'));
  const authority = new X509Certificate(tls('ca.crt'));
  const pod = { name: 'p', namespace: 'games', ip: '10.0.0.1', secrets };
  const urls = environmentOf(new Overlay('production').container('minotaur'), pod).MINOTAUR_NATS_URL ?? '';
  const routes = new Overlay('production').get('ConfigMap', 'nats').data?.['cluster.conf'] ?? '';
  const called = [...urls.split(','), ...routes.matchAll(/tls:\/\/\S+/g)].map((url) => new URL(String(url)).hostname);
  assert.equal(called.length, 6);
  for (const host of [...called, 'localhost']) assert.ok(certificate.checkHost(host), host);
  assert.equal(certificate.checkHost('nats-0.nats.another.svc.cluster.local'), undefined);
  assert.ok(certificate.verify(authority.publicKey) && authority.ca && !certificate.ca);
  assert.ok(certificate.checkPrivateKey(createPrivateKey(tls('tls.key'))));
  assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'], 'server and client');
  assert.ok(certificate.validToDate.getTime() > Date.now() + 365 * 86_400_000);
});
