/**
 * Alerts speak of metrics that there are, and lead to a section of the runbook that there is.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { counters, gauges, histograms, tallies } from '../../src/metrics.ts';
import { alertRules } from '../support/alert-rules.ts';

const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');

const names = new Set([
  ...Object.keys(gauges),
  ...Object.keys({ ...tallies, ...counters }).map((name) => `${name}_total`),
  ...Object.keys(histograms).flatMap((name) => [`${name}_bucket`, `${name}_sum`, `${name}_count`]),
]);

test('every metric that an alert names is one of ours', () => {
  for (const { alert, expr } of alertRules()) {
    const named = [...expr.matchAll(/minotaur_(\w+)/g)].map(([, name = '']) => name);
    assert.ok(named.length > 0, alert);
    for (const name of named) assert.ok(names.has(name), `${alert}: minotaur_${name}`);
  }
});

test('every alert says how bad it is, what it is, and where the runbook goes on', () => {
  const headings = [...runbook.matchAll(/^#+ (.*)$/gm)].map(([, text = '']) => anchorOf(text));
  for (const { alert, labels, annotations } of alertRules()) {
    assert.match(labels.severity, /^(critical|warning)$/, alert);
    assert.ok(annotations.summary && annotations.description, alert);
    const [, anchor] = /^docs\/runbook\.md#(.+)$/.exec(annotations.runbook_url) ?? [];
    assert.ok(anchor !== undefined && headings.includes(anchor), `${alert}: ${annotations.runbook_url}`);
  }
});

test('the runbook lists every alert', () => {
  const [, section = ''] = /^## What to be paged by\n(.*)$/ms.exec(runbook) ?? [];
  const listed = [...section.matchAll(/^\| `(Minotaur\w+)`/gm)].map(([, name]) => name);
  assert.deepEqual(
    listed,
    alertRules().map(({ alert }) => alert),
  );
});

/** As Markdown's readers make them of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .replaceAll(' ', '-');
}
