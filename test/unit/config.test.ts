/** Settings from the environment: defaults, bounds, and all errors at once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from '../../src/config.ts';
import { ConfigError } from '../../src/config-error.ts';
import { defaultLimits } from '../../src/http/edge/edge.ts';

const secret = 'a-secret-of-exactly-32-bytes-012';
const least = {
  MINOTAUR_NATS_URL: 'a:4222, b:4222',
  MINOTAUR_ADMIN_TOKEN: 's3cret',
  MINOTAUR_TOKEN_SECRETS: secret,
  MINOTAUR_MEMBER_ID: 'm1',
};

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
    'MINOTAUR_TOKEN_SECRETS',
  ]);
});

test('a variable that is no setting is refused by name, with the one that was likely meant', () => {
  const misspelt = (name: string) => problemsOf({ ...least, [name]: '1' });
  assert.deepEqual(misspelt('MINOTAUR_CREATION_PER_MINUTE'), [
    'MINOTAUR_CREATION_PER_MINUTE: is not known; did you mean MINOTAUR_CREATIONS_PER_MINUTE?',
  ]);
  assert.deepEqual(misspelt('MINOTAUR_LOGLEVEL'), [
    'MINOTAUR_LOGLEVEL: is not known; did you mean MINOTAUR_LOG_LEVEL?',
  ]);
  assert.deepEqual(misspelt('MINOTAUR_BANANAS'), ['MINOTAUR_BANANAS: is not known']);
  assert.deepEqual(problemsOf({ ...least, MINOTAUR_SLOT: '' }), [], 'what is empty is not given');
});

test("what Kubernetes adds for a Service, and what deployments are told, is nobody's mistake", () => {
  const links = {
    MINOTAUR_SERVICE_HOST: '10.0.0.1',
    MINOTAUR_SERVICE_PORT: '8080',
    MINOTAUR_SERVICE_PORT_HTTP: '8080',
    MINOTAUR_PORT: 'tcp://10.0.0.1:8080',
    MINOTAUR_PORT_8080_TCP: 'tcp://10.0.0.1:8080',
    MINOTAUR_PORT_8080_TCP_PROTO: 'tcp',
    MINOTAUR_PORT_8080_TCP_PORT: '8080',
    MINOTAUR_PORT_8080_TCP_ADDR: '10.0.0.1',
    MINOTAUR_OPS_SERVICE_HOST: '10.0.0.2',
    MINOTAUR_OPS_PORT: 'tcp://10.0.0.2:8081',
    MINOTAUR_HEADLESS_PORT: 'udp://10.0.0.3:53',
    MINOTAUR_IMAGE: 'minotaur:local',
    MINOTAUR_VERSION: '1.2.3',
  };
  const { http } = readConfig({ ...least, ...links });
  assert.deepEqual([http.port, http.opsPort], [3000, 0]);
  assert.deepEqual(named(problemsOf({ ...least, MINOTAUR_PORT: 'tcp' })), ['MINOTAUR_PORT']);
});

test('the settings in force are shown, every one of them, and no secret', () => {
  const { shown } = readConfig({
    ...least,
    MINOTAUR_NATS_URL: 'nats://user:p%40ss@a:4222,nats://user:p%40ss@b:4222,c:4222',
    MINOTAUR_ADMIN_TOKENS: 'one-admin,two-admin',
    MINOTAUR_SLOTS: '8',
    MINOTAUR_CORS_ORIGINS: 'https://a.example,https://b.example',
  });
  assert.equal(shown.MINOTAUR_NATS_URL, 'nats://a:4222,nats://b:4222,c:4222');
  assert.deepEqual([shown.MINOTAUR_SLOTS, shown.MINOTAUR_PORT, shown.MINOTAUR_MEMBER_ID], [8, 3000, 'm1']);
  assert.equal(shown.MINOTAUR_CORS_ORIGINS, 'https://a.example,https://b.example');
  assert.equal(shown.MINOTAUR_ADMIN_TOKENS, '2 given');
  for (const hidden of [secret, 's3cret', 'one-admin', 'two-admin', 'p%40ss', 'user']) {
    assert.ok(!JSON.stringify(shown).includes(hidden), hidden);
  }
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

test('a newer version of the game can be taken back for ten minutes, or a second, or a week', () => {
  const rollback = (text: string) => ({ ...least, MINOTAUR_GAME_ROLLBACK_MS: text });
  assert.equal(readConfig(least).member.gameRollbackMs, 600_000);
  for (const ms of [1_000, 604_800_000]) assert.equal(readConfig(rollback(String(ms))).member.gameRollbackMs, ms);
  for (const wrong of ['999', '604800001', '10m']) {
    assert.deepEqual(named(problemsOf(rollback(wrong))), ['MINOTAUR_GAME_ROLLBACK_MS']);
  }
});

test('suspectMs must be above goneMs', () => {
  assert.deepEqual(named(problemsOf({ ...least, MINOTAUR_SUSPECT_MS: '250' })), ['MINOTAUR_SUSPECT_MS']);
});

test('secrets of tokens: at least one, none short, none twice; never shown', () => {
  const other = 'another-secret-of-at-least-32-bytes';
  const { http } = readConfig({ ...least, MINOTAUR_TOKEN_SECRETS: ` ${other} , ${secret},` });
  assert.deepEqual(http.tokenSecrets, [other, secret]);
  assert.equal(http.tokenDays, 90);
  for (const wrong of [
    '',
    ' , ',
    secret.slice(1),
    `${secret},short-one`,
    `${secret},${secret}`,
    `${secret} ${secret}`,
  ]) {
    const problems = problemsOf({ ...least, MINOTAUR_TOKEN_SECRETS: wrong });
    assert.deepEqual([...new Set(named(problems))], ['MINOTAUR_TOKEN_SECRETS'], wrong);
    assert.ok(!problems.join().includes('short-one') && !problems.join().includes(secret.slice(1)));
  }
});

test('the limits of the edge are the same here as there', () => {
  const { limits } = readConfig(least).http;
  assert.deepEqual({ ...defaultLimits, ...limits }, defaultLimits);
  const given = readConfig({ ...least, MINOTAUR_JOINS_PER_MINUTE: '7', MINOTAUR_CONNECTIONS: '11' }).http.limits;
  assert.deepEqual(given, { ...limits, joinsPerMinute: 7, connections: 11 });
});

test('origins are as browsers write them', () => {
  const origins = ['https://game.example', 'https://game.example:8443', 'http://localhost:5173', 'http://[::1]'];
  origins.push(
    'capacitor://localhost',
    'ionic://localhost',
    'tauri://localhost',
    'app://game',
    'com.example.game://x:8',
  );
  const { http } = readConfig({ ...least, MINOTAUR_CORS_ORIGINS: origins.join() });
  assert.deepEqual(http.corsOrigins, origins);
  assert.deepEqual(readConfig(least).http.corsOrigins, []);
  for (const wrong of [
    '*',
    'null',
    'game.example',
    'https://game.example/',
    'https://game.example/page',
    'https://GAME.example',
    'https://game.example:443',
    'https://*.game.example',
    'ftp://game.example',
    'file://',
    'file://host',
    'capacitor://',
    'capacitor://localhost/',
    'capacitor://*',
    'Capacitor://localhost',
    'capacitor:localhost',
    'https://',
  ]) {
    const problems = problemsOf({ ...least, MINOTAUR_CORS_ORIGINS: `https://right.example,${wrong}` });
    assert.deepEqual(named(problems), ['MINOTAUR_CORS_ORIGINS'], wrong);
  }
});

test('headers that pages may send beside the usual ones are names', () => {
  const { http } = readConfig({ ...least, MINOTAUR_CORS_HEADERS: 'sentry-trace, X-Requested-With' });
  assert.deepEqual(http.corsHeaders, ['sentry-trace', 'X-Requested-With']);
  for (const wrong of ['*', 'a b', 'a:b']) {
    assert.deepEqual(named(problemsOf({ ...least, MINOTAUR_CORS_HEADERS: wrong })), ['MINOTAUR_CORS_HEADERS'], wrong);
  }
});

test('trusted proxies are addresses and networks, but never everybody', () => {
  const proxies = ['10.0.0.0/8', '192.168.1.1', '::1', 'fd00::/8', '10.1.2.3/32'];
  const { http } = readConfig({ ...least, MINOTAUR_TRUSTED_PROXIES: proxies.join(', ') });
  assert.deepEqual(http.trustedProxies, proxies);
  for (const wrong of [
    'proxy.example',
    'loopback',
    '10.0.0.0/33',
    '10.0.0.0/0',
    '::/0',
    '::/129',
    '10.0.0/8',
    '10.0.0.0/8/8',
    '10.0.0.0/',
  ]) {
    const problems = problemsOf({ ...least, MINOTAUR_TRUSTED_PROXIES: wrong });
    assert.deepEqual(named(problems), ['MINOTAUR_TRUSTED_PROXIES'], wrong);
  }
});

test('listeners do not share a port, and a whole game is at least as large as a body', () => {
  const problems = problemsOf({
    ...least,
    MINOTAUR_PORT: '4000',
    MINOTAUR_SHARED_PORT: '4000',
    MINOTAUR_OPS_PORT: '4000',
    MINOTAUR_CONTINUE_BODY_BYTES: '2000',
    MINOTAUR_FRAME_BYTES: '1',
  });
  assert.deepEqual(named(problems), [
    'MINOTAUR_CONTINUE_BODY_BYTES',
    'MINOTAUR_FRAME_BYTES',
    'MINOTAUR_OPS_PORT',
    'MINOTAUR_SHARED_PORT',
  ]);
  assert.deepEqual(problemsOf({ ...least, MINOTAUR_PORT: '0', MINOTAUR_SHARED_PORT: '0' }), []);
  assert.equal(readConfig({ ...least, MINOTAUR_OPS_PORT: '4001' }).http.opsPort, 4001);
});
