/** The meter for Prometheus: every series from the start, and what it is told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PrometheusMeter } from '../../../src/adapters/prometheus.ts';
import { counters, histograms } from '../../../src/metrics.ts';

const linesOf = async ({ registry }: PrometheusMeter) => (await registry.metrics()).split('\n');

test('before anything has happened every series is there, at zero', async () => {
  const lines = await linesOf(new PrometheusMeter());
  for (const [name, { labels }] of Object.entries(counters)) {
    const series = lines.filter((line) => line.startsWith(`minotaur_${name}_total`));
    const wanted = Object.values(labels).reduce((product, values) => product * values.length, 1);
    assert.equal(series.length, wanted, name);
    assert.ok(series.every((line) => line.endsWith(' 0')));
  }
  for (const [name, { labels, buckets }] of Object.entries(histograms)) {
    const wanted = Object.values(labels).reduce((product, values) => product * values.length, 1);
    const series = lines.filter((line) => line.startsWith(`minotaur_${name}_bucket`));
    assert.equal(series.length, wanted * (buckets.length + 1), name);
    assert.ok(lines.filter((line) => line.startsWith(`minotaur_${name}`)).every((line) => line.endsWith(' 0')));
  }
});

test('it counts and times', async () => {
  const meter = new PrometheusMeter();
  meter.count('operations', { kind: 'read', outcome: 'done' });
  meter.count('operations', { kind: 'read', outcome: 'done' });
  meter.count('lease_lapses', {});
  meter.observe('commit_seconds', 0.02, {});
  meter.observe('operation_seconds', 0.3, { kind: 'command' });
  const lines = await linesOf(meter);
  for (const line of [
    'minotaur_operations_total{kind="read",outcome="done"} 2',
    'minotaur_operations_total{kind="read",outcome="failed"} 0',
    'minotaur_lease_lapses_total 1',
    'minotaur_commit_seconds_bucket{le="0.01"} 0',
    'minotaur_commit_seconds_bucket{le="0.025"} 1',
    'minotaur_operation_seconds_sum{kind="command"} 0.3',
  ]) {
    assert.ok(lines.includes(line), line);
  }
});

test('a value counts up to the first bound that it is not above; above all of them in all alone', async () => {
  const meter = new PrometheusMeter();
  for (const value of [1, 2, 3, 1_000_000]) meter.observe('commit_operations', value, {});
  const shown = (await linesOf(meter)).filter((line) => line.startsWith('minotaur_commit_operations'));
  const upTo = (bound: number) => [1, 2, 3, 1_000_000].filter((value) => value <= bound).length;
  const bounds = histograms.commit_operations.buckets.map(
    (bound) => `minotaur_commit_operations_bucket{le="${bound}"} ${upTo(bound)}`,
  );
  const inAll = ['_bucket{le="+Inf"} 4', '_sum 1000006', '_count 4'].map((end) => `minotaur_commit_operations${end}`);
  assert.deepEqual(shown, [...bounds, ...inAll]);
});

test('what is no finite number is measured nowhere', async () => {
  const meter = new PrometheusMeter();
  meter.observe('commit_seconds', 0.02, {});
  const before = await linesOf(meter);
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    meter.observe('commit_seconds', value, {});
    assert.deepEqual(await linesOf(meter), before, `${value}`);
  }
});

test('what the table does not name is measured nowhere', async () => {
  const meter = new PrometheusMeter();
  const before = await linesOf(meter);
  meter.count('operations', { kind: 'read', outcome: 'lost' as 'done' });
  meter.count('nothing' as 'lease_lapses', {});
  assert.deepEqual(await linesOf(meter), before);
});
