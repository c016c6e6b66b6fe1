/**
 * Questions that concern every member: who is there, which games are alive.
 *
 * Role: asks all members at once and puts the answers together.
 * Invariants:
 *  - A listing is complete unless it says `partial`; it holds only what owners with a valid lease told.
 *  - A question is put to each member at most twice, whatever becomes of it.
 *  - What a report says of members and slots is of the moment at which it was asked for.
 */
import type { Clock } from '../../ports/clock.ts';
import type { Messaging, Peer } from '../../ports/messaging.ts';
import type { Random } from '../../ports/random.ts';
import type { Caller } from '../../session/permission.ts';
import type { ClusterPicture, GamePage, ListQuery, MemberReport, PagedGame } from '../contract/gateway.ts';
import type { Company, SlotDirectory } from '../contract/joined.ts';
import { matches } from '../contract/list-filter.ts';
import {
  decodeReply,
  encodeFrame,
  type ListedGame,
  type RpcReply,
  type RpcRequest,
  type Unreadable,
} from '../contract/rpc.ts';
import { pause } from '../kit/retry.ts';

const ASK_MS = 500;
/** After this a listing that misses slots asks once more: most takeovers and handoffs are over by then. */
const ASK_AGAIN_MS = 750;

export interface ClusterQueriesContext {
  readonly clock: Clock;
  readonly random: Random;
  current(): {
    readonly incarnation: {
      readonly membership: Pick<Company, 'view'>;
      readonly slots: Pick<SlotDirectory, 'map' | 'countOf'>;
      readonly versions: ClusterPicture['versions'];
    };
    readonly messaging: Pick<Messaging, 'call'>;
  } | null;
}

interface Found {
  readonly games: Map<string, ListedGame>;
  readonly covered: Set<number>;
}

export class ClusterQueries {
  private readonly context: ClusterQueriesContext;

  constructor(context: ClusterQueriesContext) {
    this.context = context;
  }

  async cluster(self: string, slots: number): Promise<ClusterPicture> {
    const current = this.context.current();
    if (current === null) {
      return { self, revision: 0, members: [], slots, unowned: slots, versions: null, slotMap: null };
    }
    const { membership, slots: agent, versions = null } = current.incarnation;
    const { view } = membership;
    // All of one moment: a dead member that was to be asked may be gone, and its slots taken, before the others have answered.
    const slotMap = agent.map;
    const known = [...view.members.values()].map(({ id, incarnation, record }) => {
      const { status, version, stateVersions, protocol, module = null } = record;
      const speaks = { stateVersion: stateVersions.max, protocol: protocol.max };
      return { id, incarnation, status, slots: agent.countOf(incarnation), version, speaks, module };
    });
    const members = await Promise.all(
      known.map(async (member): Promise<MemberReport> => {
        const reply = await this.ask(member, { type: 'stats' });
        if (reply?.type !== 'stats') return { ...member, sessions: null };
        const { type: _, stuck, ...told } = reply;
        return { ...member, ...told, ...(stuck?.length && { stuck }) };
      }),
    );
    members.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
    return { self, revision: view.revision, members, slots, unowned: slotMap.unowned, versions, slotMap };
  }

  async list(query: ListQuery, slots: number): Promise<GamePage> {
    const found: Found = { games: new Map(), covered: new Set() };
    await this.askAll(query, found);
    if (found.covered.size < slots) {
      await pause(this.context, ASK_AGAIN_MS);
      await this.askAll(query, found);
    }
    const ordered = [...found.games.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    const page = ordered.slice(0, query.limit);
    return {
      games: page.map((game) => shown(game, query.caller)),
      nextCursor: ordered.length > query.limit ? (page.at(-1)?.id ?? null) : null,
      partial: found.covered.size < slots,
    };
  }

  /** Adds what the members have to what was found before: each answer is complete for the slots that it names. */
  private async askAll(query: ListQuery, { games, covered }: Found): Promise<void> {
    const members = [...(this.context.current()?.incarnation.membership.view.members.values() ?? [])];
    const { status = null, cursor = null, caller, suspended, idleSince, seats } = query;
    const filter = { suspended, idleSince, seats };
    // One more than asked for shows whether there is a next page.
    const limit = query.limit + 1;
    const request: RpcRequest = { type: 'list', status, listedOnly: caller.kind !== 'admin', limit, cursor, ...filter };
    for (const page of await Promise.all(members.map((member) => this.ask(member, request)))) {
      if (page?.type !== 'page') continue;
      for (const slot of page.slots) covered.add(slot);
      for (const game of page.games) if (matches(game, filter)) games.set(game.id, game);
    }
  }

  private async ask(peer: Peer, request: RpcRequest): Promise<RpcReply | Unreadable | null> {
    const current = this.context.current();
    if (current === null) return null;
    const outcome = await current.messaging.call(
      { id: peer.id, incarnation: peer.incarnation },
      encodeFrame(request),
      ASK_MS,
    );
    return outcome.kind === 'answer' ? decodeReply(outcome.payload).header : null;
  }
}

/** When somebody last played is for administrators, and for whoever looks for a lobby where somebody is. */
function shown({ id, status, roundEndTime, playedAt = null, lobby }: ListedGame, { kind }: Caller): PagedGame {
  const game = { id, status, roundEndTime, ...lobby };
  if (kind !== 'admin' && lobby === undefined) return game;
  return { ...game, playedAt: playedAt === null ? null : new Date(playedAt).toISOString() };
}
