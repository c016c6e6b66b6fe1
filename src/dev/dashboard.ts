/**
 * The dashboard for Grafana, made from the table of metrics: `node src/dev/dashboard.ts` writes it anew.
 *
 * Role: three rows answer what somebody asks who is paged (is anybody hurt now, who is slow, what moved); a fourth shows every metric of the table
 * that those do not, each in the way of its kind. So none is forgotten, and none is shown that there is not.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CounterRow, counters, gauges, histograms, tallies } from '../metrics.ts';

export const dashboardFile = join(import.meta.dirname, '../../k8s/components/dashboards/minotaur.json');

interface Panel {
  readonly title: string;
  /** PromQL; what stands in the legend. */
  readonly queries: readonly (readonly [expression: string, legend: string])[];
  readonly type?: 'stat' | 'timeseries';
  /** Of Grafana. */
  readonly unit?: 's' | 'short' | 'ops' | 'ms';
  /** From here on it is red. */
  readonly bad?: number;
  readonly stacked?: boolean;
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

const rate = (name: string, by: string) => `sum by (${by}) (rate(minotaur_${name}[$__rate_interval]))`;
const slowest = (name: string, by: string) =>
  `histogram_quantile(0.99, sum by (le, ${by}) (rate(minotaur_${name}_bucket[$__rate_interval])))`;

const hurt: Row = {
  title: 'Is anybody hurt now?',
  panels: [
    { title: 'Members that are ready', type: 'stat', queries: [['sum(minotaur_ready)', '']] },
    { title: 'Members that are not', type: 'stat', queries: [['sum(1 - minotaur_ready)', '']], bad: 1 },
    { title: 'Slots without an owner', type: 'stat', queries: [['min(minotaur_slots_unowned)', '']], bad: 1 },
    { title: 'Stuck', type: 'stat', queries: [['sum by (kind) (minotaur_stuck)', '{{kind}}']], bad: 1 },
    {
      title: 'Buckets that take no writes',
      type: 'stat',
      queries: [['count(min by (bucket) (minotaur_bucket_usable) == 0) or vector(0)', '']],
      bad: 1,
    },
    { title: 'Members without NATS', type: 'stat', queries: [['sum(1 - minotaur_nats_connected)', '']], bad: 1 },
    {
      title: 'Lost writes, in an hour',
      type: 'stat',
      queries: [['sum(increase(minotaur_incidents_total{kind="rollbacks"}[1h]))', '']],
      bad: 1,
    },
    {
      title: 'Requests that were not answered well',
      unit: 'ops',
      queries: [
        [
          `sum by (outcome) (rate(minotaur_operations_total{outcome=~"unavailable|failed"}[$__rate_interval]))`,
          '{{outcome}}',
        ],
      ],
    },
    { title: 'Incidents', unit: 'ops', queries: [[rate('incidents_total', 'kind'), '{{kind}}']] },
    { title: 'What limits refused', unit: 'ops', queries: [[rate('refusals_total', 'limit'), '{{limit}}']] },
  ],
};

const slow: Row = {
  title: 'Who is slow?',
  panels: [
    {
      title: 'Requests: 99 % within',
      unit: 's',
      queries: [[slowest('operation_seconds', 'instance'), '{{instance}}']],
    },
    {
      title: 'Requests by kind: 99 % within',
      unit: 's',
      queries: [[slowest('operation_seconds', 'kind'), '{{kind}}']],
    },
    { title: 'Owners: 99 % within', unit: 's', queries: [[slowest('forward_seconds', 'instance'), '{{instance}}']] },
    {
      title: 'Writes of games: 99 % within',
      unit: 's',
      queries: [[slowest('commit_seconds', 'instance'), '{{instance}}']],
    },
    { title: 'Renewals: 99 % within', unit: 's', queries: [[slowest('renewal_seconds', 'instance'), '{{instance}}']] },
    {
      title: 'Rounds end late by',
      unit: 's',
      queries: [[slowest('round_end_late_seconds', 'instance'), '{{instance}}']],
    },
    {
      title: 'The game: 99 % of calls within',
      unit: 's',
      queries: [[slowest('module_call_seconds', 'call'), '{{call}}']],
    },
    {
      title: 'The event loop stands still for',
      unit: 's',
      queries: [['nodejs_eventloop_lag_p99_seconds', '{{instance}}']],
    },
    { title: 'NATS is asked again', unit: 'ops', queries: [[rate('retries_total', 'reason'), '{{reason}}']] },
  ],
};

const moved: Row = {
  title: 'What moved?',
  panels: [
    { title: 'Slots', stacked: true, queries: [['minotaur_slots_held', '{{instance}}']] },
    {
      title: 'Slots that came, by how',
      unit: 'ops',
      queries: [[rate('slots_taken_total', 'acquired'), '{{acquired}}']],
    },
    {
      title: 'Slots that went, by what came of it',
      unit: 'ops',
      queries: [[rate('handoffs_total', 'outcome'), '{{outcome}}']],
    },
    { title: 'Members, as each sees it', queries: [['minotaur_members', '{{instance}}']] },
    { title: 'Games', stacked: true, queries: [['minotaur_sessions', '{{instance}}']] },
    { title: 'Games by status', stacked: true, queries: [['sum by (status) (minotaur_games)', '{{status}}']] },
  ],
};

