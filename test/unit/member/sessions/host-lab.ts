/**
 * One incarnation's host of sessions under a lease that always holds, over a store that others share.
 */

import type { GameState } from '../../../../src/game/state.ts';
import type { RoutedOperation } from '../../../../src/member/contract/rpc.ts';
import { decodeUpdate } from '../../../../src/member/contract/updates.ts';
import { Incidents } from '../../../../src/member/kit/incidents.ts';
import { SessionHost } from '../../../../src/member/sessions/session-host.ts';
import type { Stash } from '../../../../src/member/sessions/slot-context.ts';
import type { Messaging } from '../../../../src/ports/messaging.ts';
import type { FaultyBucket } from '../../../support/faulty-bucket.ts';
import { silentMeter } from '../../../support/meters.ts';
import { minotaurRules } from '../../../support/minotaur-rules.ts';
import { silentLog } from '../../../support/silent-log.ts';
import { writing } from '../../../support/written.ts';
import { type Lab, text } from '../lab.ts';
import { FOREVER, told } from './slot-lab.ts';

export interface Hosting {
  readonly host: SessionHost<GameState>;
  readonly sessions: FaultyBucket;
  readonly archive: FaultyBucket;
  readonly incidents: Incidents;
  readonly published: { gameId: string; version: number }[];
  readonly updated: string[];
  readonly followed: { gameId: string; connected: string[]; spectators: number }[];
  /** Slots and the epochs that were found there. */
  readonly fences: (readonly [number, number])[];
}

export function hosting(lab: Lab, name: string, idleMs = 60_000, onUpdated = () => {}): Hosting {
  const sessions = lab.bucket('sessions');
  const archive = lab.bucket('archive');
  const incidents = new Incidents(silentLog);
  const published: Hosting['published'] = [];
  const updated: string[] = [];
  const followed: Hosting['followed'] = [];
  const fences: [number, number][] = [];
  const messaging: Pick<Messaging, 'publish'> = {
    publish: (_, gameId, payload) =>
      published.push({ gameId, version: decodeUpdate(minotaurRules, text(payload)).version }),
  };
  const host = new SessionHost<GameState>(
    {
      ...lab.writing,
      ...lab.timing,
      rules: minotaurRules,
      outbox: null,
      sessions,
      archive,
      stamp: { owner: name, incarnation: 'i', epoch: 0 },
      self: name,
      lease: { valid: () => true, ensure: async () => true },
      written: () => writing(1),
      fenced: (slot, epoch) => {
        fences.push([slot, epoch]);
        host.close(slot);
      },
      messaging: messaging as Messaging,
      incidents,
      meter: silentMeter,
      updated: (gameId) => {
        updated.push(gameId);
        onUpdated();
      },
      followed: (gameId, { players, spectators }) => {
        followed.push({
          gameId,
          connected: Object.entries(players)
            .filter(([, { connected }]) => connected)
            .map(([id]) => id),
          spectators,
        });
      },
      ended: new AbortController().signal,
    },
    { idleMs },
  );
  return { host, sessions, archive, incidents, published, updated, followed, fences };
}

/** A host that holds these slots, and has listed them. */
export async function holding(
  lab: Lab,
  name: string,
  epoch: number,
  slots: readonly number[],
  idleMs?: number,
): Promise<Hosting> {
  const all = hosting(lab, name, idleMs);
  for (const slot of slots) all.host.open(slot, epoch, null);
  await lab.until('all is listed', () => slots.every((slot) => all.host.get(slot)?.listed === true));
  return all;
}

export async function tells(lab: Lab, { host }: Hosting, slot: number, operation: RoutedOperation): Promise<string> {
  return told(await lab.finish(host.execute(slot, operation, FOREVER)));
}

/** What a slot's next owner gets from a frozen one. */
export function stashOf({ host }: Hosting, slot: number): Stash {
  const exported = host.get(slot)?.export() ?? [];
  return {
    listing: new Map(
      exported.map(({ gameId, revision, deleted, listing }) => [gameId, { revision, deleted, listing }]),
    ),
    stored: new Map(exported.flatMap(({ gameId, value }) => (value === null ? [] : [[gameId, value] as const]))),
    unsettled: new Set(exported.filter(({ unsettled }) => unsettled).map(({ gameId }) => gameId)),
    clocks: new Map(),
    doubtful: false,
  };
}
