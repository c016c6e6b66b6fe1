/**
 * Requests that went wrong, in the log: each by the id that its client was told, at the member that it came to and at the owner of its game.
 *
 * Why here and not where an answer is made: what operators search for is one request, and it fails in many places.
 * Invariants:
 *  - Only what somebody asked for from outside is told; what members do by themselves has incidents of its own.
 *  - `session_overloaded` is not: any client can provoke it as often as it likes, and would use up the lines of the others (few-lines.ts).
 */
import type { Log } from '../../ports/log.ts';
import type { Followed } from '../../ports/tracing.ts';

interface About extends Followed {
  readonly kind: string;
  readonly gameId: string;
}

interface FailedAnswer {
  readonly status: number;
  /** A problem document. */
  readonly body: string;
}

export class RequestLog {
  private readonly log: Log;

  constructor({ log }: { readonly log: Log }) {
    this.log = log;
  }

  /** This member answered its client with a 5xx. */
  failed(about: About, answer: FailedAnswer & { readonly owner: string | null }, tookMs: number): void {
    const told = toldOf(about, answer);
    if (told === null) return;
    const fields = { ...told, owner: answer.owner, tookMs: Math.round(tookMs) };
    this.log.warn(fields, 'a request was answered with a 5xx');
  }

  /** This member owns the game, and answered the member that asked with a 5xx. */
  failedHere(about: About, slot: number, answer: FailedAnswer): void {
    const told = toldOf(about, answer);
    if (told !== null) this.log.warn({ ...told, slot }, 'the owner of a game answers a request with a 5xx');
  }

  /** `cause`: what became of the write that it was a part of; undefined: the slot was given up before that was known. */
  doubtful({ trace, gameId, kind }: About, slot: number, cause = 'slot given up'): void {
    if (trace === undefined) return;
    this.log.warn(
      { requestId: trace.requestId, gameId, kind, slot, cause },
      'a command is in doubt: what was written with it may have been stored',
    );
  }
}

/** Null: it is not told. */
function toldOf({ trace, gameId, kind }: About, { status, body }: FailedAnswer): object | null {
  if (trace === undefined) return null;
  const { code } = JSON.parse(body) as { readonly code?: unknown };
  return code === 'session_overloaded' ? null : { requestId: trace.requestId, gameId, kind, status, code };
}
