/**
 * Before the own key is written, and after it was: no two processes take part under one id, and who leaves takes its key along.
 */
import type { View } from '../../cluster/view.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Messaging, Peer } from '../../ports/messaging.ts';
import type { Random } from '../../ports/random.ts';
import type { Store } from '../../ports/store.ts';
import type { ClusterTime } from '../contract/cluster-time.ts';
import type { Incidents } from '../kit/incidents.ts';
import { type SettleContext, settle } from '../store/settle.ts';
import { StartRefused } from './cluster-key.ts';
import { HELD } from './member-records.ts';
import { probePeer } from './probe.ts';

const PROBE_MS = 500;
const LEAVE_WITHIN_MS = 2_000;

interface OwnKeyContext {
  readonly self: Peer;
  readonly store: Store;
  readonly messaging: Messaging;
  readonly clock: Clock;
  readonly random: Random;
  readonly incidents: Incidents;
  readonly time: Pick<ClusterTime, 'announcement'>;
}

/** Rejects with StartRefused if another process answers under this id. */
export async function refuseTwin(context: OwnKeyContext, { members }: View): Promise<void> {
  const { self } = context;
  for (const member of members.values()) {
    if (member.id !== self.id || member.record.status !== 'active') continue;
    const { rpc, address } = await probePeer(context, member, PROBE_MS);
    if (rpc === 'answered' || address === 'alive') {
      throw new StartRefused(
        `another process runs as member "${self.id}" (incarnation ${member.incarnation}): member ids must be unique`,
      );
    }
  }
}

/** Deletes the own key, last known at `revision`. Tries for a while: whoever stays finds out that we are gone in any case. */
export async function removeKey(context: OwnKeyContext, key: string, revision: number): Promise<void> {
  const { clock, random, store, incidents, time } = context;
  const bucket = store.bucket('members');
  const until = clock.monotonic() + LEAVE_WITHIN_MS;
  const gate: SettleContext = {
    clock,
    random,
    retried: (reason) => incidents.retried(reason),
    gate: () => store.connected && clock.monotonic() < until,
  };
  const held = time.announcement;
  const headers = held === null ? {} : { [HELD]: JSON.stringify(held) };
  for (let expected = revision; ; ) {
    const settled = await settle(gate, { bucket, key, value: null, headers, expected });
    // A renewal that had no answer may have landed after all.
    if (settled.kind !== 'conflict' || settled.entry.deleted) return;
    expected = settled.entry.revision;
  }
}
