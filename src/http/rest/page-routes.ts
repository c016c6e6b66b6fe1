/**
 * What people see in a browser: `/`, `/play`, `/cluster`.
 *
 * Why `/` answers 200 without looking at anything, and says a few words where no page was built: balancers and monitors ask here unless they are
 * told otherwise, and a browser that was given nothing but the host lands here. Whether the member is ready is for `/readyz` to say.
 * Invariant: a browser asks each time whether the page is still the newest one, and loads it again only if not.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { operations } from '../api/operations.ts';
import { send } from '../edge/answers.ts';
import { sendCoded, vary } from '../edge/coded-texts.ts';
import type { Edge } from '../edge/edge.ts';
import type { PageName } from '../edge/pages.ts';
import { RequestProblem } from '../edge/problem-reply.ts';
import { protectPages } from './page-headers.ts';

const lines = ['Minotaur serves games here.', 'The API: ', 'Is this member ready: '] as const;
const plain = `${lines[0]}\n${lines[1]}/docs\n${lines[2]}/readyz\n`;
const words = `<!doctype html>
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

/** Adds `/`, `/play` and `/cluster`. */
export async function pageRoutes(app: FastifyInstance, edge: Edge): Promise<void> {
  await app.register(async (scope) => {
    await protectPages(scope);
    scope.get(operations.home.path, async (request, reply) => {
      vary(reply, 'Accept');
      // Browsers name HTML first; `*/*` is everybody else's.
      const isBrowser = /\btext\/html\b(?!\s*;\s*q=0(?:\.0*)?(?:,|$))/i.test(request.headers.accept ?? '');
      if (!isBrowser) return send(edge, reply, 200, plain, 'text/plain; charset=utf-8');
      if (edge.pages.has('index')) return sendPage(edge, request, reply, 'index');
      return send(edge, reply, 200, words, 'text/html; charset=utf-8');
    });
    for (const [name, { path, opsOnly }] of [
      ['play', operations.play],
      ['cluster', operations.cluster],
    ] as const) {
      scope.get(path, { config: { opsOnly } }, async (request, reply) => sendPage(edge, request, reply, name));
    }
  });
}

function sendPage(edge: Edge, request: FastifyRequest, reply: FastifyReply, name: PageName): FastifyReply {
  const page = edge.pages.get(name);
  if (page === undefined) throw new RequestProblem('not_found', 'the pages were not built here: npm run build');
  reply.header('content-security-policy', page.policy);
  return sendCoded(edge, request, reply, page, 'text/html; charset=utf-8');
}
