/**
 * The alerts, in Prometheus' own evaluation: each fires for the first incident after a start, and none while all is well.
 *
 * How: two members that are scraped every 15 s, all of whose series are as they are in calm; each case says what differs from that, and when.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { locatePrometheus } from '../../src/dev/prometheus-programs.ts';
import { counters, gauges, histograms, type Labels, tallies } from '../../src/metrics.ts';
import { alertRules, alertsFile } from '../support/alert-rules.ts';

const run = promisify(execFile);

/** Series → values in promtool's notation: `0x40` is 0 and 40 times more, `0+3x40` rises by 3 each time. */
type Series = Readonly<Record<string, string>>;

interface Case {
  /** What differs from calm; by name and labels without the instance. For the first member, or for both. */
  readonly series: Series;
  readonly both?: boolean;
  /** When it must be firing; and when, in the same run, it must not. */
  readonly fires: string;
  readonly silent: string;
}

/** Ten minutes of calm, then a quarter of an hour of this. */
const calmThen = (calm: string, then: string) => `${calm}x39 ${then}x60`;
const once = calmThen('0', '1');

const cases: Readonly<Record<string, Case>> = {
  MinotaurNobodyReady: {
    series: { minotaur_ready: calmThen('1', '0') },
    both: true,
    fires: '10m45s',
    silent: '10m15s',
  },
  MinotaurAbsent: { series: { minotaur_ready: '1x39 _x60' }, both: true, fires: '17m30s', silent: '11m' },
  MinotaurMemberNotReady: { series: { minotaur_ready: calmThen('1', '0') }, fires: '12m15s', silent: '11m30s' },
  MinotaurNatsDisconnected: {
    series: { minotaur_nats_connected: calmThen('1', '0') },
    fires: '10m45s',
    silent: '10m15s',
  },
  MinotaurBucketUnusable: {
    series: { 'minotaur_bucket_usable{bucket="archive"}': calmThen('1', '0') },
    fires: '11m15s',
    silent: '10m45s',
  },
  MinotaurSlotsUnowned: {
    series: { minotaur_slots_unowned: calmThen('0', '3') },
    both: true,
    fires: '11m15s',
    silent: '10m45s',
  },
  MinotaurStuck: {
    series: { 'minotaur_stuck{kind="archive"}': calmThen('0', '1') },
    fires: '11m15s',
    silent: '10m45s',
  },
  MinotaurLostWrites: {
    series: { 'minotaur_incidents_total{kind="rollbacks"}': once },
    fires: '10m15s',
    silent: '9m45s',
  },
  MinotaurUnreadable: {
    series: { 'minotaur_incidents_total{kind="unreadable"}': once },
    fires: '10m15s',
    silent: '9m45s',
  },
  MinotaurFailures: { series: { 'minotaur_incidents_total{kind="failures"}': once }, fires: '10m15s', silent: '9m45s' },
  MinotaurFlapping: {
    series: { 'minotaur_incidents_total{kind="rejoins"}': '0x39 1x7 2x7 4x60' },
    fires: '14m30s',
    silent: '12m',
  },
  MinotaurClock: { series: { 'minotaur_incidents_total{kind="clockSkew"}': once }, fires: '10m15s', silent: '9m45s' },
  MinotaurUnavailable: {
    series: { 'minotaur_operations_total{kind="command",outcome="unavailable"}': '0x39 0+60x60' },
    fires: '13m30s',
    silent: '10m',
  },
  MinotaurFailedRequests: {
    series: { 'minotaur_operations_total{kind="read",outcome="failed"}': once },
    fires: '10m15s',
    silent: '9m45s',
  },
  MinotaurSlowCommits: { series: allAbove('commit_seconds', 1), both: true, fires: '8m', silent: '2m' },
  MinotaurRoundsLate: { series: allAbove('round_end_late_seconds', 10), both: true, fires: '8m', silent: '2m' },
  MinotaurRetrying: {
    series: { 'minotaur_retries_total{reason="unknown"}': '0+150x99' },
    fires: '13m',
    silent: '5m',
  },
  MinotaurHandoffsRefused: {
    series: { 'minotaur_handoffs_total{outcome="refused"}': '0x39 0+5x60' },
    fires: '14m',
    silent: '10m',
  },
  MinotaurClientsRefused: {
    series: { 'minotaur_refusals_total{limit="joins_per_minute"}': '0+30x99' },
    fires: '13m',
    silent: '5m',
  },
  MinotaurWebhooksGivenUp: {
    series: { 'minotaur_webhook_given_up_total{reason="age"}': once },
    fires: '10m15s',
    silent: '9m45s',
  },
  MinotaurWebhooksStuck: {
    series: { minotaur_webhook_oldest_seconds: calmThen('0', '901') },
    fires: '12m30s',
    silent: '11m30s',
  },
};

