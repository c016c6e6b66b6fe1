/** Settings from the environment: defaults, bounds, and all errors at once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, readConfig } from '../../src/config.ts';

const least = { MINOTAUR_NATS_URL: 'a:4222, b:4222', MINOTAUR_ADMIN_TOKEN: 's3cret', MINOTAUR_MEMBER_ID: 'm1' };

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfig(environment);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems;
  }
  return [];
}

const named = (problems: readonly string[]) => problems.map((problem) => problem.split(':')[0]).sort();

test('the least that is needed gives the documented defaults', () => {
  const config = readConfig({ ...least, PATH: '/bin', MINOTAUR_PORT: '' });
  assert.deepEqual(config.nats.servers, ['a:4222', 'b:4222']);
  assert.equal(config.http.port, 3000);
  assert.deepEqual(config.http.adminTokens, ['s3cret']);
  const { slots, heartbeatMs, leaseMs, goneMs, suspectMs } = config.member;
  assert.deepEqual([slots, heartbeatMs, leaseMs, goneMs, suspectMs], [256, 100, 50, 250, 2500]);
});

test('every wrong setting is named, contradictions among those that are right included', () => {
  const problems = problemsOf({
    MINOTAUR_MEMBER_ID: 'a b',
    MINOTAUR_PORT: 'many',
    MINOTAUR_SLOTS: '0',
    MINOTAUR_HEARTBEAT_MS: '200',
    MINOTAUR_GONE_MS: '300',
    MINOTAUR_DRAIN_MIN_MS: '5000',
    MINOTAUR_DRAIN_TIMEOUT_MS: '5000',
  });
  assert.deepEqual(named(problems), [
    'MINOTAUR_ADMIN_TOKEN',
    'MINOTAUR_DRAIN_TIMEOUT_MS',
    'MINOTAUR_GONE_MS',
    'MINOTAUR_MEMBER_ID',
    'MINOTAUR_NATS_URL',
    'MINOTAUR_PORT',
    'MINOTAUR_SLOTS',
  ]);
});

test('a wrong token is not called missing, and its value is not told', () => {
  const problems = problemsOf({ ...least, MINOTAUR_ADMIN_TOKEN: 'with space' });
  assert.deepEqual(named(problems), ['MINOTAUR_ADMIN_TOKEN']);
  assert.ok(!problems.join().includes('with space'));
});

test('tokens come from the list and from the single setting', () => {
  const { http } = readConfig({ ...least, MINOTAUR_ADMIN_TOKENS: 'one,two' });
  assert.deepEqual([...http.adminTokens].sort(), ['one', 's3cret', 'two']);
});

test('suspectMs must be above goneMs', () => {
  assert.deepEqual(named(problemsOf({ ...least, MINOTAUR_SUSPECT_MS: '250' })), ['MINOTAUR_SUSPECT_MS']);
});
