/**
 * The members' objects belong together, and to the code: settings, ports, probes, times, selectors.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { readConfig } from '../../../src/config.ts';
import { alertGroups } from '../../support/alert-rules.ts';
import { k8sFolder } from '../../support/k8s/kustomize.ts';
import { announceStop, podNumbers, portOf, rolloutNumbers, slowestProxyMs } from '../../support/k8s/numbers.ts';
import { environmentOf, Overlay, type PodFacts } from '../../support/k8s/objects.ts';

const textOf = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const pod: PodFacts = {
  name: 'minotaur-7d4b9c6f5-x2x9k',
  namespace: 'games',
  ip: '10.1.2.3',
  secrets: {
    'minotaur/admin-tokens': 'an-admin-token',
    'minotaur/token-secrets': 'a-secret-of-more-than-thirty-two-bytes',
    'nats-passwords/member': 'a1b2',
  },
};

for (const name of ['dev', 'production'] as const) {
  const overlay = new Overlay(name);
  const container = overlay.container('minotaur');
  const template = overlay.pods('minotaur');
  const deployment = overlay.get('Deployment', 'minotaur');
  const environment = environmentOf(container, pod);
  const config = readConfig({ ...environment, MINOTAUR_NATS_CA: '' });

  describe(`${name}: members`, () => {
    test('every setting is one of src/config-schema.ts', () => {
      const known = new Set(
        [...textOf('src/config-schema.ts').matchAll(/^ {2}(MINOTAUR_\w+):/gm)].map(([, known]) => known),
      );
      const given = (container.env ?? []).map((one) => one.name).filter((one) => one.startsWith('MINOTAUR_'));
      assert.ok(given.length > 8);
      assert.deepEqual(
        given.filter((one) => !known.has(one)),
        [],
      );
    });

    test('nothing but the manifest sets settings', () => {
      assert.equal(
        template.spec.enableServiceLinks,
        false,
        'links of the service "minotaur" would be MINOTAUR_PORT=tcp://…',
      );
    });

    test('a member is its pod: id, address, ports', () => {
      assert.equal(config.member.id, pod.name);
      assert.equal(config.http.advertise, `${pod.ip}:${portOf(container, 'http')}`);
      assert.equal(config.http.port, portOf(container, 'http'));
      assert.equal(config.http.opsPort, portOf(container, 'ops'));
    });

    test('the image is run as it was made', () => {
      assert.deepEqual([container.command, container.args], [undefined, undefined]);
      const [, user, group] = /^USER (\d+):(\d+)$/m.exec(textOf('Dockerfile')) ?? [];
      const { runAsUser, runAsGroup } = template.spec.securityContext ?? {};
      assert.deepEqual([String(runAsUser), String(runAsGroup)], [user, group]);
      assert.match(textOf('Dockerfile'), /^ENTRYPOINT \["node", "src\/main.ts"\]$/m);
    });

    test('every NATS server is named, with the user and over TLS', () => {
      const { replicas = 0 } = overlay.get('StatefulSet', 'nats').spec;
      const port = portOf(overlay.container('nats'), 'client');
      const hosts = Array.from(
        { length: replicas },
        (_, index) => `nats-${index}.nats.${pod.namespace}.svc.cluster.local:${port}`,
      );
      const [first, ...others] = hosts;
      assert.deepEqual(config.nats.servers, [`tls://minotaur:a1b2@${first}`, ...others.map((host) => `tls://${host}`)]);
      assert.equal(config.nats.replicas, replicas);
    });

    test('the file of the authority is there, and no key of the servers', () => {
      const [mount] = container.volumeMounts ?? [];
      const volume = template.spec.volumes?.find((one) => one.name === mount?.name);
      assert.deepEqual(
        volume?.secret?.items?.map((item) => `${mount?.mountPath}/${item.path}`),
        [environment.MINOTAUR_NATS_CA],
      );
    });

    test('liveness never looks at NATS; readiness does; both ask the ops port', () => {
      const { startup, liveness, readiness } = podNumbers(template);
      const asked = [startup, liveness, readiness].map((probe) => `${probe?.port}${probe?.path}`);
      assert.deepEqual(asked, ['9000/livez', '9000/livez', '9000/readyz']);
      assert.equal(config.http.opsPort, 9_000);
    });

    test('the grace period covers preStop, the longest drain and the closing after it', () => {
      const closingMs = Number(/^const CLOSING_MS = ([\d_]+);/m.exec(textOf('src/main.ts'))?.[1]?.replaceAll('_', ''));
      const { preStopMs, graceMs } = podNumbers(template);
      const needed = preStopMs + config.member.drainTimeoutMs + closingMs;
      assert.ok(graceMs >= needed + 5_000, `${graceMs} ms are not 5 s more than ${needed} ms`);
    });

    test('preStop tells process 1 in the image, and outlasts the removal from every proxy', () => {
      assert.deepEqual(container.lifecycle?.preStop?.exec?.command?.slice(0, 3), ['node', announceStop, '1']);
      assert.match(textOf('.dockerignore'), new RegExp(`^!${announceStop}$`, 'm'));
      assert.match(textOf('Dockerfile'), /^COPY docker docker$/m);
      assert.ok(podNumbers(template).preStopMs >= 2 * slowestProxyMs);
    });

    test('a new member comes before an old one goes, and is known to every proxy by then', () => {
      const { maxUnavailable, maxSurge, minReadyMs } = rolloutNumbers(deployment);
      assert.deepEqual([maxUnavailable, maxSurge], [0, 1]);
      assert.ok(minReadyMs >= slowestProxyMs);
    });

    test('the image is a version', () => {
      const { version } = JSON.parse(textOf('package.json'));
      assert.equal(container.image, name === 'dev' ? 'minotaur:dev' : `minotaur:${version}`);
    });

    test('selectors select the members, and nothing else does', () => {
      const labels = template.metadata?.labels;
      assert.deepEqual(deployment.spec.selector.matchLabels, labels);
      assert.deepEqual(overlay.get('Service', 'minotaur').spec.selector, labels);
      assert.deepEqual(overlay.get('Service', 'minotaur-ops').spec.selector, labels);
      assert.deepEqual(overlay.get('PodDisruptionBudget', 'minotaur').spec.selector?.matchLabels, labels);
      assert.notDeepEqual(overlay.pods('nats').metadata?.labels, labels);
      for (const { labelSelector } of template.spec.topologySpreadConstraints ?? []) {
        assert.deepEqual(labelSelector?.matchLabels, labels);
      }
    });

    test('they spread over machines and zones', () => {
      const spread = template.spec.topologySpreadConstraints?.map((one) => [one.topologyKey, one.whenUnsatisfiable]);
      assert.deepEqual(spread, [
        ['kubernetes.io/hostname', 'DoNotSchedule'],
        ['topology.kubernetes.io/zone', 'ScheduleAnyway'],
      ]);
    });

    test('the ingress leads to the public port', () => {
      const paths = overlay.get('Ingress', 'minotaur').spec.rules?.flatMap(({ http }) => http?.paths ?? []);
      assert.equal(paths?.length, 1);
      const [{ path, backend } = {}] = paths as [(typeof paths)[number]?];
      assert.equal(path, '/');
      const service = overlay.get('Service', backend?.service?.name ?? '');
      const port = service.spec.ports?.find((one) => one.name === backend?.service?.port?.name);
      assert.equal(portOf(container, port?.targetPort), config.http.port);
    });

    test('a drain of machines takes one at a time', () => {
      assert.equal(overlay.get('PodDisruptionBudget', 'minotaur').spec.maxUnavailable, 1);
    });
  });
}

describe('production only', () => {
  const overlay = new Overlay('production');

  test('the autoscaler owns the number of members, and takes them away slowly', () => {
    const {
      scaleTargetRef,
      minReplicas = 0,
      maxReplicas,
      metrics,
      behavior,
    } = overlay.get('HorizontalPodAutoscaler', 'minotaur').spec;
    const { apiVersion, kind, metadata, spec } = overlay.get('Deployment', 'minotaur');
    assert.deepEqual(scaleTargetRef, { apiVersion, kind, name: metadata.name });
    assert.equal(spec.replicas, undefined);
    assert.ok(minReplicas >= 3 && maxReplicas > minReplicas);
    assert.deepEqual(
      metrics?.map(({ resource }) => resource?.name),
      ['cpu'],
    );
    assert.ok(overlay.container('minotaur').resources?.requests?.cpu, 'utilization is a part of what is requested');
    assert.ok((behavior?.scaleDown?.stabilizationWindowSeconds ?? 0) >= 600);
    assert.deepEqual(
      behavior?.scaleDown?.policies?.map(({ type, value, periodSeconds }) => [type, value, periodSeconds >= 120]),
      [['Pods', 1, true]],
    );
  });

  test('nothing is asked for that Kubernetes does not bring itself', () => {
    assert.deepEqual([...overlay.all('ServiceMonitor'), ...overlay.all('PrometheusRule')], []);
  });

  test('with the component, Prometheus finds the metrics of every member, and pages by the same alerts as elsewhere', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'minotaur-k8s-'));
    t.after(() => rmSync(folder, { recursive: true }));
    cpSync(k8sFolder, folder, { recursive: true });
    const file = join(folder, 'overlays/production/kustomization.yaml');
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace('# - ../../components/prometheus', '- ../../components/prometheus'),
    );
    const watched = new Overlay('production', folder);
    assert.deepEqual(watched.get('PrometheusRule', 'minotaur').spec, { groups: alertGroups() });
    const monitor = watched.get('ServiceMonitor', 'minotaur');
    const { selector, endpoints } = monitor.spec;
    assert.equal(monitor.metadata.namespace, overlay.get('Service', 'minotaur-ops').metadata.namespace);
    const service = overlay.get('Service', 'minotaur-ops');
    assert.deepEqual(selector.matchLabels, service.metadata.labels);
    assert.notDeepEqual(overlay.get('Service', 'minotaur').metadata.labels, service.metadata.labels, 'each once');
    const ports = service.spec.ports?.map(({ name, targetPort }) => [name, targetPort]);
    assert.deepEqual(ports, [[endpoints[0]?.port, 'ops']]);
    assert.equal(endpoints[0]?.path, '/metrics');
    assert.match(textOf('src/http/rest/metrics-route.ts'), /app\.get\('\/metrics'/);
    assert.deepEqual(Object.keys(monitor.spec).sort(), ['endpoints', 'selector']);
  });

  test('members know whom to believe about clients', () => {
    const { trustedProxies } = readConfig({
      ...environmentOf(overlay.container('minotaur'), pod),
      MINOTAUR_NATS_CA: '',
    }).http;
    assert.equal(trustedProxies.length, 1);
  });
});
