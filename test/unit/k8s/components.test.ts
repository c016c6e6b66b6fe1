/**
 * The base and every combination of components, as somebody takes them who has an overlay of their own: each is valid, fits together, and asks
 * for nothing that its components do not say that they need.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { dashboardText } from '../../../src/dev/dashboard.ts';
import { k8sFolder, type Manifest } from '../../support/k8s/kustomize.ts';
import { environmentOf, Overlay } from '../../support/k8s/objects.ts';
import { problemsOf } from '../../support/k8s/schema.ts';

const folder = mkdtempSync(join(tmpdir(), 'minotaur-components-'));
cpSync(k8sFolder, folder, { recursive: true });
after(() => rmSync(folder, { recursive: true }));

const components = readdirSync(join(k8sFolder, 'components')).sort();
/** What only a component brings: the kinds of its objects. */
const bringing: Readonly<Record<string, readonly string[]>> = {
  autoscaler: ['HorizontalPodAutoscaler'],
  dashboards: [],
  'network-policies': ['NetworkPolicy'],
  'one-nats-server': [],
  prometheus: ['PrometheusRule', 'ServiceMonitor'],
};
/** Kubernetes itself does not know them. */
const ofOperators = new Set(['PrometheusRule', 'ServiceMonitor']);

const combinations = Array.from({ length: 2 ** components.length }, (_, bits) =>
  components.filter((_, index) => bits & (1 << index)),
);

function overlayOf(chosen: readonly string[]): Overlay {
  const directory = join(folder, 'overlays', 'chosen');
  mkdirSync(directory, { recursive: true });
  const list = chosen.map((name) => `  - ../../components/${name}\n`).join('');
  const text = `namespace: games\nresources: [../../base]\n${list === '' ? '' : `components:\n${list}`}images: [{ name: minotaur, newTag: '1' }]\n`;
  writeFileSync(join(directory, 'kustomization.yaml'), text);
  return new Overlay('chosen', folder);
}

/** The same object is in many combinations. */
const judged = new Map<string, Promise<readonly string[]>>();
function problems(object: Manifest): Promise<readonly string[]> {
  const text = JSON.stringify(object);
  const known = judged.get(text) ?? problemsOf(object);
  judged.set(text, known);
  return known;
}

const pod = {
  name: 'minotaur-1',
  namespace: 'games',
  ip: '10.0.0.1',
  secrets: { 'nats-passwords/member': 'p', 'minotaur/admin-tokens': 't', 'minotaur/token-secrets': 's' },
};

test('each component is known here', () => {
  assert.deepEqual(components, Object.keys(bringing).sort());
});

for (const chosen of combinations) {
  test(`base${chosen.map((name) => ` + ${name}`).join('')}`, async () => {
    const overlay = overlayOf(chosen);
    const { objects } = overlay;
    const names = objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    assert.equal(new Set(names).size, names.length, 'nothing is there twice');
    for (const object of objects) {
      if (!ofOperators.has(object.kind)) assert.deepEqual(await problems(object), [], object.metadata.name);
      if (object.kind !== 'Namespace') assert.equal(object.metadata.namespace, 'games');
    }
    const kinds = new Set(objects.map(({ kind }) => kind));
    for (const [component, brought] of Object.entries(bringing)) {
      for (const kind of brought) assert.equal(kinds.has(kind), chosen.includes(component), kind);
    }
    const { replicas } = overlay.get('StatefulSet', 'nats').spec;
    const environment = environmentOf(overlay.container('minotaur'), pod);
    const servers = environment.MINOTAUR_NATS_URL?.split(',') ?? [];
    assert.equal(replicas, chosen.includes('one-nats-server') ? 1 : 3);
    assert.deepEqual([servers.length, environment.MINOTAUR_KV_REPLICAS], [replicas, `${replicas}`]);
    const routes = overlay.get('ConfigMap', 'nats').data?.['cluster.conf'] ?? '';
    assert.equal(routes.match(/tls:\/\/nats-\d/g)?.length ?? 0, replicas === 1 ? 0 : replicas);
    const dashboards = overlay.all('ConfigMap').filter(({ metadata }) => metadata.labels?.grafana_dashboard === '1');
    assert.equal(dashboards.length, chosen.includes('dashboards') ? 1 : 0);
    for (const { data = {} } of dashboards) {
      assert.equal(data['minotaur.json'], dashboardText());
      // As much as Kubernetes keeps in a ConfigMap, and as `kubectl apply` keeps in an annotation.
      assert.ok((data['minotaur.json'] ?? '').length < 256 * 1024);
    }
    for (const scaler of overlay.all('HorizontalPodAutoscaler')) {
      const { kind, name } = scaler.spec.scaleTargetRef;
      assert.ok(names.includes(`${kind}/${name}`));
    }
  });
}
