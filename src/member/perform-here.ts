/**
 * An operation on a game that may be ours, for a client of this member or of another one.
 *
 * Role: the door to the sessions of an incarnation; what goes on behind it is traced, and what goes wrong is told, by the id of the request.
 * Invariant: never rejects.
 */
import { endAnswered } from '../ports/rpc-spans.ts';
import type { Traced } from '../ports/tracing.ts';
import { type HostAnswer, problemAnswer } from './contract/host-answers.ts';
import type { RoutedOperation } from './contract/rpc.ts';
import type { Incidents } from './kit/incidents.ts';
import type { RequestLog } from './kit/request-log.ts';
import { beginCommand, within } from './kit/spans.ts';

export interface PerformContext extends Traced {
  readonly incidents: Incidents;
  readonly requestLog: RequestLog;
}

interface Host {
  execute(slot: number, operation: RoutedOperation, deadline: number): Promise<HostAnswer>;
}

export async function performHere(
  context: PerformContext,
  host: Host,
  slot: number,
  operation: RoutedOperation,
  deadline: number,
): Promise<HostAnswer> {
  const { incidents, requestLog } = context;
  const span = beginCommand(context, operation, slot);
  try {
    const answer = await host.execute(slot, within(operation, span), deadline);
    if (answer.kind === 'answer') {
      if (answer.status >= 500) requestLog.failedHere(operation, slot, answer);
      endAnswered(span, answer.status);
    } else {
      if (answer.uncertain) requestLog.doubtful(operation, slot, answer.cause);
      span?.end({}, answer.uncertain ? 'in_doubt' : 'moved');
    }
    return answer;
  } catch (error) {
    incidents.failed(`${operation.kind} of ${operation.gameId}`, error, operation.trace);
    endAnswered(span, 500);
    return problemAnswer('internal', 'The server failed on this request; its log says why.');
  }
}
