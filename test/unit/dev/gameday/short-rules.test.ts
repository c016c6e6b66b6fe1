/**
 * The alerts of a gameday are those of docker/alerts.yml, and only their times are other ones.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { FACTOR, INTERVAL_MS, longestRangeMs, shortened } from '../../../../src/dev/gameday/short-rules.ts';
import { alertsFile } from '../../../support/alert-rules.ts';

const rules = readFileSync(alertsFile, 'utf8');

test('every time is as many times shorter as members are scraped more often, and nothing else changes', () => {
  const lines = rules.split('\n');
  const short = shortened(rules).split('\n');
  assert.equal(short.length, lines.length);
  let times = 0;
  for (const [index, line] of lines.entries()) {
    const seconds = [...line.matchAll(/(?<=for: |\[)(\d+)([sm])\b/g)].map(
      ([, count, unit]) => Number(count) * (unit === 'm' ? 60 : 1),
    );
    const ms = [...(short[index] ?? '').matchAll(/(?<=for: |\[)(\d+)ms/g)].map(([, count]) => Number(count));
    assert.deepEqual(
      ms,
      seconds.map((of) => (of * 1_000) / FACTOR),
      line,
    );
    assert.equal(
      (short[index] ?? '').replaceAll(/(?<=for: |\[)\d+ms/g, '…'),
      line.replaceAll(/(?<=for: |\[)\d+[sm]\b/g, '…'),
    );
    times += seconds.length;
  }
  assert.ok(times > 20, `${times} times`);
  assert.doesNotMatch(shortened(rules), /\bfor: \d+[sm]\b|\[\d+[sm]\]/);
});

test('what would be shorter than two scrapes is refused', () => {
  assert.throws(() => shortened('for: 5s'), /too short/);
  assert.equal(shortened('for: 30s'), `for: ${2 * INTERVAL_MS}ms`);
});

test('the longest range says how long an alert goes on', () => {
  assert.equal(longestRangeMs('rate(x[5m]) rate(y[15m])'), 30_000 + 4 * INTERVAL_MS);
});
