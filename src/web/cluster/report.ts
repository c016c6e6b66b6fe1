/**
 * What `GET /v1/cluster?include=slots` says, as this page reads it.
 *
 * Why checked by hand: a page carries no schemas. What a member of another version says more or less of, the page does without.
 */
export interface Report {
  /** The member that answered. */
  readonly self: string;
  /** Of the newest change of membership that it has seen. */
  readonly revision: number;
  readonly members: readonly Member[];
  readonly slots: number;
  /** Null: an older member does not tell. */
  readonly slotMap: SlotMap | null;
  readonly nats: NatsHealth | null;
}

export interface Member {
  readonly id: string;
  readonly incarnation: string;
  readonly status: 'active' | 'leaving';
  readonly slots: number;
  /** Null: it did not answer the member that was asked. */
  readonly sessions: number | null;
  readonly version: string;
  /** What makes no progress there; missing: nothing, or it does not say. */
  readonly stuck?: readonly { readonly kind: string; readonly count: number }[];
  /** Null, or missing: its version does not say. */
  readonly module?: PlayedModule | null;
}

/** Which game a member plays, and which code of it. */
export interface PlayedModule {
  readonly name: string;
  readonly version: number;
  readonly hash?: string;
}

/** Each list has one entry a slot. */
export interface SlotMap {
  readonly owners: readonly (string | null)[];
  readonly desiredOwners: readonly (string | null)[];
  readonly epochs: readonly number[];
  readonly acquired: readonly (string | null)[];
}

export interface NatsHealth {
  readonly renewedMsAgo: number | null;
  readonly buckets: Readonly<Record<string, boolean>>;
}

/** Null: it is none. */
export function readReport(json: unknown): Report | null {
  const { self, revision, members, slots, slotMap, nats } = (json ?? {}) as Record<string, unknown>;
  if (typeof self !== 'string' || typeof revision !== 'number' || typeof slots !== 'number') return null;
  if (!Array.isArray(members) || !members.every((member) => typeof member?.id === 'string')) return null;
  return {
    self,
    revision,
    slots,
    members: members as readonly Member[],
    slotMap: isSlotMap(slotMap, slots) ? slotMap : null,
    nats: isHealth(nats) ? nats : null,
  };
}

function isHealth(value: unknown): value is NatsHealth {
  const { renewedMsAgo, buckets } = (value ?? {}) as Record<string, unknown>;
  return typeof buckets === 'object' && buckets !== null && (renewedMsAgo === null || typeof renewedMsAgo === 'number');
}

function isSlotMap(value: unknown, slots: number): value is SlotMap {
  const { owners, desiredOwners, epochs, acquired } = (value ?? {}) as Record<string, unknown>;
  return [owners, desiredOwners, epochs, acquired].every((list) => Array.isArray(list) && list.length === slots);
}
