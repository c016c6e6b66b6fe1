/**
 * What is told of one member to whoever looks at the cluster.
 */

export interface StuckReport {
  readonly kind: string;
  readonly count: number;
  /** Some of them, those that have been so for longest first. */
  readonly oldest: readonly { readonly what: string; readonly forMs: number }[];
}

export interface WebhookFailure {
  readonly outcome: string;
  /** Of an answer. */
  readonly status?: number | undefined;
  readonly msAgo: number;
  /** The receiver did not want what it was told of that game: that says nothing of others. Absent: its version does not say. */
  readonly ofOneGame?: boolean | undefined;
}

export interface WebhookReport {
  /** Games of which something is still to be told, and for how long the oldest event has waited. */
  readonly waiting: number;
  readonly oldestMs: number;
  /** Events that nobody was ever told of, since the incarnation began. */
  readonly givenUp: number;
  /** Null: it has taken nothing yet. */
  readonly deliveredMsAgo: number | null;
  /** The last one; null: there was none. */
  readonly failure: WebhookFailure | null;
}

export interface MemberReport {
  readonly id: string;
  readonly incarnation: string;
  readonly status: 'active' | 'leaving';
  readonly slots: number;
  /** Sessions in its slots; null if it did not answer in time. */
  readonly sessions: number | null;
  readonly version: string;
  /** The newest that it reads. */
  readonly speaks?: { readonly stateVersion: number; readonly protocol: number };
  /** What makes no progress there; absent: nothing, it did not answer in time, or its version does not say. */
  readonly stuck?: readonly StuckReport[];
  /** By kind, how often it survived what since its process began. Absent: it did not answer in time, or its version does not say. */
  readonly incidents?: Readonly<Record<string, number>> | undefined;
  /** Absent: it knows of no webhook, or as above. */
  readonly webhook?: WebhookReport | undefined;
  /** What it plays; null: its version does not say. */
  readonly module?: { readonly name: string; readonly version: number; readonly hash?: string | undefined } | null;
}
