/** The OpenAPI document: valid, true to its own examples, and about every route that there is. */
import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import type { FastifyInstance } from 'fastify';
import { errorCodes } from '../../../../src/errors.ts';
import { wireShapesOf } from '../../../../src/game/wire-shapes.ts';
import { minotaurGame } from '../../../../src/games.ts';
import { openapi } from '../../../../src/http/api/openapi.ts';
import { everyOperation } from '../../../../src/http/api/operations.ts';
import { Contract, type Document } from '../../../support/contract.ts';
import { injectedEdge } from '../edge-fixture.ts';

const document: Document = JSON.parse(JSON.stringify(openapi(wireShapesOf(minotaurGame))));
const contract = new Contract(document);
const described = Object.entries<Document>(document.paths).flatMap(([path, methods]) =>
  Object.entries<Document>(methods).map(([method, operation]) => ({ path, method, operation })),
);

test('the document is valid OpenAPI 3.1, and every reference in it leads somewhere', async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(structuredClone(document));
  assert.ok(valid, JSON.stringify(errors));
  assert.equal(validator.version, '3.1');
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, pointer = '']) => pointer);
  assert.ok(references.length > 100);
  for (const pointer of references) {
    const target = pointer.split('/').reduce((at: Document, part) => at?.[part], document);
    assert.ok(target !== undefined, pointer);
  }
});

test('every operation of the table is in the document, once', () => {
  const ids = described.map(({ operation }) => operation.operationId);
  assert.deepEqual(ids.toSorted(), everyOperation.map(({ id }) => id).toSorted());
  for (const { path, method, id } of everyOperation) {
    assert.equal(document.paths[path][method.toLowerCase()].operationId, id);
  }
});

test('every name in braces is a parameter, and the reverse', () => {
  for (const { path, operation } of described) {
    const inPath = operation.parameters.filter((parameter: Document) => parameter.in === 'path');
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    assert.deepEqual(
      inPath.map(({ name }: Document) => name),
      named,
      path,
    );
  }
});

test('a token in an example is of the game beside it', () => {
  const answers = everyOperation.flatMap(({ answers }) => Object.values<{ readonly example?: unknown }>(answers));
  const pairs = answers.flatMap(({ example }) => {
    const { token, gameId } = (example ?? {}) as { token?: string; gameId?: string };
    return token === undefined || gameId === undefined ? [] : [{ token, gameId }];
  });
  assert.ok(pairs.length > 1);
  for (const { token, gameId } of pairs) {
    const [, payload = ''] = token.split('.');
    assert.deepEqual(JSON.parse(Buffer.from(payload, 'base64url').toString()), { game: gameId });
  }
});

test('every example satisfies its schema', () => {
  let checked = 0;
  const check = (where: (string | number)[], content: Document) => {
    for (const [type, { example, examples }] of Object.entries<Document>(content ?? {})) {
      const values = examples === undefined ? [example] : Object.values<Document>(examples).map(({ value }) => value);
      for (const value of values) {
        assert.equal(contract.at(...where, 'content', type, 'schema')(value), null, where.join(' '));
        checked += 1;
      }
    }
  };
  for (const { path, method, operation } of described) {
    const where = ['paths', path, method];
    check([...where, 'requestBody'], operation.requestBody?.content);
    for (const [status, { content }] of Object.entries<Document>(operation.responses)) {
      check([...where, 'responses', status], content);
    }
    operation.parameters.forEach((parameter: Document, index: number) => {
      if (parameter.example === undefined) return;
      assert.equal(contract.at(...where, 'parameters', index, 'schema')(parameter.example), null, parameter.name);
    });
  }
  assert.ok(checked > 200, `${checked} examples`);
});

