/**
 * A history made by hand: what an owner writes, clients ask and hear, and sockets show; judged by the checkers of simulations.
 *
 * Role: keeps the tests of the checkers to what each of them breaks. Time moves on by 1 ms at each step.
 */
import assert from 'node:assert/strict';
import type { GameCommand } from '../../../src/game/commands.ts';
import { Results } from '../../../src/session/results.ts';
import type { Viewer } from '../../../src/session/rules.ts';
import { encode, ownVersions, type Stamp } from '../../../src/session/snapshot.ts';
import { History } from '../../simulation/checks/history.ts';
import { type GameDocument, type GameState, rules } from '../../simulation/world/game.ts';
import { BEGINNING } from '../../simulation/world/timeline.ts';
import { type Asked, type Heard, type OperationKind, type Socket, Violations } from '../../simulation/world/witness.ts';
import { MemoryBuckets } from '../../support/memory-store.ts';

export const GAME = 'G';
/** What sockets are given in these tests. */
export const MOST_STALE_MS = 7_000;
const KEY = `3.${GAME}`;

/** What a write leaves in the store. */
export interface Written {
  readonly commit: number;
  readonly version: number;
  readonly state: GameState;
}

interface Record {
  readonly round: number;
  readonly content: unknown;
}

export class CheckedWorld {
  readonly buckets = new MemoryBuckets();
  readonly violations: Violations;
  readonly history: History;
  now = 1_000;
  mostAheadMs = 0;
  stamp: Stamp = { owner: 'm1', incarnation: 'i1', epoch: 1 };
  results = new Results();
  /** As the owner has it in memory: the state that the next write holds. */
  memory: Written | null = null;
  #records: Record[] = [];
  #operations = 0;

  constructor() {
    const now = () => this.now;
    this.violations = new Violations(now);
    this.history = new History({
      buckets: this.buckets,
      violations: this.violations,
      now,
      mostAheadMs: () => this.mostAheadMs,
      isTimeTrue: () => true,
      clusterTime: () => this.wall,
    });
  }

  /** A game that `maker` asked for and was answered. */
  static withGame(document: Partial<GameDocument> = {}): CheckedWorld {
    const world = new CheckedWorld();
    const maker = world.ask('create', 'made');
    world.create({ tag: 'made', roundMs: null, ...document });
    world.land();
    world.hear(maker, 201, world.shown());
    return world;
  }

  create(document: GameDocument): void {
    const made = rules.create(GAME, document, { nonce: 'n', host: null }, { now: this.wall, version: 1 });
    assert.ok(made.kind === 'applied');
    this.memory = { commit: 0, version: 1, state: made.state };
  }

  /** Applies it in the owner's memory. */
  apply(command: GameCommand): void {
    const before = this.held;
    const version = before.version + 1;
    const outcome = rules.apply(before.state, command, { now: this.wall, version });
    assert.ok(outcome.kind === 'applied');
    if (outcome.record !== undefined) this.#records.push(outcome.record);
    this.memory = { ...before, version, state: outcome.state };
  }

  act(...tags: string[]): void {
    for (const tag of tags) {
      this.apply({ type: 'register_action', playerId: 'p', action: { type: 'attack', targetPlayerId: tag } });
    }
  }

  endRound(round: number, tag: string): void {
    this.apply({ type: 'commit_round', round, playerId: tag });
  }

  /** Lands a command whatever its tag says. */
  plant(tag: string): void {
    this.endRound(this.held.state.round, tag);
    this.land();
  }

  /** Results of later commands of one principal. */
  fill(count: number): void {
    for (let index = 0; index < count; index += 1) {
      this.results.record('p', { id: `id${index}`, receivedAt: index + 1, fingerprint: 'f', version: 2, outcome: '' });
    }
  }

