/**
 * The gameday reaches every entry of the runbook, or says why not; what it says of alerts and of entries is so.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { elsewhere, incidents, notExercised } from '../../../../src/dev/gameday/incidents.ts';
import { parseGamedayOptions, usage } from '../../../../src/dev/gameday/options.ts';

const root = join(import.meta.dirname, '../../../..');
const textOf = (path: string) => readFileSync(join(root, path), 'utf8');
/** As GitHub makes them of headings. */
const entries = [...textOf('docs/runbook.md').matchAll(/^#{2,} (.*)$/gm)].map(([, heading = '']) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-'),
);
const reached = new Set(incidents.flatMap(({ runbook }) => runbook));

test('every entry of the runbook is reached by an incident, or it is said why not; none is both', () => {
  assert.ok(entries.length > 15);
  const told = [...reached, ...Object.keys(notExercised)];
  assert.deepEqual(told.toSorted(), entries.toSorted());
});

test('what of an entry is tried elsewhere is there', () => {
  for (const [entry, why] of Object.entries(elsewhere)) {
    assert.ok(reached.has(entry), entry);
    const [file = assert.fail(`${entry}: ${why}`)] = why.match(/test\/[\w/.-]+\.ts/) ?? [];
    assert.match(textOf(file), /\btest\(|\bit\(|\bname: '/, file);
  }
});

test('alerts that are named exist, and lead to an entry of their incident', () => {
  const rules = textOf('docker/alerts.yml').split('- alert: ');
  for (const { name, alert, runbook } of incidents) {
    if (alert === null) continue;
    const rule = rules.find((text) => text.startsWith(`${alert}\n`)) ?? assert.fail(`${name}: there is no ${alert}`);
    const [, entry = ''] = /runbook_url: docs\/runbook\.md#(\S+)/.exec(rule) ?? [];
    assert.ok(runbook.includes(entry), `${name}: ${alert} leads to ${entry}, not to ${runbook}`);
  }
});

test('incidents are chosen by name; what is no name is refused', () => {
  assert.deepEqual(parseGamedayOptions([]), { chosen: incidents, withAlerts: true });
  assert.equal(parseGamedayOptions(['--without-alerts'])?.withAlerts, false);
  const { chosen } = parseGamedayOptions(['--only', 'roll', '--only', 'kill']) ?? {};
  assert.deepEqual(
    chosen?.map(({ name }) => name),
    ['kill', 'roll'],
    'in the order of the day',
  );
  assert.throws(() => parseGamedayOptions(['--only', 'rain']), /there is no incident "rain"/);
  assert.equal(parseGamedayOptions(['--help']), null);
  for (const { name } of incidents) assert.ok(usage.includes(`  ${name} `), name);
});
