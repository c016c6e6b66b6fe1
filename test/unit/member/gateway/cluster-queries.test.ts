/**
 * What a question to all members asks of each, and how their answers are put together.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SlotMap } from '../../../../src/cluster/slot-map.ts';
import { emptyView, type MemberRecord, type View } from '../../../../src/cluster/view.ts';
import type { ListQuery } from '../../../../src/member/contract/gateway.ts';
import { decodeRequest, encodeFrame, type RpcReply, type RpcRequest } from '../../../../src/member/contract/rpc.ts';
import { ClusterQueries } from '../../../../src/member/gateway/cluster-queries.ts';
import type { CallOutcome } from '../../../../src/ports/messaging.ts';
import { ADMIN, PUBLIC } from '../../../../src/session/permission.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { finish, manualRandom } from '../../../support/manual-time.ts';

type Page = Extract<RpcReply, { type: 'page' }>;

const SLOTS = 4;
const record: MemberRecord = {
  status: 'active',
  startedAt: '2026-01-01T00:00:00.000Z',
  createdRevision: 0,
  addresses: ['127.0.0.1:1'],
  leaseMs: 1_000,
  version: '0.0.0',
  stateVersions: { min: 1, max: 1 },
  protocol: { min: 1, max: 1 },
};
/** A list of games asks where nothing is. */
const noSlots: SlotMap = { owners: [], desiredOwners: [], epochs: [], acquired: [], unowned: 0 };

/** Members that answer as they are told, and what each was asked. */
class Members {
  readonly clock = new ManualClock();
  readonly asked: { readonly id: string; readonly request: RpcRequest }[] = [];
  private readonly queries: ClusterQueries;

  constructor(ids: readonly string[], answer: (id: string, times: number) => Page | null) {
    const members = new Map(ids.map((id) => [id, { id, incarnation: 'i', record, revision: 1, createdRevision: 1 }]));
    const call = async ({ id }: { id: string }, payload: Uint8Array): Promise<CallOutcome> => {
      const { header } = decodeRequest(payload);
      assert.ok(header.type !== 'unreadable');
      this.asked.push({ id, request: header });
      const page = answer(id, this.asked.filter((one) => one.id === id).length);
      return page === null ? { kind: 'timeout' } : { kind: 'answer', payload: encodeFrame(page) };
    };
    const incarnation = {
      membership: { view: { ...emptyView(), members } },
      slots: { map: noSlots, countOf: () => 0 },
      versions: null,
    };
    this.queries = new ClusterQueries({
      clock: this.clock,
      random: manualRandom(),
      current: () => ({ incarnation, messaging: { call } }),
    });
  }

  list(query: Partial<ListQuery> = {}) {
    return finish(this.clock, this.queries.list({ caller: ADMIN, limit: 3, ...query }, SLOTS));
  }
}

const page = (slots: readonly number[], ...ids: string[]): Page => ({
  type: 'page',
  slots: [...slots],
  games: ids.map((id) => ({ id, status: 'active', roundEndTime: null, listed: true })),
});

const idsOf = ({ games }: { readonly games: readonly unknown[] }) => games.map((game) => (game as { id: string }).id);

test('each member is asked once, for one more than the page holds', async () => {
  const members = new Members(['a', 'b'], (id) => (id === 'a' ? page([0, 1], 'B', 'D') : page([2, 3], 'A', 'C')));
  const listed = await members.list({ caller: PUBLIC, status: 'active', cursor: '0' });
  assert.deepEqual([idsOf(listed), listed.nextCursor, listed.partial], [['A', 'B', 'C'], 'C', false]);
  const request = { type: 'list', status: 'active', listedOnly: true, limit: 4, cursor: '0' };
  assert.deepEqual(members.asked, [
    { id: 'a', request },
    { id: 'b', request },
  ]);
});

test('a last page has no cursor, however full it is', async () => {
  const full = await new Members(['a'], () => page([0, 1, 2, 3], 'A', 'B', 'C')).list();
  assert.deepEqual([idsOf(full), full.nextCursor], [['A', 'B', 'C'], null]);
  const more = await new Members(['a'], () => page([0, 1, 2, 3], 'A', 'B', 'C', 'D')).list();
  assert.deepEqual([idsOf(more), more.nextCursor], [['A', 'B', 'C'], 'C']);
  const none = await new Members(['a'], () => page([0, 1, 2, 3])).list();
  assert.deepEqual([idsOf(none), none.nextCursor, none.partial], [[], null, false]);
});

