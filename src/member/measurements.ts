/**
 * What a member measures of itself when somebody looks.
 */
import type { Measurements } from './contract/gateway.ts';
import type { RpcReply } from './contract/rpc.ts';
import type { Incarnation } from './incarnation.ts';
import type { Incidents } from './kit/incidents.ts';

/** What is the member's own, whatever incarnation it is in. */
type Own = Pick<
  Measurements,
  'ready' | 'connected' | 'slotsUnowned' | 'members' | 'clockHeldMs' | 'buckets' | 'incidents' | 'retries'
>;

/** `incarnation`: null between two of them. */
export function measure<State>(incarnation: Incarnation<State> | null, own: Own): Measurements {
  const kept = incarnation?.host.inspect();
  const slots = incarnation?.slots;
  const outbox = incarnation?.outbox?.sizes;
  return {
    ...own,
    slotsHeld: slots?.heldSlots ?? 0,
    slotsWanted: slots?.wantedSlots ?? 0,
    slotsUnowned: slots?.unownedSlots ?? own.slotsUnowned,
    sessions: incarnation?.host.sessionCount ?? 0,
    games: incarnation?.host.countGames() ?? new Map(),
    deadlines: kept?.deadlines ?? 0,
    stuck: incarnation?.stuck.counts ?? new Map(),
    loads: kept === undefined ? 0 : kept.loading.running + kept.loading.waiting,
    loadsAtOnce: kept?.loading.atOnce ?? 0,
    claims: kept?.claims ?? 0,
    webhookGames: outbox?.games ?? 0,
    webhookOldestMs: outbox?.oldestMs ?? 0,
  };
}

/** What other members are told of it. */
export function statsOf<State>(
  { host, stuck, outbox }: Pick<Incarnation<State>, 'host' | 'stuck' | 'outbox'>,
  incidents: Incidents,
): Omit<Extract<RpcReply, { type: 'stats' }>, 'type'> {
  return {
    sessions: host.sessionCount,
    stuck: stuck.report(),
    incidents: Object.fromEntries(incidents.counts()),
    ...(outbox && { webhook: outbox.report }),
  };
}
