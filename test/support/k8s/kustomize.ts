/**
 * What `kubectl apply -k` would send: the small part of kustomize that k8s/ uses.
 *
 * Role: builds an overlay, so that tests look at the result and not at its pieces.
 * Invariant: whatever it does not know (a field of a kustomization, a patch's directive, a list that it cannot say how to merge) is an
 * error: nothing is ever left out in silence.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { name: string; namespace?: string; labels?: Record<string, string> };
}

interface Kustomization {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly resources?: readonly string[];
  /** Folders; what they hold comes after the resources, and is patched with them; their patches and images count for all that is there by then. */
  readonly components?: readonly string[];
  readonly images?: readonly { readonly name: string; readonly newName?: string; readonly newTag?: string }[];
  /** Of files alone, under the name that is given. */
  readonly configMapGenerator?: readonly GeneratedMap[];
  /** Strategic merge patches; each says by kind and name what it changes. */
  readonly patches?: readonly { readonly path: string }[];
}

interface GeneratedMap {
  readonly name: string;
  readonly files: readonly string[];
  readonly options: { readonly disableNameSuffixHash: true; readonly labels: Readonly<Record<string, string>> };
}

type Value = string | number | boolean | null | readonly Value[] | Fields;
interface Fields {
  readonly [key: string]: Value;
}

export const k8sFolder = fileURLToPath(new URL('../../../k8s', import.meta.url));
const knownFields = new Set([
  'apiVersion',
  'kind',
  'namespace',
  'resources',
  'components',
  'configMapGenerator',
  'images',
  'patches',
]);
const clusterScoped = new Set(['Namespace']);
/** How Kubernetes merges lists of objects: by the field that tells their items apart. */
const mergeKeys: Readonly<Record<string, string>> = {
  containers: 'name',
  env: 'name',
  volumes: 'name',
  volumeMounts: 'mountPath',
};
/** Lists that Kubernetes replaces as a whole. */
const atomicLists = new Set(['rules', 'tls', 'volumeClaimTemplates']);

/** Every object that the kustomization in `directory` makes. Throws for what this loader does not know. */
export function build(directory: string): Manifest[] {
  return made(directory, 'Kustomization', []) as unknown as Manifest[];
}

/** `before`: what is there when a component comes. */
function made(directory: string, kind: 'Kustomization' | 'Component', before: readonly Fields[]): Fields[] {
  const kustomization = parseOne(join(directory, 'kustomization.yaml'));
  for (const field of Object.keys(kustomization)) {
    if (!knownFields.has(field)) throw new Error(`${directory}: kustomization field "${field}" is not known here`);
  }
  const {
    resources = [],
    components = [],
    configMapGenerator = [],
    patches = [],
    images = [],
    namespace,
  } = kustomization as Partial<Kustomization>;
  if ((kustomization.kind ?? 'Kustomization') !== kind) throw new Error(`${directory}: expected a ${kind}`);
  let objects = [...before, ...resources.flatMap((path) => load(join(directory, path)))];
  objects.push(...configMapGenerator.map((map) => generated(directory, map)));
  for (const path of components) objects = made(join(directory, path), 'Component', objects);
  for (const { path, ...rest } of patches) {
    if (Object.keys(rest).length > 0) throw new Error(`${directory}: only patches with a path are known here`);
    for (const patch of read(join(directory, path))) objects = applied(objects, patch);
  }
  return objects.map((object) => inNamespace(withImages(object, images), namespace));
}

function generated(directory: string, { name, files, options, ...rest }: GeneratedMap): Fields {
  const { disableNameSuffixHash, labels, ...more } = options;
  if (!disableNameSuffixHash || Object.keys({ ...rest, ...more }).length > 0) {
    throw new Error(`${directory}: a ConfigMap generated in another way is not known here`);
  }
  const data = Object.fromEntries(files.map((file) => [file, readFileSync(join(directory, file), 'utf8')]));
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels }, data };
}

function load(path: string): Fields[] {
  return statSync(path).isDirectory() ? made(path, 'Kustomization', []) : read(path);
}

function read(path: string): Fields[] {
  return parseAllDocuments(readFileSync(path, 'utf8')).map((document) => {
    if (document.errors[0] !== undefined) throw new Error(`${path}: ${document.errors[0].message}`);
    return document.toJS() as Fields;
  });
}

function parseOne(path: string): Fields {
  const [only, ...others] = read(path);
  if (only === undefined || others.length > 0) throw new Error(`${path}: expected one document`);
  return only;
}

function applied(objects: readonly Fields[], patch: Fields): Fields[] {
  const nameOf = ({ kind, metadata }: Fields) => `${kind}/${(metadata as Fields).name}`;
  const targets = objects.filter((object) => nameOf(object) === nameOf(patch));
  if (targets.length !== 1) throw new Error(`${nameOf(patch)}: a patch must have one target, not ${targets.length}`);
  return objects.map((object) => (object === targets[0] ? merged(object, patch) : object));
}

/** A strategic merge: objects field by field, null removes, lists as `mergeKeys` and `atomicLists` say. */
function merged(base: Fields, patch: Fields): Fields {
  const result: Record<string, Value> = { ...base };
  for (const [field, value] of Object.entries(patch)) {
    const before = base[field];
    if (field.startsWith('$')) throw new Error(`the directive ${field} is not known here`);
    if (value === null) delete result[field];
    else if (isFields(value)) result[field] = isFields(before) ? merged(before, value) : merged({}, value);
    else if (Array.isArray(value)) result[field] = mergedList(field, (before ?? []) as readonly Value[], value);
    else result[field] = value;
  }
  return result;
}

/** What the patch names comes first, in its order, as kustomize has it. (So a variable may come to stand before those that it refers to.) */
function mergedList(field: string, before: readonly Value[], patch: readonly Value[]): readonly Value[] {
  if (atomicLists.has(field) || !patch.some(isFields)) return patch;
  const key = mergeKeys[field];
  if (key === undefined) throw new Error(`is the list "${field}" merged or replaced? Say it here`);
  const [items, changes] = [before, patch] as readonly (readonly Fields[])[] as [Fields[], Fields[]];
  const same = (one: Fields) => (other: Fields) => one[key] === other[key];
  return [
    ...changes.map((change) => merged(items.find(same(change)) ?? {}, change)),
    ...items.filter((item) => !changes.some(same(item))),
  ];
}

function isFields(value: Value | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withImages(object: Fields, images: Kustomization['images'] = []): Fields {
  const change = (value: Value, field: string): Value => {
    if (Array.isArray(value)) return value.map((item) => change(item, ''));
    if (isFields(value))
      return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, change(part, name)]));
    if (field !== 'image') return value;
    const [, name = '', tag] = /^(.*?)(?::([^/:]+))?$/.exec(String(value)) ?? [];
    const found = images.find((image) => image.name === name);
    const newTag = found?.newTag ?? tag;
    return `${found?.newName ?? name}${newTag === undefined ? '' : `:${newTag}`}`;
  };
  return change(object, '') as Fields;
}

function inNamespace(object: Fields, namespace: string | undefined): Fields {
  if (namespace === undefined) return object;
  const metadata = object.metadata as Fields;
  if (object.kind === 'Namespace') return { ...object, metadata: { ...metadata, name: namespace } };
  return clusterScoped.has(String(object.kind)) ? object : { ...object, metadata: { ...metadata, namespace } };
}
