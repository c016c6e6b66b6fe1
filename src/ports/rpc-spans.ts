/**
 * What spans of remote calls tell, by the semantic conventions of OpenTelemetry for RPC: of frames that come in, and of what members ask each other.
 */
import type { Attributes, Span } from './tracing.ts';

export interface RemoteCall {
  readonly service: string;
  readonly method: string;
  readonly requestId: string;
  readonly gameId: string;
}

export function rpcAttributes({ service, method, requestId, gameId }: RemoteCall): Attributes {
  return {
    'rpc.system': 'minotaur',
    'rpc.service': service,
    'rpc.method': method,
    'minotaur.request.id': requestId,
    'minotaur.game.id': gameId,
  };
}

export function endAnswered(span: Span | undefined, status: number): void {
  span?.end({ 'rpc.response.status_code': `${status}` }, status >= 500 ? `${status}` : undefined);
}
