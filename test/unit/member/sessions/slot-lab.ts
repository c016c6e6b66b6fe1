/**
 * The sessions of one slot under an owner whose lease and epoch the test decides, over a store that others share.
 */
import assert from 'node:assert/strict';
import type { GameCommand } from '../../../../src/game/commands.ts';
import type { GameState } from '../../../../src/game/state.ts';
import type { ReadOperation } from '../../../../src/member/contract/gateway.ts';
import type { HostAnswer } from '../../../../src/member/contract/host-answers.ts';
import type { RoutedOperation, WireCommand } from '../../../../src/member/contract/rpc.ts';
import { Allowance } from '../../../../src/member/kit/allowance.ts';
import { Loads } from '../../../../src/member/sessions/loads.ts';
import type { Item } from '../../../../src/member/sessions/session-items.ts';
import type { SlotsContext } from '../../../../src/member/sessions/slot-context.ts';
import { type Exported, SlotSessions } from '../../../../src/member/sessions/slot-sessions.ts';
import { type ListedSession, listSlots } from '../../../../src/member/store/slot-lister.ts';
import { ADMIN, type Caller, PUBLIC } from '../../../../src/session/permission.ts';
import type { Origin } from '../../../../src/session/rules.ts';
import { decode, ownVersions, type Snapshot } from '../../../../src/session/snapshot.ts';
import type { FaultyBucket } from '../../../support/faulty-bucket.ts';
import { minotaurRules } from '../../../support/minotaur-rules.ts';
import type { Lab } from '../lab.ts';

export const SLOT = 7;
export const FOREVER = Number.MAX_SAFE_INTEGER;

const never = new AbortController().signal;

let ids = 0;

function identity(parts: Partial<WireCommand> = {}): WireCommand {
  ids += 1;
  return { principal: 'p', id: `c${ids}`, keyed: true, again: false, receivedAt: 1, fingerprint: 'f', ...parts };
}

const byAdmin = { caller: ADMIN, may: ['admin'] } as const;

export const read = (gameId = 'G', consistency: 'strong' | 'eventual' = 'strong'): ReadOperation => ({
  kind: 'read',
  gameId,
  ...byAdmin,
  consistency,
});

export const events = (gameId = 'G'): RoutedOperation => ({ kind: 'events', gameId, ...byAdmin });
export const state = (gameId = 'G', host?: Caller): RoutedOperation => ({
  kind: 'state',
  gameId,
  ...(host && { host }),
});

export const erase = (gameId = 'G'): RoutedOperation => ({ kind: 'erase', gameId, ...byAdmin, command: identity() });

/** Nobody hosts a game that is continued. */
const origin: Origin = { nonce: 'n', host: null };

export const start = (document: unknown = {}, parts: Partial<WireCommand> = {}, gameId = 'G'): RoutedOperation => ({
  kind: 'continue',
  gameId,
  ...byAdmin,
  document,
  origin,
  command: identity(parts),
});

/** A new lobby, hosted by h. */
export const create = (parts: Partial<WireCommand> = {}, gameId = 'G'): RoutedOperation => ({
  kind: 'create',
  gameId,
  caller: PUBLIC,
  may: ['anyone'],
  document: { status: 'lobby' },
  origin: { nonce: 'n', host: { playerId: 'h', displayName: 'Host' } },
  command: identity({ principal: 'creator', ...parts }),
});

const move: GameCommand = { type: 'register_action', playerId: 'p0', action: { type: 'move', vector: { q: 1, r: 0 } } };

export const act = (input: GameCommand = move, parts: Partial<WireCommand> = {}, gameId = 'G'): RoutedOperation => ({
  kind: 'command',
  gameId,
  ...byAdmin,
  input,
  command: identity(parts),
});

/** A status, and the code of a problem if it is one; or `moved`. */
export function told(answer: HostAnswer): string {
  if (answer.kind === 'moved') return answer.uncertain ? 'moved, uncertain' : 'moved';
  if (answer.status < 400) return String(answer.status);
  return `${answer.status} ${(JSON.parse(answer.body) as { code: string }).code}`;
}

/** One owner of the slot at one epoch. */
export class Owner {
  readonly sessions: FaultyBucket;
  readonly archive: FaultyBucket;
  readonly slot: SlotSessions<GameState>;
  /** Whether the lease is valid; what a renewal that a read asks for comes to, and how many did. */
  valid = true;
  renewal: () => Promise<boolean> = async () => true;
  renewals = 0;
  readonly notes: string[] = [];
  readonly lab: Lab;

  constructor(lab: Lab, epoch: number, name = `m${epoch}`) {
    this.lab = lab;
    this.sessions = lab.bucket('sessions');
    this.archive = lab.bucket('archive');
    const note = (what: string) => (_: number, about: Item<GameState> | string) => {
      this.notes.push(`${what} ${typeof about === 'string' ? about : about.gameId}`);
    };
    const context: SlotsContext<GameState> = {
      presenceOf: () => null,
      ...lab.writing,
      ...lab.timing,
      rules: minotaurRules,
      outbox: null,
      sessions: this.sessions,
      archive: this.archive,
      stamp: { owner: name, incarnation: 'i', epoch: 0 },
      self: name,
      ended: never,
      loads: new Loads(lab.clock),
      shownBytes: new Allowance(1_000_000),
      lease: {
        valid: () => this.valid,
        ensure: () => {
          this.renewals += 1;
          return this.renewal();
        },
      },
      written: () => ownVersions(minotaurRules),
      fenced: () => {
        this.notes.push('fenced');
        this.slot.close();
      },
      committed: note('committed'),
      removed: () => undefined,
      dropped: note('dropped'),
      rolledBack: note('rolledBack'),
      broken: note('broken'),
      abandoned: note('abandoned'),
      unerased: note('unerased'),
    };
    this.slot = new SlotSessions(context, SLOT, epoch);
  }

