/**
 * `npm run dashboard-picture`: what the dashboard shows when a member is killed, for the documents: docs/pictures/dashboard.webp.
 *
 * Role: real members, bots that play, a real Prometheus that asks them, and each query of the dashboard, answered by that. Grafana
 * draws graphs with uPlot; so does this.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Row, rows } from '../src/dev/dashboard.ts';
import { PrometheusProcess } from '../src/dev/prometheus-process.ts';
import { Child } from '../test/support/child.ts';
import { adminToken } from '../test/support/client.ts';
import { type Drawn, type DrawnRow, drawDashboard } from './picture/dashboard-page.ts';
import { type Range, seriesOf } from './picture/series.ts';
import { BenchCluster } from './support/bench-cluster.ts';
import { end } from './support/end.ts';

const usage = `npm run dashboard-picture

Runs three members and a NATS server, bots that play, and a Prometheus; kills a member, starts it again, and draws what the dashboard
shows of that to docs/pictures/dashboard.webp.

  --help  this text
`;

const bots = join(import.meta.dirname, '../src/dev/bots.ts');
const calmMs = 30_000;
const awayMs = 20_000;
const stepSeconds = 1;
/** What Grafana makes of `$__rate_interval`: four times the time from one scrape to the next. */
const rateInterval = '4s';
/** The last row shows the rest of the table, for whoever looks for something else. */
const shownRows = 3;

const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } });
if (values.help) {
  process.stdout.write(usage);
} else {
  const resources = new AsyncDisposableStack();
  try {
    await drawDashboard(resources, await recorded(resources));
  } finally {
    await end(resources);
  }
}

async function recorded(resources: AsyncDisposableStack): Promise<Drawn> {
  const cluster = await BenchCluster.start(resources, 3);
  const prometheus = await scrape(resources, cluster);
  play(resources, cluster.member(0).process.url);
  const from = Date.now() + calmMs / 3;
  await delay(calmMs);
  const killedAt = Date.now();
  await cluster.member(1).process.kill();
  await delay(awayMs);
  const startedAt = Date.now();
  cluster.member(1).process.start();
  await delay(calmMs);
  const range = { from, until: Date.now(), stepSeconds };
  return {
    from,
    until: range.until,
    marks: [
      { at: killedAt, text: 'kill -9 of m2' },
      { at: startedAt, text: 'm2 starts again' },
    ],
    rows: await Promise.all(
      rows()
        .slice(0, shownRows)
        .map((row) => shownRow(prometheus, row, range)),
    ),
  };
}

async function scrape(resources: AsyncDisposableStack, { members }: BenchCluster): Promise<PrometheusProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'minotaur-prometheus-'));
  resources.defer(() => rm(folder, { recursive: true, force: true }));
  const targets = members.map(({ process: { id, port } }) => ({
    targets: [`127.0.0.1:${port}`],
    labels: { instance: id },
  }));
  const prometheus = await PrometheusProcess.start({ folder, intervalMs: stepSeconds * 1000, targets });
  resources.defer(() => prometheus.stop());
  return prometheus;
}

async function shownRow(prometheus: PrometheusProcess, { title, panels }: Row, range: Range): Promise<DrawnRow> {
  const drawn = panels.map(async (panel) => {
    const series = panel.queries.map(([query, legend]) =>
      seriesOf(prometheus, query.replaceAll('$__rate_interval', rateInterval), legend, range),
    );
    return { ...panel, series: (await Promise.all(series)).flat() };
  });
  return { title, panels: await Promise.all(drawn) };
}

function play(resources: AsyncDisposableStack, url: string): void {
  const environment = { ...process.env, MINOTAUR_ADMIN_TOKEN: adminToken } as Record<string, string>;
  const run = new Child(process.execPath, [bots, '--url', url, '--games', '100000', '--at-once', '12'], environment);
  resources.defer(async () => {
    await run.kill();
  });
}
