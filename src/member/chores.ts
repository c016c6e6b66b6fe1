/**
 * What one member does for all: the first of the ring.
 *
 * Role: cleans up markers, raises the version that the cluster writes, watches for members that play other code.
 */
import type { Clock } from '../ports/clock.ts';
import type { Bucket } from '../ports/store.ts';
import type { ClusterTime } from './contract/cluster-time.ts';
import type { Incidents, Log } from './kit/incidents.ts';
import { watchBuilds } from './membership/build-watch.ts';
import { replaceRecord } from './membership/cluster-key.ts';
import { startJanitor } from './membership/janitor.ts';
import type { Membership } from './membership/membership.ts';
import { ModuleRaiser, type SeenRecord } from './membership/module-raiser.ts';
import type { SettleContext } from './store/settle.ts';

export interface ChoresContext {
  readonly clock: Clock;
  readonly log: Log;
  readonly incidents: Incidents;
  readonly time: Pick<ClusterTime, 'ageOf'>;
  readonly members: Bucket;
  readonly membership: Pick<Membership, 'view' | 'forget'>;
  readonly gate: SettleContext;
  /** The name of the game that is played. */
  readonly game: string;
  readonly gameRollbackMs: number;
  seenRecord(): SeenRecord | null;
  isOnDuty(): boolean;
  /** A record of a slot names the member. */
  isNamedByRecord(key: string): boolean;
}

/** Begins all of them; the result ends them. */
export function startChores(context: ChoresContext): () => void {
  const { clock, log, incidents, time, members, membership, gate, game, gameRollbackMs } = context;
  const view = () => membership.view;
  const isOnDuty = () => context.isOnDuty();
  const janitor = startJanitor({
    clock,
    ageOf: (writtenAt) => time.ageOf(writtenAt),
    members,
    view,
    isOnDuty,
    isNamedByRecord: (key) => context.isNamedByRecord(key),
    forget: (keys) => membership.forget(keys),
    failed: (error) => incidents.failed('cleaning up', error),
  });
  const raiser = new ModuleRaiser({
    clock,
    log,
    rollbackMs: gameRollbackMs,
    seen: () => context.seenRecord(),
    view,
    isOnDuty,
    write: (record, expected) => replaceRecord(gate, members, record, expected),
    failed: (error) => incidents.failed('changing what the cluster writes', error),
  });
  const builds = watchBuilds({ clock, log, game, view, isOnDuty });
  return () => {
    janitor.cancel();
    raiser.stop();
    builds.cancel();
  };
}
