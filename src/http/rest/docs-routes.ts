/**
 * The documents of the wire contract, and the page that shows both.
 *
 * Why a scope of its own: the security headers of a page cost time, and no other route pays for them.
 * Why no plugin of Swagger UI: it would serve pages and documents of its own making under more addresses. Only its files are used.
 * Invariants: the documents and the page are made once, at the start, and compressed when they are first asked for; of all files, those named here are served and no other.
 */
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { operations } from '../api/operations.ts';
import { jsonType, send } from '../edge/answers.ts';
import { type CodedText, compressed, sendCoded } from '../edge/coded-texts.ts';
import type { Edge } from '../edge/edge.ts';
import { protectPages } from './page-headers.ts';

const swaggerFiles = new URL('static/', import.meta.resolve('@fastify/swagger-ui'));
const ownFiles = new URL('../docs/', import.meta.url);

const files = [
  ['swagger-ui.css', swaggerFiles],
  ['swagger-ui-bundle.js', swaggerFiles],
  ['favicon-32x32.png', swaggerFiles],
  ['page.css', ownFiles],
  ['page.js', ownFiles],
] as const;

/** Adds `/docs`, what that page loads, `/docs/openapi.json` and `/docs/asyncapi.json`. */
export async function docsRoutes(app: FastifyInstance, edge: Edge): Promise<void> {
  const { openapi, asyncapi, page } = edge.documents;
  const documents = [
    [operations.openapi, openapi],
    [operations.asyncapi, asyncapi],
  ] as const;
  for (const [{ path }, text] of documents) {
    let document: Promise<CodedText> | null = null;
    app.get(path, async (request, reply) => {
      document ??= compressed(text);
      return sendCoded(edge, request, reply, await document, jsonType);
    });
  }
  await app.register(async (scope) => {
    await protectPages(scope);
    await scope.register(fastifyStatic, { root: [swaggerFiles, ownFiles], serve: false });
    for (const path of [operations.docs.path, `${operations.docs.path}/`]) {
      scope.get(path, async (_request, reply) => send(edge, reply, 200, page, 'text/html; charset=utf-8'));
    }
    for (const [name, folder] of files) {
      const path = `${operations.docs.path}/static/${name}`;
      scope.get(path, (_request, reply) => reply.sendFile(name, folder.pathname));
    }
  });
}
