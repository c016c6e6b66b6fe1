/**
 * Every object of every overlay is one that Kubernetes knows, with fields that it knows; and the check can fail.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Manifest } from '../../support/k8s/kustomize.ts';
import { Overlay } from '../../support/k8s/objects.ts';
import { problemsOf } from '../../support/k8s/schema.ts';

for (const name of ['dev', 'production'] as const) {
  for (const object of new Overlay(name).objects) {
    test(`${name}: ${object.kind} ${object.metadata.name}`, async () => {
      assert.deepEqual(await problemsOf(object), []);
    });
  }
}

type Parts = Record<string, unknown>;

/** The production overlay's `kind` with the field at `path` set, or removed where the value is undefined. */
function spoilt(kind: 'Deployment' | 'HorizontalPodAutoscaler', path: string, value: unknown): Manifest {
  const object = structuredClone(new Overlay('production').get(kind, 'minotaur'));
  const steps = `spec.${path}`.split('.');
  const last = steps.pop() ?? '';
  const parent = steps.reduce((part, step) => part[step] as Parts, object as unknown as Parts);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return object;
}

const container = 'template.spec.containers.0';
const mistakes: Readonly<Record<string, [Manifest, RegExp]>> = {
  'a wrong type': [
    spoilt('Deployment', `${container}.lifecycle.preStop.exec.command`, 'node'),
    /exec\/command: type {"type":"array"}/,
  ],
  'a missing field': [
    spoilt('Deployment', `${container}.readinessProbe.httpGet.port`, undefined),
    /readinessProbe\/httpGet: required {"missingProperty":"port"}/,
  ],
  'a misspelt field far inside': [
    spoilt('Deployment', `${container}.lifecycle.preStopp`, { exec: { command: ['node'] } }),
    /containers\/0\/lifecycle\/preStopp: there is no such field/,
  ],
  'a field in the wrong place': [
    spoilt('Deployment', 'terminationGracePeriodSeconds', 60),
    /^\/spec\/terminationGracePeriodSeconds: there is no such field/,
  ],
  'a misspelt field of another kind': [
    spoilt('HorizontalPodAutoscaler', 'behavior.scaleDown.stabilisationWindowSeconds', 900),
    /stabilisationWindowSeconds: there is no such field/,
  ],
};

for (const [what, [object, expected]] of Object.entries(mistakes)) {
  test(`${what} is found`, async () => {
    assert.match((await problemsOf(object)).join('\n'), expected);
  });
}
