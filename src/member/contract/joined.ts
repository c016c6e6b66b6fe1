/**
 * What the gateway knows of the incarnation that it speaks for.
 *
 * Role: three narrow interfaces instead of the incarnation and all that hangs on it: where slots are, who is there, and sessions of this
 * very member.
 * Why here: the wings that fulfil them and the one that uses them know nothing of each other.
 */
import type { SlotMap } from '../../cluster/slot-map.ts';
import type { SlotRecord } from '../../cluster/slot-table.ts';
import type { View } from '../../cluster/view.ts';
import type { Peer } from '../../ports/messaging.ts';
import type { ReadOperation } from './gateway.ts';
import type { HostAnswer } from './host-answers.ts';
import type { RoutedOperation } from './rpc.ts';

/** A wait that can be given up: `cancel` resolves it. */
export interface Change {
  readonly happened: Promise<void>;
  cancel(): void;
}

/** Who owns which slot, as this member knows it. */
export interface SlotDirectory {
  readonly map: SlotMap;
  record(slot: number): SlotRecord | null;
  /** True if nobody serves the slot: it has no record, or the one whom that names is gone. */
  isUnowned(slot: number): boolean;
  /** How many slots the records give to an incarnation. */
  countOf(incarnation: string): number;
  /** The next change of the slot's record, or `ms` from now. */
  nextChange(slot: number, ms: number): Change;
  /** Reads the slot's record from the store. Never rejects. */
  refresh(slot: number): Promise<void>;
}

/** The other members. */
export interface Company {
  readonly view: View;
  /** Has a member looked at that did not answer; `key` is its membership key. */
  suspect(key: string): void;
}

/** An incarnation that is in the group. */
export interface Joined {
  readonly self: Peer;
  readonly slots: SlotDirectory;
  readonly membership: Company;
  /** The answer to a read if the session is here and in memory and the lease is valid; null: `execute` finds out. */
  readNow(slot: number, operation: ReadOperation): HostAnswer | null;
  /** An operation on a session that may be here. Never rejects. */
  execute(slot: number, operation: RoutedOperation, deadline: number): Promise<HostAnswer>;
}
