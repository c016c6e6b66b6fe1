/**
 * What k8s/secrets.sh makes, as it prints it. Needs `openssl`.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import type { Manifest } from './kustomize.ts';

export type Secret = Manifest & { readonly stringData: Readonly<Record<string, string>> };

const script = fileURLToPath(new URL('../../../k8s/secrets.sh', import.meta.url));

export function makeSecrets(namespace: string): readonly Secret[] {
  const text = execFileSync('sh', [script, namespace], { encoding: 'utf8' });
  return parseAllDocuments(text).map((document) => document.toJS() as Secret);
}

/** Their values, by `secret/key`. */
export function valuesOf(secrets: readonly Secret[]): Record<string, string> {
  const entries = secrets.flatMap(({ metadata, stringData }) =>
    Object.entries(stringData).map(([key, value]) => [`${metadata.name}/${key}`, value] as const),
  );
  return Object.fromEntries(entries);
}
