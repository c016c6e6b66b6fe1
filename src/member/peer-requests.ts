/**
 * What other members ask of an incarnation, and what it answers.
 *
 * Role: one request of a peer to one reply: operations on games, offers and transfers of slots, lists, drains.
 * Invariants:
 *  - What is too late, or a copy of what came before, is not begun and gets no reply (I6).
 *  - What this version does not understand is refused, never an exception.
 */
import type { Peer } from '../ports/messaging.ts';
import type { ClusterTime } from './contract/cluster-time.ts';
import type { HostAnswer } from './contract/host-answers.ts';
import {
  decodeRequest,
  encodeFrame,
  type ListedGame,
  type RoutedOperation,
  type RpcReply,
  type RpcRequest,
} from './contract/rpc.ts';
import type { Incidents } from './kit/incidents.ts';
import { SeenMessages } from './sessions/seen-messages.ts';

type ExecuteRequest = Extract<RpcRequest, { type: 'execute' }>;
type OfferRequest = Extract<RpcRequest, { type: 'offer' }>;
type TransferRequest = Extract<RpcRequest, { type: 'transfer' }>;
type ListRequest = Extract<RpcRequest, { type: 'list' }>;

export interface PeerRequestsContext {
  readonly self: Peer;
  readonly time: Pick<ClusterTime, 'isKnown' | 'now'>;
  readonly incidents: Incidents;
  /** Why an offer of a slot is refused, else null. */
  offered(request: OfferRequest): string | null;
  /** Of the record of the slot that is known here. */
  revisionOf(slot: number): number;
  /** Reads the record of the slot. Never rejects. */
  refresh(slot: number): Promise<void>;
  /** A game is followed elsewhere: its commits are published for a while. */
  publishFor(gameId: string): void;
  execute(slot: number, operation: RoutedOperation, deadline: number): Promise<HostAnswer>;
  /** Why a transfer is refused, else null. */
  transferred(request: TransferRequest, body: Uint8Array): string | null;
  page(query: ListRequest): Promise<{ readonly slots: number[]; readonly games: ListedGame[] }>;
  stats(): Omit<Extract<RpcReply, { type: 'stats' }>, 'type'>;
  /** Why the order is void, else null. */
  cordon(on: boolean, deadline: number): string | null;
}

export class PeerRequests {
  private readonly context: PeerRequestsContext;
  private readonly seen = new SeenMessages();

  constructor(context: PeerRequestsContext) {
    this.context = context;
  }

  /** Null: no reply. */
  async answer(payload: Uint8Array): Promise<Uint8Array | null> {
    const { header, body } = decodeRequest(payload);
    if (header.type === 'unreadable') {
      this.context.incidents.notUnderstood('a request', header.reason);
      return encodeFrame({ type: 'refused', reason: 'not understood' });
    }
    if (header.type === 'execute') return this.execute(header);
    return encodeFrame(await this.reply(header, body));
  }

  private async reply(request: Exclude<RpcRequest, ExecuteRequest>, body: Uint8Array): Promise<RpcReply> {
    const { context } = this;
    switch (request.type) {
      case 'ping':
        return { type: 'ok' };
      case 'offer':
        return okUnless(context.offered(request));
      case 'transfer':
        return okUnless(context.transferred(request, body));
      case 'list':
        return { type: 'page', ...(await context.page(request)) };
      case 'stats':
        return { type: 'stats', ...context.stats() };
      case 'drain':
        return okUnless(context.cordon(request.on, request.deadline));
    }
  }

  private async execute(request: ExecuteRequest): Promise<Uint8Array | null> {
    const { context } = this;
    const { slot, revision, deadline, interested } = request;
    if (this.isLate(deadline) || this.isCopy(request)) return null;
    // The caller knows a newer record than we do: ours is about to come.
    if (context.revisionOf(slot) < revision) await context.refresh(slot);
    const operation = request.operation as RoutedOperation;
    if (interested) context.publishFor(operation.gameId);
    const answer = await context.execute(slot, operation, deadline);
    if (answer.kind === 'moved') {
      return encodeFrame({ type: 'moved', revision: context.revisionOf(slot), uncertain: answer.uncertain });
    }
    const { status, body, grant } = answer;
    const header = { type: 'answer', status, owner: context.self.id, ...(grant && { grant }) } as const;
    return encodeFrame(header, new TextEncoder().encode(body));
  }

  /** While no time is known nothing is decided, so nothing can be applied twice. */
  private isCopy({ operation, message, deadline }: ExecuteRequest): boolean {
    const { time } = this.context;
    if (!('command' in operation) || message === undefined || !time.isKnown) return false;
    return !this.seen.begin(message, deadline, time.now());
  }

  /** Whoever does not know the time yet cannot tell, and holds no slot: it takes what comes. */
  private isLate(deadline: number): boolean {
    const { time } = this.context;
    return time.isKnown && time.now() > deadline;
  }
}

function okUnless(reason: string | null): RpcReply {
  return reason === null ? { type: 'ok' } : { type: 'refused', reason };
}
