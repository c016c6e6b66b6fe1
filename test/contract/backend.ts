/**
 * What a contract suite needs from whatever is behind the ports: members that share it, and its mishaps.
 */
import type { Messaging, Peer } from '../../src/ports/messaging.ts';
import type { Store } from '../../src/ports/store.ts';

export interface Member {
  readonly store: Store;
  readonly messaging: Messaging;
}

export interface Backend {
  /** Connects one more member. */
  join(): Promise<Member>;
  /** Ends what the members share, without warning. */
  stop(): Promise<void>;
  /** Starts it again with what it had stored; returns when it can be connected to. */
  start(): Promise<void>;
  /** An address where `peer` answers; null: somebody answers who says nothing about a member. */
  listen(peer: Peer | null): Promise<string>;
  /** An address that takes connections and never answers. */
  listenSilently(): Promise<string>;
  /** An address where nobody listens. */
  nowhere(): Promise<string>;
  close(): Promise<void>;
}