  /** Records first, then the session. */
  land(change: Partial<Written> = {}): void {
    this.archive();
    const { held } = this;
    const written = { ...held, commit: held.commit + 1, ...change };
    this.memory = written;
    const { stamp, results } = this;
    this.put('sessions', KEY, encode(rules, { gameId: GAME, ...written, stamp, results }, ownVersions(rules)));
  }

  /** Writes the records of the rounds that ended in memory. */
  archive(): void {
    for (const { round, content } of this.#records.splice(0)) this.record(round, content);
  }

  /** Nobody will ever write the records of these rounds. */
  dropRecords(): void {
    this.#records = [];
  }

  record(round: number, content: unknown): void {
    this.put('archive', `${KEY}.${round}`, new TextEncoder().encode(JSON.stringify(content)));
  }

  put(bucket: 'sessions' | 'archive', key: string, value: Uint8Array, deleted = false): void {
    this.now += 1;
    const content = this.buckets.content(bucket);
    const expected = content.entries.get(key)?.revision ?? 0;
    content.put(key, expected, value, {}, deleted, { wall: this.wall, now: this.now });
  }

  deleteGame(): void {
    this.put('sessions', KEY, new Uint8Array(0), true);
  }

  /** The store forgets what was written in the last `ms`. */
  rollBack(ms: number): void {
    for (const bucket of ['sessions', 'archive'] as const) this.buckets.content(bucket).rollBack(this.now - ms);
    this.history.rolledBack();
  }

  ask(kind: OperationKind, tag: string | null = null, more: Partial<Asked> = {}): Asked {
    this.now += 1;
    const number = ++this.#operations;
    const key = tag === null ? null : `key of ${tag}`;
    const asked = { number, client: 'c1', kind, gameId: GAME, viewer: 'admin' as const, tag, key, round: null };
    const operation: Asked = { ...asked, ...more, invokedAt: this.now };
    this.history.asked(operation);
    return operation;
  }

  hear(operation: Asked, status: number, body: unknown = null): void {
    this.now += 1;
    const heard: Heard = { at: this.now, via: 'm1#1', status, body, owner: 'm1' };
    this.history.heard(operation, heard);
  }

  /** Asked, landed in a write of its own, answered. */
  acted(tag: string, more: Partial<Asked> = {}): Asked {
    const operation = this.ask('act', tag, more);
    this.act(tag);
    this.land();
    this.hear(operation, 200, { version: this.held.version });
    return operation;
  }

  /** What a read shows of what the owner has in memory. */
  shown(viewer: Viewer = 'admin', { version, state }: Pick<Written, 'version' | 'state'> = this.held): object {
    return { game: rules.view(state, viewer), view: viewer, version, owner: 'm1' };
  }

  open(name: string, since = 0): Socket {
    this.now += 1;
    const socket: Socket = { name, gameId: GAME, viewer: 'admin', at: 'm1#1', openedAt: this.now, since };
    this.history.opened(socket);
    return socket;
  }

  /** Null: the game is gone. */
  show(socket: Socket, { version, state }: Pick<Written, 'version' | 'state'>, isGone = false, reset = false): void {
    this.now += 1;
    this.history.saw(socket, { at: this.now, version, reset, game: isGone ? null : rules.view(state, socket.viewer) });
  }

  get held(): Written {
    if (this.memory === null) throw new Error('no game was created');
    return this.memory;
  }

  get wall(): number {
    return BEGINNING + this.now;
  }

  /** Nothing is wrong; neither now nor when all is over. */
  assertRight(): void {
    this.history.settled(MOST_STALE_MS);
    this.history.finish();
    assert.deepEqual(this.violations.found, []);
  }

  /** Exactly this was found. */
  assertFound(promise: string, what: RegExp): void {
    const [first, ...more] = this.violations.found;
    assert.ok(first !== undefined, `nothing was found; expected ${promise} ${what}`);
    assert.deepEqual(more, []);
    assert.equal(first.promise, promise, first.what);
    assert.match(first.what, what);
    assert.match(first.what, /^game G: /);
  }
}
