/**
 * The dashboard shows every metric of the table and no other, with labels and values that there are; and the file is what is made of the table.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { dashboard, dashboardFile, dashboardText, rows } from '../../src/dev/dashboard.ts';
import { type CounterRow, counters, gauges, histograms, tallies } from '../../src/metrics.ts';

interface Drawn {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

const { panels } = dashboard() as { panels: readonly Drawn[] };
const expressions = rows().flatMap((row) =>
  row.panels.flatMap(({ queries }) => queries.map(([expression]) => expression)),
);

/** By the names that Prometheus has, with the labels that each series has. */
const known = new Map<string, CounterRow['labels']>([
  ...Object.entries(gauges).map(([name, { labels }]) => [name, labels] as const),
  ...Object.entries({ ...tallies, ...counters }).map(([name, { labels }]) => [`${name}_total`, labels] as const),
  ...Object.entries(histograms).flatMap(([name, { labels }]) =>
    ['bucket', 'sum', 'count'].map((part) => [`${name}_${part}`, labels] as const),
  ),
]);
const ofEverybody = new Set(['instance', 'le']);

test('the file is what is made of the table: node src/dev/dashboard.ts writes it', () => {
  assert.equal(readFileSync(dashboardFile, 'utf8'), dashboardText());
});

test('every metric that it names is there, with the labels and values that it names', () => {
  for (const expression of expressions) {
    const named = [...expression.matchAll(/minotaur_(\w+)(?:\{([^}]*)\})?/g)];
    assert.ok(named.length > 0 || expression.startsWith('nodejs_'), expression);
    for (const [, name = '', selector = ''] of named) {
      const labels = known.get(name);
      assert.ok(labels, `${name} in ${expression}`);
      for (const [, label = '', values = ''] of selector.matchAll(/(\w+)=~?"([^"]*)"/g)) {
        for (const value of values.split('|'))
          assert.ok(labels[label]?.includes(value), `${label}=${value} in ${expression}`);
      }
      for (const [, list = ''] of expression.matchAll(/by \(([^)]*)\)/g)) {
        for (const label of list.split(', '))
          assert.ok(ofEverybody.has(label) || label in labels, `${label} in ${expression}`);
      }
    }
  }
});

test('no metric of the table is forgotten', () => {
  const all = [
    ...Object.keys(gauges),
    ...Object.keys({ ...tallies, ...counters }).map((name) => `${name}_total`),
    ...Object.keys(histograms).map((name) => `${name}_bucket`),
  ];
  const shown = new Set(
    expressions.flatMap((expression) => [...expression.matchAll(/minotaur_(\w+)/g)].map(([, name]) => name)),
  );
  assert.deepEqual(
    all.filter((name) => !shown.has(name)),
    [],
  );
});

test('the legend names labels that the query leaves, and each panel has a place of its own', () => {
  for (const { targets = [], title } of panels) {
    for (const { expr, legendFormat } of targets) {
      const left = /by \(([^)]*)\)/.exec(expr)?.[1]?.split(', ');
      for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
        assert.ok(left?.includes(label) ?? true, title);
    }
  }
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  const taken = new Map<string, string>();
  for (const { title, gridPos } of panels) {
    assert.ok(gridPos.x + gridPos.w <= 24, title);
    for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        assert.equal(taken.get(`${x},${y}`), undefined, `${title} lies on another panel`);
        taken.set(`${x},${y}`, title);
      }
    }
  }
});
