/**
 * What JetStream answers to a write or to a request of its API: JSON, with an `error` where it was not done.
 *
 * Invariant: whatever somebody sends in its place is an error without a code, never an exception.
 */

export interface ApiAnswer {
  readonly error?: { readonly code?: number; readonly err_code?: number; readonly description?: string };
  readonly [field: string]: unknown;
}

/** The error code of a stream that is not there. */
export const STREAM_NOT_FOUND = 10059;

const NONE: ApiAnswer = { error: { description: 'an answer that is none' } };

export function parseApiAnswer(payload: Buffer): ApiAnswer {
  try {
    const answer = JSON.parse(payload.toString());
    return typeof answer === 'object' && answer !== null ? answer : NONE;
  } catch {
    return NONE;
  }
}

/** Why it was not done, for the log; null if it was. */
export function failureOf({ error }: ApiAnswer): string | null {
  if (!error) return null;
  const { description = 'an error', err_code } = error;
  return err_code === undefined ? description : `${description} (${err_code})`;
}
