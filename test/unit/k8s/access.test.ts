/**
 * Who reaches whom, and what the pods may do on their machines.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mayEnter, mayLeave, type Party } from '../../support/k8s/network.ts';
import { portOf } from '../../support/k8s/numbers.ts';
import { Overlay } from '../../support/k8s/objects.ts';
import { violations } from '../../support/k8s/pod-security.ts';

for (const name of ['dev', 'production'] as const) {
  const overlay = new Overlay(name);
  const policies = overlay.all('NetworkPolicy');
  const podOf = (pods: 'minotaur' | 'nats'): Party => ({
    labels: overlay.pods(pods).metadata?.labels ?? {},
    ports: Object.fromEntries((overlay.container(pods).ports ?? []).map((port) => [port.name, port.containerPort])),
  });
  const parties: Readonly<Record<string, Party>> = {
    member: podOf('minotaur'),
    nats: podOf('nats'),
    'another pod here': {
      labels: { 'app.kubernetes.io/name': 'shell' },
      ports: { http: 3_000, client: 4_222, cluster: 6_222 },
    },
    ingress: { labels: {}, namespaceLabels: { 'minotaur/access': 'ingress' } },
    Prometheus: { labels: {}, namespaceLabels: { 'minotaur/access': 'monitoring' } },
    'a pod elsewhere': { labels: {}, namespaceLabels: {} },
    'a pod elsewhere with the label of members': { ...podOf('minotaur'), namespaceLabels: {} },
  };
  const numberOf = (target: string, port: string) =>
    portOf(overlay.container(target === 'nats' ? 'nats' : 'minotaur'), port);
  const party = (who: string) => parties[who] as Party;
  const whoEnters = (to: 'member' | 'nats', port: string) =>
    Object.keys(parties).filter((from) => mayEnter(policies, party(from), party(to), numberOf(to, port)));
  const whereTo = (from: string) =>
    ['member http', 'member ops', 'nats client', 'nats cluster', 'nats monitor'].filter((target) => {
      const [to = '', port = ''] = target.split(' ');
      return mayLeave(policies, party(from), party(to), numberOf(to, port));
    });

  describe(`${name}: network`, () => {
    test('members are reached by the ingress and by each other; operators’ port by Prometheus', () => {
      assert.deepEqual(whoEnters('member', 'http'), ['member', 'ingress']);
      assert.deepEqual(whoEnters('member', 'ops'), ['Prometheus']);
    });

    test('NATS is reached by members, and by each other', () => {
      assert.deepEqual(whoEnters('nats', 'client'), ['member']);
      assert.deepEqual(whoEnters('nats', 'cluster'), ['nats']);
      assert.deepEqual(whoEnters('nats', 'monitor'), []);
    });

    test('each reaches what it needs, and nothing elsewhere but name servers', () => {
      assert.deepEqual(whereTo('member'), ['member http', 'nats client']);
      assert.deepEqual(whereTo('nats'), ['nats cluster']);
      assert.deepEqual(whereTo('another pod here'), []);
      for (const from of ['member', 'nats', 'another pod here']) {
        const elsewhere = party('a pod elsewhere');
        assert.equal(mayLeave(policies, party(from), elsewhere, 443), false, from);
        for (const port of [3_000, 4_222, 6_222]) {
          assert.equal(mayLeave(policies, party(from), party('another pod here'), port), false, `${from} ${port}`);
        }
        assert.equal(mayLeave(policies, party(from), elsewhere, 53, 'UDP'), true, from);
        assert.equal(mayLeave(policies, party(from), elsewhere, 53, 'TCP'), true, from);
      }
    });
  });

  describe(`${name}: pods`, () => {
    test('the namespace enforces "restricted"', () => {
      const [namespace, ...others] = overlay.all('Namespace');
      assert.equal(others.length, 0);
      assert.equal(namespace?.metadata.labels?.['pod-security.kubernetes.io/enforce'], 'restricted');
      for (const { kind, metadata } of overlay.objects) {
        if (kind !== 'Namespace') assert.equal(metadata.namespace, namespace?.metadata.name, metadata.name);
      }
    });

    for (const pods of ['minotaur', 'nats'] as const) {
      test(`${pods} pods are "restricted", cannot write to their image, and have no token of Kubernetes`, () => {
        const template = overlay.pods(pods);
        assert.deepEqual(violations(template), []);
        assert.equal(overlay.container(pods).securityContext?.readOnlyRootFilesystem, true);
        assert.equal(template.spec.automountServiceAccountToken, false);
        const account = overlay.objects.find(
          ({ kind, metadata }) => kind === 'ServiceAccount' && metadata.name === pods,
        );
        assert.equal(template.spec.serviceAccountName, account?.metadata.name);
      });

      test(`${pods} pods cannot take a machine’s memory`, () => {
        const { limits, requests } = overlay.container(pods).resources ?? {};
        assert.ok(limits?.memory && requests?.memory && requests.cpu);
        assert.equal(limits.cpu, undefined, 'throttled processes miss heartbeats');
      });
    }
  });
}

test('what "restricted" forbids is found', () => {
  const { spec } = new Overlay('production').pods('minotaur');
  const [container] = spec.containers;
  const template = {
    spec: {
      ...spec,
      hostNetwork: true,
      securityContext: { runAsNonRoot: true },
      volumes: [{ name: 'host', hostPath: { path: '/' } }],
      containers: [
        {
          name: container?.name ?? '',
          securityContext: { runAsUser: 0, capabilities: { add: ['NET_ADMIN'] } },
          ports: [{ containerPort: 3_000, hostPort: 80 }],
        },
      ],
    },
  };
  assert.deepEqual(violations(template), [
    'a namespace of the host',
    'volume host',
    'minotaur: allowPrivilegeEscalation',
    'minotaur: runAsUser',
    'minotaur: seccompProfile',
    'minotaur: capabilities.drop',
    'minotaur: capabilities.add',
    'minotaur: hostPort',
  ]);
});
