/** What stands at `/`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { injectedEdge } from '../edge-fixture.ts';

test('the root leads to the documents: as a page for browsers, as text for everybody else', async (t) => {
  const { app } = await injectedEdge(t, { opsPort: 1, corsOrigins: ['https://game.example'] });
  for (const [accept, type] of [
    [undefined, 'text/plain'],
    ['*/*', 'text/plain'],
    ['application/json', 'text/plain'],
    ['text/html;q=0', 'text/plain'],
    ['text/html;q=0.0, */*', 'text/plain'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text/html'],
    ['text/html;q=0.5', 'text/html'],
  ] as const) {
    const headers = { origin: 'https://game.example', ...(accept && { accept }) };
    const reply = await app.inject({ url: '/', headers });
    assert.equal(reply.statusCode, 200);
    assert.equal(reply.headers['content-type'], `${type}; charset=utf-8`, accept);
    assert.match(reply.body, /\/docs/);
    assert.match(`${reply.headers.vary}`, /Origin.*Accept/);
    assert.match(`${reply.headers['content-security-policy']}`, /default-src 'self'/);
  }
  assert.equal((await app.inject({ method: 'HEAD', url: '/' })).statusCode, 200);
  assert.equal((await app.inject({ method: 'POST', url: '/' })).headers.allow, 'GET, HEAD');
});
