/**
 * Holds an object against Kubernetes' schema of its kind, and against fields that the schema does not have.
 *
 * Why the second: the schemas allow any further field; a misspelt `preStopp` would be valid, and do nothing.
 * How: a validator reads every field that it knows, so what it has not read by the end, it does not know.
 */
import type { Manifest } from './kustomize.ts';

interface Validate {
  (data: unknown): boolean;
  errors?: readonly { readonly instancePath: string; readonly keyword: string; readonly params: object }[] | null;
}

/** Everything that is wrong with it, a line each. Rejects for a kind that Kubernetes itself does not have. */
export async function problemsOf(manifest: Manifest): Promise<string[]> {
  const { validate } = (await import(`kubernetes-models/_schemas/${schemaName(manifest)}`)) as { validate: Validate };
  const unread = new Set<string>();
  validate(watched(manifest, '', unread));
  const errors = validate.errors ?? [];
  const wrong = errors.map((one) => `${one.instancePath}: ${one.keyword} ${JSON.stringify(one.params)}`);
  return wrong.length > 0 ? wrong : [...unread].map((path) => `${path}: there is no such field`);
}

/** `apps/v1`, `Deployment` → `IoK8sApiAppsV1Deployment`. */
function schemaName({ apiVersion, kind }: Manifest): string {
  const [version = '', group = 'core'] = apiVersion.split('/').reverse();
  const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
  return `IoK8sApi${capital(group.split('.')[0] ?? '')}${capital(version)}${kind}`;
}

/** A view of `value` that takes each path out of `unread` when it is read. */
function watched(value: unknown, path: string, unread: Set<string>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const parts = new Map(
    Object.entries(value).map(([field, part]) => [field, watched(part, `${path}/${field}`, unread)]),
  );
  if (!Array.isArray(value)) for (const field of parts.keys()) unread.add(`${path}/${field}`);
  return new Proxy(value, {
    get(target, field) {
      if (typeof field !== 'string' || !parts.has(field)) return Reflect.get(target, field);
      unread.delete(`${path}/${field}`);
      return parts.get(field);
    },
  });
}
