/**
 * The page at `/docs`: REST by Swagger UI, the socket from its AsyncAPI document, one shown at a time.
 *
 * Why links instead of a script for the tabs: they work by keyboard, by touch and without any script; an address can name a frame.
 * Invariant: no script, handler or style stands in the page itself, so that its policy needs no exception.
 */
import { type AsyncApi, socketSection } from './socket-section.ts';

/** Made once: the document does not change while a member runs. */
export function docsPage(socket: AsyncApi): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Minotaur: the API</title>
<link rel="icon" type="image/png" href="/docs/static/favicon-32x32.png">
<link rel="stylesheet" href="/docs/static/swagger-ui.css">
<link rel="stylesheet" href="/docs/static/page.css">
<script src="/docs/static/swagger-ui-bundle.js" defer></script>
<script src="/docs/static/page.js" defer></script>
</head>
<body>
<header>
<strong>Minotaur ${socket.info.version}</strong>
<nav aria-label="The two documents">
<a class="tab rest" href="#rest">HTTP</a>
<a class="tab socket" href="#socket">WebSocket</a>
<a href="/docs/openapi.json">OpenAPI&nbsp;3.1</a>
<a href="/docs/asyncapi.json">AsyncAPI&nbsp;3.0</a>
</nav>
</header>
<main>
<section id="rest" aria-label="HTTP">
<div id="swagger-ui"><noscript><p>This part needs a script; <a href="/docs/openapi.json">the document itself</a> does not.</p></noscript></div>
</section>
<section id="socket" aria-labelledby="socket-title">
<h2 id="socket-title">The WebSocket of a game</h2>
${socketSection(socket)}
</section>
</main>
</body>
</html>
`;
}
