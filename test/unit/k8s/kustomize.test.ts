/**
 * The tests' own kustomize does what kustomize does with what k8s/ uses, and refuses the rest.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { build } from '../../support/k8s/kustomize.ts';

const root = mkdtempSync(join(tmpdir(), 'minotaur-kustomize-'));
after(() => rmSync(root, { recursive: true }));

const base = {
  'base/kustomization.yaml': 'resources: [all.yaml]',
  'base/all.yaml': `
apiVersion: v1
kind: Namespace
metadata: { name: one }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: app }
spec:
  paused: true
  template:
    spec:
      containers:
        - name: app
          image: app
          args: [a, b]
          env: [{ name: FIRST, value: "1" }, { name: SECOND, value: $(FIRST) }]
        - { name: other, image: "registry.example:5000/other" }
`,
};

/** Builds `over/` on top of the base. */
function built(kustomization: string, patch = '{}', more: Readonly<Record<string, string>> = {}) {
  const files = {
    ...base,
    ...more,
    'over/kustomization.yaml': `resources: [../base]\n${kustomization}`,
    'over/patch.yaml': patch,
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return build(join(root, 'over'));
}

const header = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: app }\n';
const patched = (spec: string) => {
  const [, deployment] = built('patches: [{ path: patch.yaml }]', `${header}spec: ${spec}`);
  return (deployment as unknown as { spec: Record<string, unknown> }).spec as {
    paused?: boolean;
    template: { spec: { containers: Record<string, unknown>[] } };
  };
};

test('a namespace is given to every object, and its name to the Namespace itself', () => {
  const [namespace, deployment] = built('namespace: two');
  assert.deepEqual(namespace?.metadata, { name: 'two' });
  assert.deepEqual(deployment?.metadata, { name: 'app', namespace: 'two' });
});

test('images are found by name, whatever container they are in', () => {
  const [, deployment] = built('images: [{ name: app, newName: mine/app, newTag: "1.10" }]');
  const { containers } = (deployment as unknown as { spec: ReturnType<typeof patched> }).spec.template.spec;
  assert.deepEqual(
    containers.map(({ image }) => image),
    ['mine/app:1.10', 'registry.example:5000/other'],
  );
});

test('a patch merges fields, and lists of containers and variables by name; what it names comes first', () => {
  const { template, paused } = patched(
    '{ template: { spec: { containers: [{ name: app, args: [c], env: [{ name: THIRD, value: "3" }, { name: SECOND, value: "2" }] }] } } }',
  );
  assert.equal(paused, true);
  assert.deepEqual(template.spec.containers[0], {
    name: 'app',
    image: 'app',
    args: ['c'],
    env: [
      { name: 'THIRD', value: '3' },
      { name: 'SECOND', value: '2' },
      { name: 'FIRST', value: '1' },
    ],
  });
  assert.equal(template.spec.containers[1]?.name, 'other');
});

test('components are patched and named like resources, and are nothing else', () => {
  const part = `apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [part.yaml]`;
  const files = { 'part/kustomization.yaml': part, 'part/part.yaml': header.replace('app }', 'part }') };
  const [, , added] = built('components: [../part]\nnamespace: two', '{}', files);
  assert.deepEqual(added?.metadata, { name: 'part', namespace: 'two' });
  assert.throws(() => built('components: [../base]'), /expected a Component/);
  const nested = { ...files, 'nested/kustomization.yaml': 'resources: [../part]' };
  assert.throws(() => built('components: [../nested]', '{}', nested), /expected a Component/);
  assert.throws(
    () => built('', '{}', { ...nested, 'base/kustomization.yaml': 'resources: [../part]' }),
    /expected a Kust/,
  );
});

test('the patches of a component change what is there before it, and nothing that comes later', () => {
  const part = 'kind: Component\npatches: [{ path: part.yaml }]';
  const files = { 'part/kustomization.yaml': part, 'part/part.yaml': `${header}spec: { paused: false }` };
  const [, deployment] = built('components: [../part]', '{}', files);
  assert.equal((deployment as unknown as { spec: { paused: boolean } }).spec.paused, false);
  const late = {
    ...files,
    'late/kustomization.yaml': `kind: Component\nresources: [late.yaml]`,
    'late/late.yaml': header,
  };
  const alone = { ...late, 'base/kustomization.yaml': 'resources: []' };
  assert.throws(() => built('components: [../part, ../late]', '{}', alone), /one target, not 0/);
});

test('null removes a field', () => {
  assert.equal('paused' in patched('{ paused: null }'), false);
});

test('what it does not know is an error', () => {
  assert.throws(() => built('namePrefix: x-'), /"namePrefix" is not known/);
  assert.throws(
    () => built('patches: [{ path: patch.yaml, target: { kind: Deployment } }]'),
    /only patches with a path/,
  );
  assert.throws(
    () => built('patches: [{ path: patch.yaml }]', header.replace('app }', 'nobody }')),
    /one target, not 0/,
  );
  assert.throws(() => patched('{ $patch: replace }'), /\$patch is not known/);
  assert.throws(
    () => patched('{ template: { spec: { tolerations: [{ key: x }] } } }'),
    /"tolerations" merged or replaced/,
  );
});