  /** Lists the slot as the session host does after a takeover. */
  async list(): Promise<void> {
    const known = this.slot.known();
    this.slot.adoptListed(await this.listing(), known);
  }

  /** What is stored in the slot. */
  async listing(): Promise<ReadonlyMap<string, ListedSession>> {
    const context = { ...this.lab.writing, sessions: this.sessions, ended: never };
    const listings = await this.lab.finish(listSlots(context, [SLOT]));
    return listings?.get(SLOT) ?? new Map();
  }

  /** What it answers, once it does. */
  ask(operation: RoutedOperation, deadline = FOREVER): Promise<HostAnswer> {
    return this.lab.finish(this.slot.execute(operation, deadline));
  }

  async tells(operation: RoutedOperation): Promise<string> {
    return told(await this.ask(operation));
  }

  /** Asks and does not wait. */
  watch(operation: RoutedOperation, deadline = FOREVER): { told: string | null } {
    const state: { told: string | null } = { told: null };
    void this.slot.execute(operation, deadline).then((answer) => {
      state.told = told(answer);
    });
    return state;
  }
}

/** An owner whose slot is listed, and in it the game G, unless told otherwise. */
export async function owning(lab: Lab, epoch = 1, document: unknown = {}): Promise<Owner> {
  const owner = new Owner(lab, epoch);
  await owner.list();
  if (document !== null) assert.equal(await owner.tells(start(document)), '201');
  return owner;
}

/** What the next owner adopts of what this one exports, or has exported. */
export function handOver(from: Owner, to: Owner, exported: readonly Exported[] = from.slot.export()): void {
  const listing = new Map(
    exported.map(({ gameId, revision, deleted, listing: shown }) => [gameId, { revision, deleted, listing: shown }]),
  );
  const stored = new Map(exported.flatMap(({ gameId, value }) => (value === null ? [] : [[gameId, value] as const])));
  const unsettled = new Set(exported.filter((one) => one.unsettled).map(({ gameId }) => gameId));
  from.slot.close();
  to.slot.adopt(listing, { stored, unsettled, clocks: new Map() });
}

/** The next owner, which takes the slot over or gets it from that one. */
export async function nextOwner(lab: Lab, owner: Owner, how: 'lists' | 'is handed it'): Promise<Owner> {
  const next = new Owner(lab, owner.slot.stamp.epoch + 1);
  if (how === 'lists') await next.list();
  else {
    await lab.finish(owner.slot.freeze(400));
    handOver(owner, next);
  }
  return next;
}

/** The game as stored. */
export async function storedGame(lab: Lab, gameId = 'G'): Promise<Snapshot<GameState> | null> {
  const entry = await lab.finish(lab.bucket('sessions').read(`${SLOT}.${gameId}`, 100));
  return entry === null || entry.deleted ? null : decode(minotaurRules, entry.value);
}

/** What is archived under this key of the slot (`G`, `G.1`); null: nothing, or a deletion marker. */
export async function archived(lab: Lab, rest: string): Promise<Uint8Array | null> {
  const entry = await lab.finish(lab.bucket('archive').read(`${SLOT}.${rest}`, 100));
  return entry === null || entry.deleted ? null : entry.value;
}

/** A game that ends when its only player leaves. */
export const ada = { players: { p0: { id: 'p0', displayName: 'Ada' } } };
export const leaving: GameCommand = { type: 'leave', playerId: 'p0', kicked: false };

/** What plays on, or begins again. */
export const anew = (): RoutedOperation[] => [start({}), start(null), act(), act({ type: 'end_round', round: 1 })];

/** An owner of the game G, which is over, archived and deleted. */
export async function concluded(lab: Lab): Promise<Owner> {
  const owner = await owning(lab, 1, ada);
  assert.equal(await owner.tells(act(leaving)), '204');
  await deleted(lab);
  return owner;
}

/** Waits until the session of the game G is deleted. */
export function deleted(lab: Lab): Promise<number> {
  const { entries } = lab.buckets.content('sessions');
  return lab.until('the deletion', () => entries.get(`${SLOT}.G`)?.deleted === true);
}

export const end = (round: number): RoutedOperation => act({ type: 'end_round', round });

/** Keys of the game that hold something, in any bucket. */
export function kept(lab: Lab): string[] {
  const found: string[] = [];
  for (const bucket of ['sessions', 'archive'] as const) {
    for (const [key, { deleted, value }] of lab.buckets.content(bucket).entries) {
      if (!deleted && value.length > 0 && key.startsWith(`${SLOT}.G`)) found.push(`${bucket} ${key}`);
    }
  }
  return found;
}

/** Nothing is left, everybody says so, and the game can be made anew, with rounds of its own. */
export async function erased(owner: Owner): Promise<void> {
  const { lab } = owner;
  await lab.clock.advance(3_000);
  assert.deepEqual(kept(lab), []);
  const others = new Owner(lab, owner.slot.stamp.epoch + 100);
  await others.list();
  for (const by of [owner, others]) assert.equal(await by.tells(read()), '404 game_not_alive');
  for (const operation of [act(), start(null), events()]) {
    assert.equal(await owner.tells(operation), '404 game_not_alive');
  }
  assert.equal(await owner.tells(start({ round: 1 })), '201');
  assert.equal((await storedGame(lab))?.version, 1);
  assert.equal(await owner.tells(end(1)), '200');
  assert.deepEqual(kept(lab), [`sessions ${SLOT}.G`, `archive ${SLOT}.G.1`]);
}