/** A histogram of which nothing was in a bucket below that of `le`. */
function allAbove(name: keyof typeof histograms, le: number): Series {
  const { buckets } = histograms[name];
  return Object.fromEntries(
    buckets.map((bound) => [`minotaur_${name}_bucket{le="${bound}"}`, bound < le ? '0x99' : '0+100x99']),
  );
}

/** Everything that a member shows while all is well: people play, rounds end. */
function calm(): Map<string, string> {
  const steady: Readonly<Record<string, string>> = {
    ready: '1x99',
    nats_connected: '1x99',
    bucket_usable: '1x99',
    members: '2x99',
    slots_held: '128x99',
    slots_wanted: '128x99',
  };
  const all = new Map<string, string>();
  for (const [name, { labels }] of Object.entries(gauges))
    for (const of of series(`minotaur_${name}`, labels)) all.set(of, steady[name] ?? '0x99');
  for (const [name, { labels }] of Object.entries({ ...tallies, ...counters })) {
    for (const of of series(`minotaur_${name}_total`, labels)) {
      const isBusy = /outcome="(done|landed|answer|found)"/.test(of) && !of.startsWith('minotaur_handoffs');
      all.set(of, isBusy ? '0+100x99' : '0x99');
    }
  }
  for (const [name, { buckets }] of Object.entries(histograms)) {
    for (const le of [...buckets.map(String), '+Inf']) {
      const isAbove = le === '+Inf' || Number(le) >= 0.025;
      all.set(`minotaur_${name}_bucket{le="${le}"}`, isAbove ? '0+100x99' : '0+50x99');
    }
  }
  return all;
}

function series(name: string, labels: Labels): string[] {
  const combined = Object.entries(labels).reduce(
    (all, [label, values]) => all.flatMap((one) => values.map((value) => `${one}${one && ','}${label}="${value}"`)),
    [''],
  );
  return combined.map((values) => (values === '' ? name : `${name}{${values}}`));
}

/** As promtool wants them: of two members. */
function inputOf({ series: changed, both = false }: Pick<Case, 'series' | 'both'>) {
  const known = calm();
  return ['m1', 'm2'].flatMap((instance) => {
    const mine = instance === 'm1' || both ? changed : {};
    const all = new Map([...known, ...Object.entries(mine)]);
    return [...all].map(([of, values]) => {
      const [name = '', labels = ''] = of.replace('}', '').split('{');
      return { series: `${name}{${labels}${labels && ','}instance="${instance}"}`, values };
    });
  });
}

const firing = (alert: string, at: string, isFiring: boolean) => ({
  expr: `count(count by (alertname) (ALERTS{alertname="${alert}",alertstate="firing"}))`,
  eval_time: at,
  exp_samples: isFiring ? [{ labels: '{}', value: 1 }] : [],
});

describe('alerts', { timeout: 110_000 }, () => {
  let folder = '';
  let promtool = '';

  before(async () => {
    promtool = await locatePrometheus('promtool');
    folder = await mkdtemp(join(tmpdir(), 'minotaur-alerts-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** Rejects with what promtool says. */
  const evaluate = async (name: string, tests: readonly object[]): Promise<void> => {
    const file = join(folder, `${name}.json`);
    await writeFile(file, JSON.stringify({ rule_files: [alertsFile], evaluation_interval: '15s', tests }));
    await run(promtool, ['test', 'rules', file]).catch((error: { stdout: string; stderr: string }) => {
      throw new Error(error.stdout + error.stderr);
    });
  };

  it('are rules that Prometheus takes', async () => {
    await run(promtool, ['check', 'rules', alertsFile]);
  });

  it('are silent while all is well', async () => {
    const at = ['1m', '10m', '20m'];
    const expected = alertRules().flatMap(({ alert }) => at.map((time) => firing(alert, time, false)));
    await evaluate('calm', [{ interval: '15s', input_series: inputOf({ series: {} }), promql_expr_test: expected }]);
  });

  it('have a case each', () => {
    assert.deepEqual(
      Object.keys(cases),
      alertRules().map(({ alert }) => alert),
    );
  });

  for (const [alert, one] of Object.entries(cases)) {
    it(`${alert} fires, and not before`, async () => {
      const known = calm();
      for (const of of Object.keys(one.series)) assert.ok(known.has(of), `${of} is a series of a member`);
      const expected = [firing(alert, one.fires, true), firing(alert, one.silent, false)];
      await evaluate(alert, [{ interval: '15s', input_series: inputOf(one), promql_expr_test: expected }]);
    });
  }
});
