/**
 * Port: messages between members, updates for whoever watches a game, and a look at a peer's own address.
 *
 * Conditions (test/contract/messaging.ts):
 *  M1 `call` reaches the one handler that `answer` registered for exactly that member and incarnation.
 *  M2 `noResponders` is answered at once when nobody is registered for that peer; the payload reached nobody.
 *  M3 `timeout` and `disconnected` say nothing about whether the handler ran.
 *  M4 A handler that resolves to null sends no answer (the caller runs into its timeout).
 *  M5 `publish` reaches every current subscriber of that game at most once, in order per publisher; there is no delivery guarantee.
 *  M6 After `stop()` no handler runs; a peer that calls then gets `noResponders`.
 *  M7 `probe` never goes through the shared store: it connects to the address itself. `refused` means that the address
 *     actively refused the connection; `answered` gives who answered; anything else is `silent`.
 *  M8 After a reconnect, registered handlers and subscriptions work again by themselves.
 *  M9 `tooLarge`: the payload has more than `largestPayload` bytes, and reached nobody. An answer that has more is not sent.
 */
export interface Messaging {
  /** Bytes (M9); it may change while members run. */
  readonly largestPayload: number;
  call(peer: Peer, payload: Uint8Array, timeoutMs: number): Promise<CallOutcome>;
  answer(self: Peer, handler: CallHandler): Subscription;
  publish(slot: number, gameId: string, payload: Uint8Array): void;
  subscribe(slot: number, gameId: string, handler: (payload: Uint8Array) => void): Subscription;
  /** `address` is `host:port`. */
  probe(address: string, timeoutMs: number): Promise<ProbeOutcome>;
}

export interface Peer {
  readonly id: string;
  readonly incarnation: string;
}

export type CallHandler = (payload: Uint8Array) => Promise<Uint8Array | null>;

export type CallOutcome =
  | { readonly kind: 'answer'; readonly payload: Uint8Array }
  | { readonly kind: 'noResponders' }
  | { readonly kind: 'tooLarge' }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'disconnected' };

export type ProbeOutcome =
  | { readonly kind: 'refused' }
  /** `renewedMsAgo`: when its newest acknowledged renewal was sent, if it says so. */
  | { readonly kind: 'answered'; readonly id: string; readonly incarnation: string; readonly renewedMsAgo?: number }
  | { readonly kind: 'silent' };

export interface Subscription {
  stop(): void;
}
