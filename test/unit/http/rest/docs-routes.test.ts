/** The documents and their page: served, protected, and a cost to no other route. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { wireShapesOf } from '../../../../src/game/wire-shapes.ts';
import { minotaurGame } from '../../../../src/games.ts';
import { asyncapi } from '../../../../src/http/api/asyncapi.ts';
import { openapi } from '../../../../src/http/api/openapi.ts';
import { injectedEdge } from '../edge-fixture.ts';

const asJson = (value: unknown) => JSON.parse(JSON.stringify(value));

const game = wireShapesOf(minotaurGame);

test('the documents are served as they are generated, to anyone', async (t) => {
  const { app } = await injectedEdge(t);
  for (const [url, document] of [
    ['/docs/openapi.json', openapi(game)],
    ['/docs/asyncapi.json', asyncapi(game)],
  ] as const) {
    const answer = await app.inject(url);
    assert.equal(answer.statusCode, 200, url);
    assert.match(String(answer.headers['content-type']), /^application\/json/);
    assert.deepEqual(answer.json(), asJson(document), url);
  }
});

test('a document is sent compressed, and not again to whoever has it', async (t) => {
  const { app } = await injectedEdge(t);
  for (const url of ['/docs/openapi.json', '/docs/asyncapi.json']) {
    const get = (headers: object) => app.inject({ url, headers: { ...headers } });
    const plain = await get({});
    const brotli = await get({ 'accept-encoding': 'gzip, br' });
    assert.equal(String(brotliDecompressSync(brotli.rawPayload)), plain.body);
    assert.ok(brotli.rawPayload.length * 6 < plain.body.length, `${url}: ${brotli.rawPayload.length} bytes`);
    const gzip = await get({ 'accept-encoding': 'gzip' });
    assert.equal(String(gunzipSync(gzip.rawPayload)), plain.body);
    assert.deepEqual(
      [brotli.headers['content-encoding'], brotli.headers['cache-control'], brotli.headers.vary],
      ['br', 'no-cache', 'Accept-Encoding'],
    );
    assert.match(String(brotli.headers['content-type']), /^application\/json/);
    assert.notEqual(gzip.headers.etag, brotli.headers.etag);
    const again = await get({ 'accept-encoding': 'br', 'if-none-match': brotli.headers.etag });
    assert.deepEqual([again.statusCode, again.body, again.headers.etag], [304, '', brotli.headers.etag]);
    assert.equal((await get({ 'if-none-match': '"of-another-version"' })).statusCode, 200);
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

test('the page tells every frame, field, close code and schema of the socket, without a script', async (t) => {
  const { app } = await injectedEdge(t);
  const page = (await app.inject('/docs')).body;
  const { channels, components } = asyncapi(game);
  for (const name of Object.keys(components.messages)) assert.match(page, new RegExp(`<h4 id="frame-${name}">`));
  for (const name of Object.keys(components.schemas)) assert.match(page, new RegExp(`<details id="schema-${name}">`));
  for (const code of Object.keys(channels.game['x-close-codes'])) assert.ok(page.includes(`<li>${code}: `), code);
  assert.doesNotMatch(page, /<td>anything</, 'a field without a type');
  assert.ok(page.includes('<code>idempotencyKey</code> <small>optional</small>'));
  assert.ok(page.includes('&quot;idempotencyKey&quot;: &quot;k3&quot;'), 'the example of register_action');
  const anchors = [...page.matchAll(/href="#([^"]+)"/g)].map(([, anchor = '']) => anchor);
  for (const anchor of anchors) assert.ok(page.includes(` id="${anchor}"`), `#${anchor} leads nowhere`);
});

test('a lock is shown where a token is needed, and nowhere else', async (t) => {
  const { app } = await injectedEdge(t);
  const script = (await app.inject('/docs/static/page.js')).body;
  const { plugins } = runPage(script);
  const show = plugins[0]?.().wrapComponents.OperationSummary(original, { React: { createElement } });
  const anyone = (list: readonly Requirement[]) => list.some((requirement) => Object.keys(requirement).length === 0);
  for (const path of Object.values<Record<string, Described>>(asJson(openapi(game)).paths)) {
    for (const { operationId, security, 'x-may': may } of Object.values(path)) {
      const summary = show?.({ operationProps: operationProps(security) });
      const kept = summary?.props.operationProps.get('security').list.length ?? 0;
      assert.equal(kept > 0, !may.includes('anyone') && !may.includes('spectator'), operationId);
      assert.equal(kept > 0, security.length > 0 && !anyone(security), operationId);
    }
  }
});

test('nothing that came with Swagger UI is reachable but the files that the page loads', async (t) => {
  const { app } = await injectedEdge(t);
  const inPackage = readdirSync(new URL('static/', import.meta.resolve('@fastify/swagger-ui')));
  const ours = readdirSync(new URL('../../../../src/http/docs/', import.meta.url));
  const served = ['favicon-32x32.png', 'page.css', 'page.js', 'swagger-ui-bundle.js', 'swagger-ui.css'];
  assert.ok(inPackage.includes('oauth2-redirect.html'));
  const others = [...inPackage, ...ours, 'swagger-initializer.js', 'index.css', ''].filter(
    (name) => !served.includes(name),
  );
  const defaults = ['/docs/json', '/docs/yaml', '/docs/index.html', '/docs/static', '/documentation', '/openapi.json'];
  const tricks = ['/docs/static/..%2fpage.ts', '/docs/static/%2e%2e/index.js', '/docs/static//index.html'];
  for (const url of [...others.map((name) => `/docs/static/${name}`), ...defaults, ...tricks]) {
    const answer = await app.inject(url);
    assert.equal(answer.statusCode, 404, url);
    assert.match(String(answer.headers['content-type']), /^application\/problem\+json/, url);
  }
  for (const name of served) assert.equal((await app.inject(`/docs/static/${name}`)).statusCode, 200, name);
});

test('the page may run its own scripts only, and be shown in no frame', async (t) => {
  const { app } = await injectedEdge(t);
  for (const url of ['/docs', '/docs/', '/docs/static/swagger-ui-bundle.js', '/docs/static/page.js']) {
    const { headers } = await app.inject(url);
    const policy = String(headers['content-security-policy']);
    assert.match(policy, /default-src 'self'/, url);
    assert.match(policy, /frame-ancestors 'none'/, url);
    assert.doesNotMatch(policy, /unsafe-eval|script-src[^;]*unsafe-inline/, url);
    assert.equal(headers['x-content-type-options'], 'nosniff', url);
  }
  const page = await app.inject('/docs');
  // Nothing that the policy would stop: no script and no handler in the page itself.
  assert.doesNotMatch(page.body, /<script(?![^>]*\bsrc=)[^>]*>|<[^>]*\son\w+=|<style/);
});

test('no other route carries the headers of the page', async (t) => {
  const { app } = await injectedEdge(t);
  for (const url of ['/v1/games/ABC', '/livez', '/docs/openapi.json', '/nowhere']) {
    const { headers } = await app.inject(url);
    assert.equal(headers['content-security-policy'], undefined, url);
    assert.equal(headers['x-content-type-options'], 'nosniff', url);
  }
});

interface Described {
  readonly operationId: string;
  readonly security: readonly Requirement[];
  readonly 'x-may': readonly string[];
}
type Requirement = Readonly<Record<string, unknown>>;

/** As much of Swagger UI and of its immutable lists as the page's script uses. */
interface Requirements {
  readonly list: readonly Requirement[];
  some(accepts: (requirement: { isEmpty(): boolean }) => boolean): boolean;
  clear(): Requirements;
}
interface OperationProps {
  get(name: 'security'): Requirements;
  set(name: 'security', value: Requirements): OperationProps;
}
type Props = { readonly operationProps: OperationProps };
type Show = (props: Props) => { readonly props: Props };
type Plugin = () => { wrapComponents: { OperationSummary: (original: unknown, system: unknown) => Show } };

const original = 'OperationSummary';
const createElement = (_type: unknown, props: Props) => ({ props });

function operationProps(security: readonly Requirement[]): OperationProps {
  const all = requirements(security);
  return { get: () => all, set: (_name, value) => operationProps(value.list) };
}

function requirements(list: readonly Requirement[]): Requirements {
  return {
    list,
    some: (accepts) => list.some((each) => accepts({ isEmpty: () => Object.keys(each).length === 0 })),
    clear: () => requirements([]),
  };
}

function runPage(script: string): { readonly plugins: readonly Plugin[] } {
  let given: unknown;
  const SwaggerUIBundle = Object.assign((config: unknown) => (given = config), { presets: { apis: [] } });
  runInNewContext(script, { SwaggerUIBundle, location: { hash: '' } });
  return given as { readonly plugins: readonly Plugin[] };
}
