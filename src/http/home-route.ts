/**
 * What stands at `/`: a few words that lead to the documents.
 *
 * Why it answers 200 without looking at anything: balancers and monitors ask here unless they are told otherwise, and a browser that was given
 * nothing but the host lands here. Whether the member is ready is for `/readyz` to say.
 */
import type { FastifyInstance } from 'fastify';
import { send } from './answers.ts';
import { operations } from './api/operations.ts';
import type { Edge } from './edge.ts';
import { protectPages } from './page-headers.ts';

const lines = ['Minotaur serves games here.', 'The API: ', 'Is this member ready: '] as const;
const plain = `${lines[0]}\n${lines[1]}/docs\n${lines[2]}/readyz\n`;
const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Minotaur</title>
<h1>Minotaur</h1>
<p>${lines[0]}</p>
<p>${lines[1]}<a href="/docs">/docs</a></p>
<p>${lines[2]}<a href="/readyz">/readyz</a></p>
</html>
`;

/** Adds `/`. */
export async function homeRoute(app: FastifyInstance, edge: Edge): Promise<void> {
  await app.register(async (scope) => {
    await protectPages(scope);
    scope.get(operations.home.path, async ({ headers: { accept = '' } }, reply) => {
      // Browsers name HTML first; `*/*` is everybody else's.
      const isPage = /\btext\/html\b(?!\s*;\s*q=0(?:\.0*)?(?:,|$))/i.test(accept);
      const vary = reply.getHeader('vary');
      reply.header('vary', vary === undefined ? 'Accept' : `${vary}, Accept`);
      return isPage
        ? send(edge, reply, 200, page, 'text/html; charset=utf-8')
        : send(edge, reply, 200, plain, 'text/plain; charset=utf-8');
    });
  });
}
