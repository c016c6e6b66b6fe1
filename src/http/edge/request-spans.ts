/**
 * The spans of what comes in: of each request, and of each frame, by the semantic conventions of OpenTelemetry for HTTP and RPC.
 *
 * Why not the address: clients write what they like into it, tokens too; the route and the id of the game say enough.
 * Invariant: where nobody traces, no request runs a hook for it.
 */
import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { rpcAttributes } from '../../ports/rpc-spans.ts';
import type { Span, Trace, Traced } from '../../ports/tracing.ts';
import { isId } from '../api/schemas.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined: nobody traces. */
    span: Span | undefined;
  }
}

/** Begins a span for each request, and ends it with the response; that of a socket is ended by whoever opens it. */
export function traceRequests(app: FastifyInstance, { tracing }: Traced): void {
  app.decorateRequest('span', undefined);
  if (tracing === null) return;
  app.addHook('onRequest', (request, reply, done) => {
    const { method, headers } = request;
    const route = request.routeOptions.url;
    const { id } = request.params as { readonly id?: string };
    const isGame = route?.startsWith('/v1/games/:id') && id !== undefined && isId(id);
    const attributes = {
      'http.request.method': method,
      'url.scheme': request.protocol,
      'minotaur.request.id': request.id,
      ...(route !== undefined && { 'http.route': route }),
      ...(isGame && { 'minotaur.game.id': id }),
    };
    const name = route === undefined ? method : `${method} ${route}`;
    const span = tracing.begin({ role: 'request', name, attributes, parent: headers });
    request.span = span;
    // Not a hook of fastify: what is sent past it ends here as well.
    reply.raw.once('close', () => endClosed(span, reply.raw));
    done();
  });
}

/** The status of a response that was not begun is one that nobody was told. */
function endClosed(span: Span, { headersSent, statusCode }: ServerResponse): void {
  if (headersSent) endResponded(span, statusCode);
  else span.end({}, 'client_closed');
}

export function endResponded(span: Span | undefined, status: number): void {
  span?.end({ 'http.response.status_code': status }, status >= 500 ? `${status}` : undefined);
}

/** What goes on for a request belongs to its span. */
export function traceOf({ id, span }: Pick<FastifyRequest, 'id' | 'span'>): Trace {
  return span === undefined ? { requestId: id } : { requestId: id, parent: span };
}

/** A frame begins a trace of its own, for its socket may have been opened hours ago; that one is a link. */
export function beginFrame({ tracing }: Traced, method: string, gameId: string, requestId: string, opened: Trace) {
  if (tracing === null) return undefined;
  const service = 'minotaur.v1';
  const attributes = rpcAttributes({ service, method, requestId, gameId });
  const links = opened.parent === undefined ? [] : [opened.parent];
  return tracing.begin({ role: 'request', name: `${service}/${method}`, attributes, links });
}
