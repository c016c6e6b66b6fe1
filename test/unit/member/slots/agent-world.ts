/**
 * One slot agent among peers that the test makes up: who is present, what they answer, what they write.
 *
 * Role: the slots bucket is real; membership, session host and messages are as much as the agent asks of them.
 */
import assert from 'node:assert/strict';
import { decodeSlotRecord, encodeSlotRecord, type SlotRecord } from '../../../../src/cluster/slot-table.ts';
import { applyMemberEntry, emptyView, type MemberRecord, type View } from '../../../../src/cluster/view.ts';
import { decodeRequest, encodeFrame, type RpcReply, type RpcRequest } from '../../../../src/member/contract/rpc.ts';
import { Incidents } from '../../../../src/member/kit/incidents.ts';
import { SlotAgent } from '../../../../src/member/slots/slot-agent.ts';
import type { CallOutcome, Messaging } from '../../../../src/ports/messaging.ts';
import { silentMeter } from '../../../support/meters.ts';
import { silentLog } from '../../../support/silent-log.ts';
import { Lab } from '../lab.ts';

export const SLOTS = 4;

const listing = {
  status: 'active',
  listed: true,
  suspended: false,
  playedAt: null,
  deadline: null,
  epoch: 1,
  commit: 1,
};

export class AgentWorld {
  readonly lab = new Lab();
  readonly slots = this.lab.bucket('slots');
  readonly incidents = new Incidents(silentLog);
  leaving = false;
  /** Open slot → its epoch, and whether a stash came with it. */
  readonly open = new Map<number, string>();
  readonly frozen = new Set<number>();
  /** Whether the sessions of the slots are listed. */
  listed = true;
  /** Owners that were verified. */
  readonly verified: string[] = [];
  /** How often the agent said that the store lost records. */
  rolledBack = 0;
  /** What peers were sent; what they answer. */
  readonly requests: RpcRequest['type'][] = [];
  reply: (request: RpcRequest) => RpcReply | CallOutcome | Promise<CallOutcome> = () => ({ type: 'ok' });
  /** What becomes of looking for an owner that nobody knows. */
  onVerify: (ownerKey: string) => void = (ownerKey) => this.gone(ownerKey);
  /** Since when the others are active, monotonic ms. */
  activeSince = Number.NEGATIVE_INFINITY;
  readonly host = {
    open: (slot: number, epoch: number, stash: unknown): unknown =>
      this.open.set(slot, `${epoch}${stash === null ? '' : ' stash'}`),
    close: (slot: number) => {
      this.open.delete(slot);
      this.frozen.delete(slot);
    },
    get: (slot: number) => ({
      listed: this.listed,
      certain: true,
      isClosed: !this.open.has(slot),
      freeze: async () => {
        this.frozen.add(slot);
      },
      unfreeze: () => {
        this.frozen.delete(slot);
      },
      export: () => [
        { gameId: 'G', revision: 1, deleted: false, listing, unsettled: true, goesOnMs: null, value: null },
      ],
    }),
  };
  readonly agent: SlotAgent;
  private view: View = emptyView();
  private viewRevision = 0;

  constructor() {
    this.agent = new SlotAgent({
      ...this.lab.writing,
      time: { ...this.lab.timing.time, isKnown: true },
      self: { id: 'm1', incarnation: 'i1' },
      slots: SLOTS,
      rebalanceDelayMs: 1_000,
      store: { bucket: () => this.slots },
      messaging: { call: (_, payload) => this.call(payload) } as Pick<Messaging, 'call'> as Messaging,
      log: silentLog,
      incidents: this.incidents,
      meter: silentMeter,
      membership: this.membership(),
      host: this.host,
      rolledBack: () => {
        this.rolledBack += 1;
      },
      recordChanged: () => undefined,
    });
  }

  see(key: string, record: Partial<MemberRecord> | null): void {
    this.viewRevision += 1;
    const range = { min: 1, max: 1 };
    const usual = {
      startedAt: '2030-01-01T00:00:00Z',
      createdRevision: 0,
      addresses: ['x:1'],
      leaseMs: 50,
      version: '1',
    };
    const whole = record && { status: 'active' as const, ...usual, stateVersions: range, protocol: range, ...record };
    const entry = { key, revision: this.viewRevision, deleted: record === null, record: whole };
    this.view = applyMemberEntry(this.view, entry);
    this.agent.viewChanged();
  }

  present(key: string): void {
    this.see(key, {});
  }

  gone(key: string): void {
    this.see(key, null);
  }

  /** Somebody else writes a record; answers its revision. */
  async write(slot: number, parts: Partial<SlotRecord>, expected = 0): Promise<number> {
    const usual = { owner: 'm2', incarnation: 'i2', epoch: 1, acquired: 'initial', transferId: null } as const;
    const write = { value: encodeSlotRecord({ ...usual, ...parts }), expected, timeoutMs: 100 };
    const outcome = await this.lab.finish(this.lab.bucket('slots').write(String(slot), write));
    assert.ok(outcome.kind === 'landed');
    return outcome.revision;
  }

  async stored(slot: number): Promise<SlotRecord | null> {
    const entry = await this.lab.finish(this.lab.bucket('slots').read(String(slot), 100));
    return entry && decodeSlotRecord(slot, entry.revision, entry.value);
  }

  /** Alone in the cluster, all slots taken. */
  async alone(): Promise<void> {
    this.present('m1.i1');
    this.agent.start();
    await this.lab.until('all slots', () => this.open.size === SLOTS);
  }

  /** Slots that this member holds and m2, who has just come, should have. */
  async withPeer(): Promise<number[]> {
    await this.alone();
    this.present('m2.i2');
    const theirs = [0, 1, 2, 3].filter((slot) => this.agent.ring.owner(slot) === 'm2');
    assert.ok(theirs.length > 0);
    return theirs;
  }

  private membership() {
    const world = this;
    return {
      key: 'm1.i1',
      get view() {
        return world.view;
      },
      get leaving() {
        return world.leaving;
      },
      activeSince: () => this.activeSince,
      verify: async (ownerKey: string) => {
        this.verified.push(ownerKey);
        this.onVerify(ownerKey);
      },
    };
  }

  private async call(payload: Uint8Array): Promise<CallOutcome> {
    const { header } = decodeRequest(payload);
    assert.ok(header.type !== 'unreadable');
    this.requests.push(header.type);
    const answer = await this.reply(header);
    return 'kind' in answer ? answer : { kind: 'answer', payload: encodeFrame(answer) };
  }
}

export const short = (record: SlotRecord | null): string =>
  record === null ? 'none' : `${record.owner} ${record.epoch} ${record.acquired}`;
