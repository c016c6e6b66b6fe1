/**
 * What goes over the wire between this page and the servers, for whoever looks at it: frames of sockets, and requests.
 *
 * Invariant: nothing that lets somebody in is told: no headers, no subprotocols, no answers to requests (those of joins hold tokens).
 */
import type { Passed } from './passed.ts';

type Listener = (passed: Passed) => void;

const listeners = new Set<Listener>();

/** The function that it gives ends it. */
export function listenToWire(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Streams are asked for like anything else; what comes over them is not told. */
export const watchedFetch: typeof fetch = async (input, init) => {
  const sentAt = performance.now();
  const { pathname, search } = new URL(String(input), location.origin);
  const asked = `${init?.method ?? 'GET'} ${pathname}${search}`;
  const text = typeof init?.body === 'string' ? init.body : '';
  const done = (end: string) => tell('out', text, `${asked} → ${end}`, performance.now() - sentAt);
  try {
    const response = await fetch(input, init);
    done(String(response.status));
    return response;
  } catch (error) {
    done('no answer');
    throw error;
  }
};

export const WatchedSocket =
  typeof WebSocket === 'undefined'
    ? null
    : class extends WebSocket {
        #sentAt: number | null = null;

        constructor(url: string, protocols: string[]) {
          super(url, protocols);
          this.addEventListener('message', ({ data }) => {
            const text = String(data);
            const isReply = this.#sentAt !== null && text.includes('"type":"reply"');
            const ms = isReply ? performance.now() - (this.#sentAt ?? 0) : null;
            if (isReply) this.#sentAt = null;
            tell('in', text, null, ms);
          });
        }

        override send(text: string): void {
          this.#sentAt = performance.now();
          tell('out', text, null, null);
          super.send(text);
        }
      };

function tell(way: Passed['way'], text: string, request: string | null, ms: number | null): void {
  const passed = { at: Date.now(), way, text, request, ms: ms === null ? null : Math.round(ms) };
  for (const listener of listeners) listener(passed);
}
