/**
 * The sessions of one slot under an owner whose lease and epoch the test decides, over a store that others share.
 */
import assert from 'node:assert/strict';
import type { GameCommand } from '../../../src/game/commands.ts';
import { minotaurRules } from '../../../src/game/rules.ts';
import type { GameState } from '../../../src/game/state.ts';
import type { RoutedOperation, WireCommand } from '../../../src/member/rpc.ts';
import type { Item } from '../../../src/member/session-loader.ts';
import { listSlots } from '../../../src/member/slot-lister.ts';
import { type HostAnswer, type SlotContext, SlotSessions } from '../../../src/member/slot-sessions.ts';
import { decode, type Snapshot } from '../../../src/session/snapshot.ts';
import type { FaultyBucket } from '../../support/faulty-bucket.ts';
import type { Lab } from './lab.ts';

export const SLOT = 7;
export const FOREVER = Number.MAX_SAFE_INTEGER;

let ids = 0;

function identity(parts: Partial<WireCommand> = {}): WireCommand {
  ids += 1;
  return { principal: 'p', id: `c${ids}`, keyed: true, again: false, receivedAt: 1, fingerprint: 'f', ...parts };
}

export const read = (gameId = 'G', consistency: 'strong' | 'eventual' = 'strong'): RoutedOperation => ({
  kind: 'read',
  gameId,
  viewer: 'admin',
  consistency,
});

export const start = (document: unknown = {}, parts: Partial<WireCommand> = {}, gameId = 'G'): RoutedOperation => ({
  kind: 'continue',
  gameId,
  viewer: 'admin',
  document,
  command: identity(parts),
});

const move: GameCommand = { type: 'register_action', playerId: 'p0', action: { type: 'move', vector: { q: 1, r: 0 } } };

export const act = (input: GameCommand = move, parts: Partial<WireCommand> = {}, gameId = 'G'): RoutedOperation => ({
  kind: 'command',
  gameId,
  viewer: 'admin',
  input,
  command: identity(parts),
});

/** A status, and the code of a problem if it is one; or `moved`. */
export function told(answer: HostAnswer): string {
  if (answer.kind === 'moved') return answer.uncertain ? 'moved, uncertain' : 'moved';
  const { code } = (answer.body === '' ? {} : JSON.parse(answer.body)) as { code?: string };
  return code === undefined ? String(answer.status) : `${answer.status} ${code}`;
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
    const context: SlotContext<GameState> = {
      ...lab.writing,
      rules: minotaurRules,
      sessions: this.sessions,
      archive: this.archive,
      stamp: { owner: name, incarnation: 'i', epoch: 0 },
      self: name,
      lease: {
        valid: () => this.valid,
        ensure: () => {
          this.renewals += 1;
          return this.renewal();
        },
      },
      writtenVersion: () => minotaurRules.stateVersion,
      fenced: () => {
        this.notes.push('fenced');
        this.slot.close();
      },
      committed: note('committed'),
      dropped: note('dropped'),
      rolledBack: note('rolledBack'),
      broken: note('broken'),
      abandoned: note('abandoned'),
    };
    this.slot = new SlotSessions(context, SLOT, epoch);
  }

  /** Lists the slot as the session host does after a takeover. */
  async list(): Promise<void> {
    const context = { ...this.lab.writing, sessions: this.sessions, ended: new Promise<void>(() => undefined) };
    const listings = await this.lab.finish(listSlots(context, [SLOT]));
    this.slot.adopt(listings?.get(SLOT) ?? new Map());
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

/** The game as stored. */
export async function storedGame(lab: Lab, gameId = 'G'): Promise<Snapshot<GameState> | null> {
  const entry = await lab.finish(lab.bucket('sessions').read(`${SLOT}.${gameId}`, 100));
  return entry === null || entry.deleted ? null : decode(minotaurRules, entry.value);
}
