/**
 * What an operator saw is shown so that what matters is among it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Incident } from '../../../../src/dev/gameday/incident.ts';
import { reportOf } from '../../../../src/dev/gameday/report.ts';

const nothing = async () => {};
const incident: Incident = {
  name: 'rain',
  what: 'it rains',
  signs: [/^log drained/, /^answer 401/],
  runbook: [],
  alert: null,
  harm: nothing,
  mend: nothing,
};

test('the signs of an incident stand first, however much else was seen, and even where they are of level info', () => {
  const noise = Array.from({ length: 40 }, (_, index) => `status ring: … ${index}`);
  const tried = { attempts: 2, failed: 1 };
  const felt = { tried: { read: tried, command: tried, round: tried }, slowestMs: 20, allGoOnMs: 30 };
  const saw = ['log joined (info)', ...noise, 'log drained (info)', 'answer 401'];
  const report = reportOf({ incident, felt, saw, heard: null, problems: [] });
  const operator = report.filter((line) => /^ {2}(?:operator| {8}) /.test(line)).map((line) => line.slice(13));
  assert.deepEqual(operator.slice(0, 3), ['log drained (info)', 'answer 401', 'status ring: … 0']);
  assert.equal(operator.at(-1), 'and 30 more');
});
