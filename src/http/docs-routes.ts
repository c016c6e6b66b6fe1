/**
 * The documents of the wire contract, and a page to read the one of REST and try it out.
 *
 * Why a scope of its own: the security headers of a page cost time, and no other route pays for them.
 * Invariant: the documents are made once, at the start; a request only sends them.
 */
import swagger, { type StaticDocumentSpec } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { send } from './answers.ts';
import { asyncapi } from './api/asyncapi.ts';
import { openapi } from './api/openapi.ts';
import { operations } from './api/operations.ts';
import type { Edge } from './edge.ts';
import { protectPages } from './page-headers.ts';

/** Adds `/docs`, `/docs/openapi.json` and `/docs/asyncapi.json`. */
export async function docsRoutes(app: FastifyInstance, edge: Edge): Promise<void> {
  const document = openapi();
  const documents = [
    [operations.openapi, JSON.stringify(document)],
    [operations.asyncapi, JSON.stringify(asyncapi())],
  ] as const;
  for (const [{ path }, text] of documents) {
    app.get(path, async (_request, reply) => send(edge, reply, 200, text));
  }
  await app.register(async (scope) => {
    await protectPages(scope);
    const specification = { document: document as unknown as StaticDocumentSpec['document'] };
    await scope.register(swagger, { mode: 'static', specification });
    await scope.register(swaggerUi, {
      routePrefix: operations.docs.path,
      // Without the bar that asks for the address of another document.
      uiConfig: { docExpansion: 'list', layout: 'BaseLayout' },
      theme: { title: 'Minotaur: the API' },
    });
  });
}
