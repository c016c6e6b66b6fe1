/** The documents and their page: served, protected, and a cost to no other route. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asyncapi } from '../../../src/http/api/asyncapi.ts';
import { openapi } from '../../../src/http/api/openapi.ts';
import { injectedEdge } from './edge-fixture.ts';

const asJson = (value: unknown) => JSON.parse(JSON.stringify(value));

test('the documents are served as they are generated, to anyone', async (t) => {
  const { app } = await injectedEdge(t);
  for (const [url, document] of [
    ['/docs/openapi.json', openapi()],
    ['/docs/asyncapi.json', asyncapi()],
    ['/docs/json', openapi()],
  ] as const) {
    const answer = await app.inject(url);
    assert.equal(answer.statusCode, 200, url);
    assert.match(String(answer.headers['content-type']), /^application\/json/);
    assert.deepEqual(answer.json(), asJson(document), url);
  }
});

test('the page loads, with all that it refers to', async (t) => {
  const { app } = await injectedEdge(t);
  const page = await app.inject('/docs');
  assert.equal(page.statusCode, 200);
  assert.match(String(page.headers['content-type']), /^text\/html/);
  const files = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file = '']) => file);
  assert.ok(
    files.some((file) => file.endsWith('swagger-ui-bundle.js')),
    page.body,
  );
  for (const file of files) {
    const answer = await app.inject(new URL(file, 'http://member/docs').pathname);
    assert.equal(answer.statusCode, 200, file);
  }
});

test('the page may run its own scripts only, and be shown in no frame', async (t) => {
  const { app } = await injectedEdge(t);
  for (const url of ['/docs', '/docs/static/swagger-ui-bundle.js']) {
    const { headers } = await app.inject(url);
    const policy = String(headers['content-security-policy']);
    assert.match(policy, /default-src 'self'/, url);
    assert.match(policy, /frame-ancestors 'none'/, url);
    assert.doesNotMatch(policy, /unsafe-eval|script-src[^;]*unsafe-inline/, url);
    assert.equal(headers['x-content-type-options'], 'nosniff', url);
  }
  const page = await app.inject('/docs');
  // Nothing that the policy would stop: no script and no handler in the page itself.
  assert.doesNotMatch(page.body, /<script(?![^>]*\bsrc=)[^>]*>|\son\w+=/);
});

test('no other route carries the headers of the page', async (t) => {
  const { app } = await injectedEdge(t);
  for (const url of ['/v1/games/ABC', '/livez', '/docs/openapi.json', '/nowhere']) {
    const { headers } = await app.inject(url);
    assert.equal(headers['content-security-policy'], undefined, url);
    assert.equal(headers['x-content-type-options'], 'nosniff', url);
  }
});
