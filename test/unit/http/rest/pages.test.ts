/** The pages for browsers: what was built is served as it is, compressed, under a policy that lets nothing else run. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { codingFor } from '../../../../src/http/edge/coded-texts.ts';
import { injectedEdge } from '../edge-fixture.ts';
import { builtPages, script, style } from './pages-fixture.ts';

const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

test('a page is served in the best form that the client takes, and not again while it is the same', async (t) => {
  const { app } = await injectedEdge(t, { pages: builtPages(t) });
  const get = (url: string, headers: object) => app.inject({ url, headers: { ...browser, ...headers } });
  const plain = await get('/play', {});
  assert.match(plain.body, /<title>play<\/title>/);
  assert.equal(plain.headers['content-encoding'], undefined);
  const brotli = await get('/play', { 'accept-encoding': 'gzip, deflate, br' });
  assert.equal(brotli.headers['content-encoding'], 'br');
  assert.equal(String(brotliDecompressSync(brotli.rawPayload)), plain.body);
  const gzip = await get('/play', { 'accept-encoding': 'gzip, br;q=0' });
  assert.equal(String(gunzipSync(gzip.rawPayload)), plain.body);
  assert.equal(brotli.headers['cache-control'], 'no-cache');
  assert.match(`${brotli.headers.vary}`, /Accept-Encoding/);

  for (const known of [`${brotli.headers.etag}`, `W/${brotli.headers.etag}`, `"other", ${brotli.headers.etag}`, '*']) {
    const again = await get('/play', { 'accept-encoding': 'br', 'if-none-match': known });
    assert.deepEqual([again.statusCode, again.body, again.headers.etag], [304, '', brotli.headers.etag], known);
  }
  assert.equal((await get('/play', { 'if-none-match': '"another-build"' })).statusCode, 200);
  assert.notEqual(gzip.headers.etag, brotli.headers.etag);
});

test('the policy names the digests of script and styles, and allows nothing else', async (t) => {
  const { app } = await injectedEdge(t, { pages: builtPages(t) });
  for (const url of ['/', '/play', '/cluster']) {
    const policy = `${(await app.inject({ url, headers: browser })).headers['content-security-policy']}`;
    const digest = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    assert.match(policy, /default-src 'none'/);
    assert.ok(
      policy.includes(`script-src ${digest(script)};`) && policy.includes(`style-src ${digest(style)};`),
      policy,
    );
    assert.ok(policy.includes("connect-src 'self';"));
    assert.doesNotMatch(policy, /unsafe|\*|http/);
  }
});

test('the root is the page for browsers alone; other methods are refused, HEAD has no body', async (t) => {
  const { app } = await injectedEdge(t, { pages: builtPages(t) });
  assert.match((await app.inject({ url: '/', headers: browser })).body, /<title>index/);
  assert.match((await app.inject({ url: '/' })).body, /^Minotaur serves games here/);
  const head = await app.inject({ method: 'HEAD', url: '/cluster' });
  assert.deepEqual([head.statusCode, head.body], [200, '']);
  assert.equal((await app.inject({ method: 'POST', url: '/play' })).headers.allow, 'GET, HEAD');
  for (const url of ['/index.html', '/play/x', '/assets/x.js', '/play.html', '/..%2fpackage.json']) {
    assert.equal((await app.inject({ url, headers: browser })).statusCode, 404, url);
  }
});

test('where nothing was built, the pages say how', async (t) => {
  const { app } = await injectedEdge(t);
  const reply = await app.inject({ url: '/play' });
  assert.deepEqual([reply.statusCode, reply.json().code], [404, 'not_found']);
  assert.match(reply.json().detail, /npm run build/);
});

test('where operators have a port, the page of the cluster is there alone', async (t) => {
  const { app } = await injectedEdge(t, { pages: builtPages(t), opsPort: 1 });
  assert.equal((await app.inject({ url: '/cluster', headers: browser })).statusCode, 404);
  assert.equal((await app.inject({ url: '/play', headers: browser })).statusCode, 200);
});

test('codings are understood as they come', () => {
  for (const [accepted, coding] of [
    ['', 'identity'],
    ['br', 'br'],
    ['gzip;q=1.0, br;q=0.5', 'br'],
    ['br;q=0, gzip', 'gzip'],
    ['br; q=0.0,gzip;q=0', 'identity'],
    ['brotli, xgzip', 'identity'],
    ['deflate, GZIP', 'gzip'],
  ] as const) {
    assert.equal(codingFor(accepted), coding, accepted);
  }
});