test('every answer has an example or no body, and every example request is what the table itself accepts', () => {
  for (const { id, answers, params, query, body, example } of everyOperation) {
    for (const answer of Object.values(answers)) assert.ok(answer.schema === null || answer.example !== null, id);
    assert.ok(params.safeParse(example.params).success, id);
    assert.ok(query.safeParse(example.query).success, id);
    if (body !== null) assert.ok(body.safeParse(example.body ?? {}).success, id);
    else assert.equal(example.body, undefined, id);
  }
});

test('every error is documented where it happens: some operation names it, with an example of its own', () => {
  const responses = [
    ...described.flatMap(({ operation }) => Object.values<Document>(operation.responses)),
    ...Object.values<Document>(document.components.responses),
  ];
  const examples = responses.flatMap(({ content }) =>
    Object.values<Document>(content?.['application/problem+json']?.examples ?? {}),
  );
  assert.deepEqual(new Set(examples.map(({ value }) => value.code)), new Set(errorCodes));
  assert.deepEqual(document.components.schemas.Problem.properties.code.enum, errorCodes);
});

test('a 503 is shown with both outcomes, and says when to try again as a 429 does', () => {
  for (const { operation } of described) {
    for (const status of [429, 503]) {
      const response = operation.responses[status];
      assert.ok(response === undefined || response.headers['Retry-After'], `${operation.operationId} ${status}`);
    }
    const examples: Document = operation.responses[503]?.content['application/problem+json']?.examples;
    if (examples === undefined) continue;
    const outcomes = Object.values<Document>(examples).map(({ value }) => value.outcome);
    assert.deepEqual(new Set(outcomes), new Set(['notApplied', 'unknown']), operation.operationId);
  }
});

test('whatever needs a token says which, and what changes a game takes an idempotency key', () => {
  for (const { id, may, tag, method, idempotent } of everyOperation) {
    const { operation } = described.find((each) => each.operation.operationId === id) as Document;
    assert.deepEqual(operation['x-may'], may);
    const open =
      operation.security.length === 0 || operation.security.some((each: object) => Object.keys(each).length === 0);
    assert.equal(open, may.includes('anyone') || may.includes('spectator'), id);
    const isCommand = method !== 'GET' && tag !== 'cluster';
    assert.equal(idempotent, isCommand, id);
    const takesKey = operation.parameters.some(
      ({ $ref }: Document) => $ref === '#/components/parameters/IdempotencyKey',
    );
    assert.equal(takesKey, isCommand, id);
  }
});

/** Addresses of the page under `/docs`: files that it loads. */
const isPageFile = (url: string) => /^\/docs\/($|static\/)/.test(url);

test('every address that the server knows is in the document with its methods, and the reverse', async (t) => {
  const urls = new Set<string>();
  const listen = (message: unknown) => {
    (message as { fastify: FastifyInstance }).fastify.addHook('onRoute', ({ url }) => void urls.add(url));
  };
  subscribe('fastify.initialization', listen);
  const { app } = await injectedEdge(t);
  unsubscribe('fastify.initialization', listen);

  const known = [...urls].filter((url) => !isPageFile(url)).map((url) => url.replace(/:(\w+)/g, '{$1}'));
  assert.deepEqual(known.toSorted(), Object.keys(document.paths).toSorted());
  for (const [path, methods] of Object.entries<Document>(document.paths)) {
    const { statusCode, headers } = await app.inject({ method: 'PATCH', url: path.replaceAll(/\{\w+\}/g, '1') });
    if (path.startsWith('/docs')) {
      // The page registers its own addresses, after the others were closed to other methods.
      assert.equal(statusCode, 404, path);
      const taken = app.supportedMethods.filter((method) => app.hasRoute({ method, url: path }));
      assert.deepEqual(taken.toSorted(), ['GET', 'HEAD'], path);
      continue;
    }
    assert.equal(statusCode, 405, path);
    const allowed = String(headers.allow).toLowerCase().split(', ');
    const taken = allowed.filter((method) => method !== 'head').toSorted();
    assert.deepEqual(taken, Object.keys(methods).toSorted(), path);
  }
});
