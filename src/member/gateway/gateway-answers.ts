/**
 * What the gateway answers by itself, when no owner does, and what it makes of owners' answers.
 */
import { type ErrorCode, problem, type UnavailableOutcome } from '../../errors.ts';
import type { Answer } from '../contract/gateway.ts';

/** The owner was asked nothing. */
export function overloaded(owner: string): Answer {
  return refusal(owner, 'session_overloaded', 'Too many requests for games of that member wait at this one.');
}

/** The message with the request would have so many bytes. */
export function tooLarge(owner: string, bytes: number, largest: number): Answer {
  const detail = `As members pass it on, the request has ${bytes} bytes; NATS takes ${largest} at most.`;
  return refusal(owner, 'payload_too_large', detail);
}

/** The rules or the gateway itself threw. */
export function failed(): Answer {
  return refusal(null, 'internal', 'The server failed on this request; its log says why.');
}

/** The time is up. */
export function unreached(owner: string | null, gameId: string, afterMs: number, uncertain: boolean): Answer {
  const detail = `The game ${gameId} could not be reached within ${afterMs} ms.`;
  return refusal(owner, 'session_unavailable', detail, uncertain ? 'unknown' : 'notApplied');
}

/** A refusal that says "not applied" speaks for its own try only: an earlier one may have been applied. */
export function nowUncertain(answer: Answer): Answer {
  if (answer.status !== 503) return answer;
  return { ...answer, body: JSON.stringify({ ...JSON.parse(answer.body), outcome: 'unknown' }) };
}

/** As the metrics count it. */
export function outcomeOf(status: number): 'done' | 'refused' | 'unavailable' | 'failed' {
  if (status < 400) return 'done';
  if (status < 500) return 'refused';
  return status === 503 ? 'unavailable' : 'failed';
}

function refusal(owner: string | null, code: ErrorCode, detail: string, outcome?: UnavailableOutcome): Answer {
  const document = problem(code, detail, outcome);
  return { status: document.status, body: JSON.stringify(document), owner };
}
