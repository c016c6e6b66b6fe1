/** The alerts as they stand in docker/alerts.yml. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string; readonly runbook_url: string };
}

export const alertsFile = fileURLToPath(new URL('../../docker/alerts.yml', import.meta.url));

export function alertGroups(): readonly { readonly name: string; readonly rules: readonly AlertRule[] }[] {
  return (parse(readFileSync(alertsFile, 'utf8')) as { groups: ReturnType<typeof alertGroups> }).groups;
}

export function alertRules(): readonly AlertRule[] {
  return alertGroups().flatMap(({ rules }) => rules);
}
