/**
 * Ids of requests: what a client, its support and the logs of all members call one request by.
 *
 * Why a client's own is taken: a proxy that gives ids, and logs them, is followed further by the same.
 * Why no longer than that: it stands in every log line about the request, and travels with it.
 * Invariant: of letters, digits, `.`, `_` and `-` only, so it can stand in a header, a log and JSON as it is.
 */
import type { IncomingMessage } from 'node:http';
import type { Answer } from '../../member/contract/gateway.ts';
import type { Random } from '../../ports/random.ts';

export const requestIdHeader = 'x-request-id';

const usable = /^[A-Za-z0-9._-]{1,64}$/;
/** As many as do not repeat in practice. */
const ownLength = 16;

/** The id of each request that comes in: its own, if that is usable. */
export function requestIds(random: Random): (request: Pick<IncomingMessage, 'headers'>) => string {
  return ({ headers }) => {
    const given = headers[requestIdHeader];
    return typeof given === 'string' && usable.test(given) ? given : random.token(ownLength);
  };
}

/** A problem that is the server's own says by which id its logs tell of it; any other answer stays as it is. */
export function identified<Told extends Pick<Answer, 'status' | 'body'>>(answer: Told, requestId: string): Told {
  const { status, body } = answer;
  if (status < 500) return answer;
  return { ...answer, body: `${body.slice(0, body.lastIndexOf('}'))},"requestId":"${requestId}"}` };
}
