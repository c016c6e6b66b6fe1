/**
 * Questions that concern every member: who is there, which games are alive.
 *
 * Role: asks all members at once and puts the answers together.
 * Invariants: a listing is complete unless it says `partial`; it holds only what owners with a valid lease told.
 */
import type { Clock } from '../ports/clock.ts';
import type { Messaging, Peer } from '../ports/messaging.ts';
import type { Random } from '../ports/random.ts';
import type { ClusterReport, GamePage, ListQuery, MemberReport } from './gateway.ts';
import type { Incarnation } from './incarnation.ts';
import { pause } from './kit/retry.ts';
import { decodeReply, encodeFrame, type ListedGame, type RpcReply, type RpcRequest } from './rpc.ts';

const ASK_MS = 500;
/** How long a listing looks for the owners that are missing before it says `partial`. */
const COMPLETE_WITHIN_MS = 2_000;
const LOOK_AGAIN_MS = 50;

export interface ClusterQueriesContext<State> {
  readonly clock: Clock;
  readonly random: Random;
  current(): { readonly incarnation: Incarnation<State>; readonly messaging: Messaging } | null;
}

export class ClusterQueries<State> {
  private readonly context: ClusterQueriesContext<State>;

  constructor(context: ClusterQueriesContext<State>) {
    this.context = context;
  }

  async cluster(self: string, slots: number): Promise<ClusterReport> {
    const current = this.context.current();
    if (current === null) return { self, revision: 0, members: [], slots, unowned: slots };
    const { membership, slots: agent } = current.incarnation;
    const { view } = membership;
    const members = await Promise.all(
      [...view.members.values()].map(async ({ id, incarnation, record }): Promise<MemberReport> => {
        const reply = await this.ask({ id, incarnation }, { type: 'stats' });
        const sessions = reply?.type === 'stats' ? reply.sessions : null;
        const { status, version } = record;
        return { id, incarnation, status, slots: agent.table.countOf(incarnation), sessions, version };
      }),
    );
    members.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
    return { self, revision: view.revision, members, slots, unowned: agent.unownedSlots };
  }

  async list(query: ListQuery, slots: number): Promise<GamePage> {
    const { clock } = this.context;
    const until = clock.monotonic() + COMPLETE_WITHIN_MS;
    for (;;) {
      const { games, covered } = await this.askAll(query);
      const partial = covered.size < slots;
      if (!partial || clock.monotonic() >= until) {
        const ordered = [...games.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
        const page = ordered.slice(0, query.limit);
        const isMore = ordered.length >= query.limit;
        return {
          games: page.map(({ id, status, roundEndTime }) => ({ id, status, roundEndTime })),
          nextCursor: isMore ? (page.at(-1)?.id ?? null) : null,
          partial,
        };
      }
      await pause(this.context, LOOK_AGAIN_MS);
    }
  }

  private async askAll(query: ListQuery): Promise<{ games: Map<string, ListedGame>; covered: Set<number> }> {
    const games = new Map<string, ListedGame>();
    const covered = new Set<number>();
    const members = [...(this.context.current()?.incarnation.membership.view.members.values() ?? [])];
    const { status = null, limit, cursor = null, caller } = query;
    // One more than asked for shows whether there is a next page.
    const request: RpcRequest = { type: 'list', status, listedOnly: caller.kind !== 'admin', limit, cursor };
    for (const page of await Promise.all(members.map((member) => this.ask(member, request)))) {
      if (page?.type !== 'page') continue;
      for (const slot of page.slots) covered.add(slot);
      for (const game of page.games) games.set(game.id, game);
    }
    return { games, covered };
  }

  private async ask(peer: Peer, request: RpcRequest): Promise<RpcReply | null> {
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
