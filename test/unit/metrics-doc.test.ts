/**
 * The tables of docs/metrics.md list exactly the metrics of src/metrics.ts, with every value of their labels.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type CounterRow, counters, gauges, histograms, tallies } from '../../src/metrics.ts';

function row(name: string, { help, labels }: CounterRow): string {
  const listed = Object.entries(labels).map(([label, values]) => `\`${label}\`: ${values.map(quoted).join(', ')}`);
  return `| ${quoted(`minotaur_${name}`)} | ${help} | ${listed.join('; ')} |`;
}

const quoted = (text: string) => `\`${text}\``;

test('docs/metrics.md holds every metric, and no other', () => {
  const text = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
  const listed = text.split('\n').filter((line) => line.startsWith('| `'));
  const rows = (table: Readonly<Record<string, CounterRow>>, suffix = '') =>
    Object.entries(table).map(([name, of]) => row(`${name}${suffix}`, of));
  assert.deepEqual(listed, [...rows(gauges), ...rows({ ...tallies, ...counters }, '_total'), ...rows(histograms)]);
});