/** The rows for people, and whatever of the table they leave out. */
export function rows(): readonly Row[] {
  const chosen = [hurt, slow, moved];
  const shown = chosen.flatMap(({ panels }) =>
    panels.flatMap(({ queries }) => queries.map(([expression]) => expression)),
  );
  const isShown = (name: string) =>
    shown.some((expression) => new RegExp(`minotaur_${name}(?![a-z_])`).test(expression));
  const rest = [
    ...Object.entries(gauges).flatMap(([name, row]) => (isShown(name) ? [] : [gaugePanel(name, row)])),
    ...Object.entries({ ...tallies, ...counters }).flatMap(([name, row]) =>
      isShown(`${name}_total`) ? [] : [counterPanel(name, row)],
    ),
    ...Object.entries(histograms).flatMap(([name, row]) =>
      isShown(`${name}_bucket`) ? [] : [histogramPanel(name, row)],
    ),
  ];
  return [...chosen, { title: 'Everything else', panels: rest }];
}

function gaugePanel(name: string, { help, labels }: CounterRow): Panel {
  const [label] = Object.keys(labels);
  const legend = label === undefined ? '{{instance}}' : `{{instance}} {{${label}}}`;
  return { title: titleOf(help), queries: [[`minotaur_${name}`, legend]], ...(name.endsWith('_ms') && { unit: 'ms' }) };
}

function counterPanel(name: string, { help, labels }: CounterRow): Panel {
  const by = Object.keys(labels).at(-1) ?? 'instance';
  return { title: titleOf(help), unit: 'ops', queries: [[rate(`${name}_total`, by), `{{${by}}}`]] };
}

function histogramPanel(name: string, { help, labels }: CounterRow): Panel {
  const by = Object.keys(labels).at(-1) ?? 'instance';
  const unit = name.endsWith('_seconds') ? 's' : 'short';
  return { title: `${titleOf(help)}: 99 %`, unit, queries: [[slowest(name, by), `{{${by}}}`]] };
}

/** The first words of what the table says. */
function titleOf(help: string): string {
  return help.split(/[,;:]/)[0] ?? help;
}

const WIDTH = 24;
const TALL = 8;
const LOW = 4;

/** What Grafana reads. */
export function dashboard(): object {
  let y = 0;
  let id = 0;
  const nextId = () => {
    id += 1;
    return id;
  };
  const panels = rows().flatMap(({ title, panels: all }) => {
    const heading = {
      id: nextId(),
      type: 'row',
      title,
      collapsed: false,
      panels: [],
      gridPos: { x: 0, y, w: WIDTH, h: 1 },
    };
    y += 1;
    const stats = all.filter(({ type }) => type === 'stat');
    const graphs = all.filter(({ type }) => type !== 'stat');
    const placed = [...place(stats, 6, LOW), ...place(graphs, 3, TALL)];
    return [heading, ...placed];
  });
  return {
    title: 'Minotaur',
    uid: 'minotaur',
    description: 'Made from the table of metrics (docs/metrics.md). What to do: docs/runbook.md',
    tags: ['minotaur'],
    schemaVersion: 39,
    editable: true,
    refresh: '10s',
    time: { from: 'now-1h', to: 'now' },
    templating: {
      list: [{ name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Prometheus', current: {} }],
    },
    panels,
  };

  function place(some: readonly Panel[], columns: number, h: number): readonly object[] {
    const w = WIDTH / columns;
    const found = some.map((panel, index) => {
      const gridPos = { x: (index % columns) * w, y: y + Math.floor(index / columns) * h, w, h };
      return drawn(panel, nextId(), gridPos);
    });
    y += Math.ceil(some.length / columns) * h;
    return found;
  }
}

function drawn(
  { title, queries, type = 'timeseries', unit = 'short', bad, stacked = false }: Panel,
  id: number,
  gridPos: object,
): object {
  const datasource = { type: 'prometheus', uid: '$datasource' };
  const steps = [{ color: 'green', value: null }, ...(bad === undefined ? [] : [{ color: 'red', value: bad }])];
  const custom = stacked ? { fillOpacity: 20, stacking: { mode: 'normal' } } : { fillOpacity: 0 };
  return {
    id,
    type,
    title,
    datasource,
    gridPos,
    fieldConfig: {
      defaults: { unit, min: 0, thresholds: { mode: 'absolute', steps }, ...(type === 'timeseries' && { custom }) },
      overrides: [],
    },
    options:
      type === 'stat' ? { colorMode: 'background', graphMode: 'none', reduceOptions: { calcs: ['lastNotNull'] } } : {},
    targets: queries.map(([expr, legendFormat], index) => ({
      refId: String.fromCharCode(65 + index),
      datasource,
      expr,
      legendFormat,
      ...(type === 'stat' && { instant: true }),
    })),
  };
}

/** As the file holds it. */
export function dashboardText(): string {
  return `${JSON.stringify(dashboard(), null, 2)}\n`;
}

if (import.meta.main && readFileSync(dashboardFile, 'utf8') !== dashboardText()) {
  writeFileSync(dashboardFile, dashboardText());
  process.stdout.write(`wrote ${dashboardFile}\n`);
}
