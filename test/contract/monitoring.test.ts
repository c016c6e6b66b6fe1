/**
 * Prometheus takes what docker-compose.yml gives it, and every query of the dashboard.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { rows } from '../../src/dev/dashboard.ts';
import { locatePrometheus } from '../../src/dev/prometheus-programs.ts';
import { alertsFile } from '../support/alert-rules.ts';

const run = promisify(execFile);
let folder = '';
let promtool = '';

before(async () => {
  promtool = await locatePrometheus('promtool');
  folder = await mkdtemp(join(tmpdir(), 'minotaur-monitoring-'));
});
after(() => rm(folder, { recursive: true, force: true }));

test('the configuration for compose is one, with the alerts in it', async () => {
  const text = await readFile(new URL('../../docker/prometheus.yml', import.meta.url), 'utf8');
  const here = text.replace('/etc/prometheus/alerts.yml', alertsFile);
  assert.notEqual(here, text);
  const file = join(folder, 'prometheus.yml');
  await writeFile(file, here);
  const { stdout } = await run(promtool, ['check', 'config', file]);
  assert.match(stdout, /1 rule files found/);
});

test('every query of the dashboard is PromQL', async () => {
  const queries = rows().flatMap(({ panels }) =>
    panels.flatMap(({ queries }) => queries.map(([expression]) => expression)),
  );
  // Rules hold queries as dashboards do; what Grafana puts in is put in.
  const rules = queries.map((expr, index) => ({
    record: `query_${index}`,
    expr: expr.replaceAll('$__rate_interval', '5m'),
  }));
  const file = join(folder, 'queries.json');
  await writeFile(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
  const { stdout } = await run(promtool, ['check', 'rules', file]);
  assert.match(stdout, new RegExp(`SUCCESS: ${queries.length} rules found`));
});
