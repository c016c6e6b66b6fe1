/**
 * Security headers of HTML pages, in the scope of their own routes: JSON needs none of them, and they would cost every answer something.
 *
 * Why no `Strict-Transport-Security` and no upgrade of insecure requests: TLS ends before a member, if there is any; that is for the operator
 * of the name to say, and it would break a page on http://localhost.
 */
import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';

/** Pages of this scope load nothing from anywhere else, are shown in no frame, and tell nobody where they were left from. */
export async function protectPages(scope: FastifyInstance): Promise<void> {
  await scope.register(helmet, {
    strictTransportSecurity: false,
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        // The page opens sockets to its own host: older browsers do not count them as 'self'.
        connectSrc: ["'self'", 'ws:', 'wss:'],
        imgSrc: ["'self'", 'data:'],
        styleSrc: ["'self'", "'unsafe-inline'"],
        scriptSrcAttr: ["'none'"],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
  });
}