test('while slots are missing, each is asked once more and no oftener; then it is partial', async () => {
  for (const heals of [true, false]) {
    const members = new Members(['a', 'b'], (id, times) => {
      if (id === 'a') return page([0, 1], 'A');
      return heals && times === 2 ? page([2, 3], 'B') : null;
    });
    const listed = await members.list();
    assert.deepEqual([idsOf(listed), listed.partial], [heals ? ['A', 'B'] : ['A'], !heals]);
    assert.equal(members.asked.length, 4);
    assert.ok(members.clock.monotonic() < 1_500);
  }
});

test('what moved between the two questions is there once, and all that any answer covered counts', async () => {
  const members = new Members(['a', 'b'], (id, times) => {
    if (id === 'a') return times === 1 ? page([0, 1], 'A', 'C') : page([0], 'A');
    return times === 1 ? page([2]) : page([1, 2, 3], 'B', 'C');
  });
  const listed = await members.list();
  assert.deepEqual([idsOf(listed), listed.partial], [['A', 'B', 'C'], false]);
});

test('lobbies are told with their seats and their host, to everybody; of other games the public hears no more than before', async () => {
  const games = [
    {
      id: 'A',
      status: 'lobby',
      roundEndTime: null,
      listed: true,
      playedAt: 0,
      lobby: { seatsLeft: 2, playerCount: 1, host: 'Ada' },
    },
    {
      id: 'B',
      status: 'lobby',
      roundEndTime: null,
      listed: true,
      playedAt: 0,
      lobby: { seatsLeft: 0, playerCount: 3, host: null },
    },
    // A member of an older version says nothing of seats, and filters nothing.
    { id: 'C', status: 'lobby', roundEndTime: null, listed: true, playedAt: 0 },
  ];
  const members = new Members(['a'], () => ({ type: 'page', slots: [0, 1, 2, 3], games }));
  const playedAt = '1970-01-01T00:00:00.000Z';
  const ofA = { id: 'A', status: 'lobby', roundEndTime: null, seatsLeft: 2, playerCount: 1, host: 'Ada', playedAt };
  assert.deepEqual((await members.list({ caller: PUBLIC })).games, [
    ofA,
    { id: 'B', status: 'lobby', roundEndTime: null, seatsLeft: 0, playerCount: 3, host: null, playedAt },
    { id: 'C', status: 'lobby', roundEndTime: null },
  ]);
  assert.deepEqual((await members.list({ caller: PUBLIC, status: 'lobby', seats: 'free' })).games, [ofA]);
  assert.deepEqual(members.asked.at(-1)?.request, {
    type: 'list',
    status: 'lobby',
    listedOnly: true,
    limit: 4,
    cursor: null,
    seats: 'free',
  });
});

test('a report is of one moment, however long the members take to answer', async () => {
  const clock = new ManualClock();
  let taken = false;
  const peer = { id: 'b', incarnation: 'i', record, revision: 1, createdRevision: 1 };
  const view: View = { ...emptyView(), members: new Map([['b.i', peer]]) };
  const slots = {
    countOf: () => (taken ? 0 : 4),
    get map() {
      return { ...noSlots, owners: [taken ? 'a' : 'b'] };
    },
  };
  const call = async (): Promise<CallOutcome> => {
    // While one is asked that is dead, others take what it had.
    taken = true;
    return { kind: 'timeout' };
  };
  const numbers = { stateVersion: 3, protocol: 1, module: 2 };
  const versions = { minimum: numbers, written: numbers };
  const current = { incarnation: { membership: { view }, slots, versions }, messaging: { call } };
  const queries = new ClusterQueries({ clock, random: manualRandom(), current: () => current });
  const report = await queries.cluster('a', SLOTS);
  const speaks = { stateVersion: record.stateVersions.max, protocol: record.protocol.max };
  const shown = { status: 'active', version: '0.0.0', speaks, module: null, slots: 4, sessions: null };
  assert.deepEqual(report.versions, versions);
  assert.deepEqual(report.members, [{ id: 'b', incarnation: 'i', ...shown }]);
  assert.deepEqual(report.slotMap?.owners, ['b']);
});
