/**
 * The NATS servers' objects belong together: configuration, ports, files, volumes, durations, permissions, upgrades one at a time.
 * That a real nats-server takes the configuration is for test/cluster/kubernetes-nats.test.ts.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { memberPermissions, permissionsBlock } from '../../../src/adapters/nats/permissions.ts';
import { judgeVersion } from '../../../src/adapters/nats/version.ts';
import { podNumbers, portOf } from '../../support/k8s/numbers.ts';
import { environmentOf, Overlay } from '../../support/k8s/objects.ts';

const secrets = {
  'minotaur/admin-tokens': 'an-admin-token',
  'minotaur/token-secrets': 'a-secret-of-more-than-thirty-two-bytes',
  'nats-passwords/member': '12e4',
  'nats-passwords/operator': 'b2',
};
const pod = { name: 'nats-1', namespace: 'games', ip: '10.1.2.4', secrets };
/** `30s` → 30,000. */
const milliseconds = (text: string | undefined) => Number(/^(\d+)s$/.exec(text ?? '')?.[1]) * 1_000;
const unindented = (text: string) => text.replace(/^ +/gm, '').replace(/\n+/g, '\n');

for (const name of ['dev', 'production'] as const) {
  const overlay = new Overlay(name);
  const set = overlay.get('StatefulSet', 'nats');
  const container = overlay.container('nats');
  const template = overlay.pods('nats');
  const { 'nats.conf': conf = '', 'cluster.conf': cluster = '' } = overlay.get('ConfigMap', 'nats').data ?? {};
  const given = (key: string, text = conf) => new RegExp(`^ *${key}: (.+)$`, 'm').exec(text)?.[1];

  describe(`${name}: NATS`, () => {
    test('ports are those that it listens on', () => {
      assert.equal(portOf(container, 'client'), Number(given('port')));
      assert.equal(portOf(container, 'monitor'), Number(given('http_port')));
      const ports = overlay.get('Service', 'nats').spec.ports ?? [];
      for (const { port, targetPort } of ports) assert.equal(portOf(container, targetPort), port);
    });

    test('every file that it reads or writes is on a volume', () => {
      const mounts = (container.volumeMounts ?? []).map((mount) => ({ ...mount, folder: `${mount.mountPath}/` }));
      const files = [...`${conf}${cluster}`.matchAll(/(?:_file|store_dir): (\/\S+)/g)].map(([, file = '']) => file);
      assert.ok(files.includes('/data') && files.length >= 4);
      for (const file of [...files, container.command?.at(-1) ?? '']) {
        assert.ok(
          mounts.some(({ folder, mountPath }) => file === mountPath || file.startsWith(folder)),
          file,
        );
      }
      const sources = [
        ...(template.spec.volumes ?? []),
        ...(set.spec.volumeClaimTemplates ?? []).map((one) => one.metadata),
      ];
      assert.deepEqual(mounts.map((mount) => mount.name).sort(), sources.map((one) => one?.name).sort());
      assert.equal(
        mounts.find(({ mountPath }) => mountPath === '/data')?.name,
        set.spec.volumeClaimTemplates?.[0]?.metadata?.name,
      );
    });

    test('its variables are set, as texts', () => {
      const environment = environmentOf(container, pod);
      const used = [...conf.matchAll(/: \$([A-Z_]+)/g)].map(([, variable = '']) => variable);
      assert.deepEqual(used.sort(), ['MEMBER_PASSWORD', 'OPERATOR_PASSWORD', 'POD_NAME']);
      for (const variable of used) assert.ok(environment[variable], variable);
      assert.equal(environment.MEMBER_PASSWORD, '"12e4"', 'without quotes, a number');
      assert.equal(template.spec.enableServiceLinks, false);
    });

    test('members may do what they need and nothing else', () => {
      const user = /user: minotaur\n\s*password: \$MEMBER_PASSWORD\n(.*?\n *}\n)/s.exec(conf)?.[1] ?? '';
      assert.equal(unindented(user), unindented(permissionsBlock(memberPermissions('minotaur', true))));
      assert.match(
        environmentOf(overlay.container('minotaur'), pod).MINOTAUR_NATS_URL ?? '',
        /^tls:\/\/minotaur:12e4@/,
      );
      assert.doesNotMatch(conf, /no_auth_user/);
      assert.match(conf, /^tls {/m);
    });

    test('the disk has room for what it may store, and a write is on it before it is acknowledged', () => {
      const [claim] = set.spec.volumeClaimTemplates ?? [];
      const gib = Number(/^(\d+)Gi$/.exec(String(claim?.spec?.resources?.requests?.storage))?.[1]);
      const gb = Number(/^(\d+)GB$/.exec(given('max_file_store') ?? '')?.[1]);
      assert.ok(gb * 1e9 < gib * 2 ** 30);
      assert.equal(given('sync_interval'), 'always');
    });

    test('a server leaves in lame duck mode, and has the time for it', () => {
      const [shell, , script = ''] = container.lifecycle?.preStop?.exec?.command ?? [];
      assert.equal(shell, 'sh');
      assert.equal(script, `nats-server --signal ldm=${given('pid_file')} && sleep 2`);
      assert.match(container.image ?? '', /-alpine$/, 'an image with a shell');
      assert.equal(
        judgeVersion(container.image?.split(':')[1] ?? ''),
        null,
        'a version that members say nothing about',
      );
      assert.ok(milliseconds(given('lame_duck_grace_period')) < milliseconds(given('lame_duck_duration')));
      assert.ok(podNumbers(template).graceMs >= milliseconds(given('lame_duck_duration')) + 20_000);
    });

    test('the next one waits until the last one has caught up, and no stream takes all of them out', () => {
      const { startup, liveness, readiness } = podNumbers(template);
      assert.deepEqual(
        [startup, readiness, liveness].map((probe) => `${probe?.port}${probe?.path}`),
        ['8222/healthz', '8222/healthz?js-server-only=true', '8222/healthz?js-enabled-only=true'],
      );
      assert.ok((startup?.periodMs ?? 0) * (startup?.failureThreshold ?? 0) >= 600_000);
      assert.equal(set.spec.updateStrategy?.type, 'RollingUpdate');
      assert.equal(set.spec.updateStrategy?.rollingUpdate, undefined, 'one at a time, all of them');
      assert.ok((set.spec.minReadySeconds ?? 0) >= 10);
    });

    test('servers are found before they are ready: none gets ready alone', () => {
      assert.equal(set.spec.podManagementPolicy, 'Parallel');
      const service = overlay.get('Service', set.spec.serviceName ?? '');
      assert.deepEqual([service.spec.clusterIP, service.spec.publishNotReadyAddresses], ['None', true]);
      assert.deepEqual(service.spec.selector, template.metadata?.labels);
      assert.deepEqual(set.spec.selector.matchLabels, template.metadata?.labels);
    });

    test('no two on one machine, no two taken away at once', () => {
      const [term] = template.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
      assert.deepEqual(
        [term?.topologyKey, term?.labelSelector?.matchLabels],
        ['kubernetes.io/hostname', template.metadata?.labels],
      );
      const { maxUnavailable, selector } = overlay.get('PodDisruptionBudget', 'nats').spec;
      assert.deepEqual([maxUnavailable, selector?.matchLabels], [1, template.metadata?.labels]);
    });

    test('the volumes outlive the servers', () => {
      assert.deepEqual(set.spec.persistentVolumeClaimRetentionPolicy, { whenDeleted: 'Retain', whenScaled: 'Retain' });
    });
  });
}

test('production: three servers that know each other, by certificates', () => {
  const overlay = new Overlay('production');
  const { 'nats.conf': conf = '', 'cluster.conf': cluster = '' } = overlay.get('ConfigMap', 'nats').data ?? {};
  const routes = [...cluster.matchAll(/tls:\/\/(\S+):(\d+)/g)].map(([, host, port]) => `${host}:${port}`);
  assert.equal(overlay.get('StatefulSet', 'nats').spec.replicas, 3);
  const port = portOf(overlay.container('nats'), 'cluster');
  assert.deepEqual(routes, [`nats-0.nats:${port}`, `nats-1.nats:${port}`, `nats-2.nats:${port}`]);
  assert.match(cluster, new RegExp(`^ *port: ${port}$`, 'm'));
  assert.match(cluster, /^ *verify: true$/m);
  assert.match(conf, /^include cluster.conf$/m);
});

test('dev: one server, in no cluster', () => {
  const overlay = new Overlay('dev');
  assert.equal(overlay.get('StatefulSet', 'nats').spec.replicas, 1);
  assert.doesNotMatch(overlay.get('ConfigMap', 'nats').data?.['cluster.conf'] ?? 'cluster {', /{/);
});
