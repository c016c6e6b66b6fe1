/** Measurements for Prometheus. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { injectedEdge } from '../edge-fixture.ts';

test('metrics show this member and what it survived', async (t) => {
  const { app, gateway } = await injectedEdge(t);
  gateway.incidents.set('rollbacks', 2);
  gateway.retries.set('unknown', 5);
  const first = await app.inject('/metrics');
  assert.equal(first.statusCode, 200);
  assert.match(first.headers['content-type'] as string, /^text\/plain/);
  for (const line of [
    'minotaur_ready 1',
    'minotaur_slots_held 85',
    'minotaur_slots_unowned 1',
    'minotaur_sessions 3',
    'minotaur_bucket_usable{bucket="sessions"} 1',
    'minotaur_bucket_usable{bucket="archive"} 0',
  ]) {
    assert.ok(first.body.split('\n').includes(line), line);
  }
  assert.ok(first.body.includes('minotaur_incidents_total{kind="rollbacks"} 2'));
  assert.ok(first.body.includes('minotaur_retries_total{reason="unknown"} 5'));
  for (const line of [
    'minotaur_incidents_total{kind="unreadable"} 0',
    'minotaur_retries_total{reason="busy"} 0',
    'minotaur_refusals_total{limit="connections"} 0',
    'minotaur_sockets 0',
    'minotaur_games{status="suspended"} 1',
    'minotaur_games{status="active"} 0',
  ]) {
    assert.ok(first.body.split('\n').includes(line), `from the start: ${line}`);
  }
  gateway.incidents.set('rollbacks', 3);
  gateway.games.clear();
  gateway.readiness = { ready: false, reasons: ['draining'] };
  const second = await app.inject('/metrics');
  assert.ok(second.body.includes('minotaur_incidents_total{kind="rollbacks"} 3'), 'counted anew at every look');
  assert.ok(second.body.includes('minotaur_games{status="suspended"} 0'), 'between two incarnations there are none');
  assert.ok(second.body.split('\n').includes('minotaur_ready 0'));
});
