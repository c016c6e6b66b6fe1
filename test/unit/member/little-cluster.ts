/**
 * A whole cluster in one process: members over the memory twins, on a clock that the test moves.
 *
 * Role: what the cluster tests do with processes and NATS, in milliseconds: members join, drain, crash, are cut off and come back.
 */
import assert from 'node:assert/strict';
import type { GameCommand } from '../../../src/game/commands.ts';
import type { GameState } from '../../../src/game/state.ts';
import type { Answer, Operation } from '../../../src/member/contract/gateway.ts';
import { Incidents, type Log } from '../../../src/member/kit/incidents.ts';
import { Member, type MemberSettings } from '../../../src/member/member.ts';
import type { Webhook } from '../../../src/member/webhooks/webhook-outbox.ts';
import type { Tracing } from '../../../src/ports/tracing.ts';
import { ADMIN } from '../../../src/session/permission.ts';
import type { Rules } from '../../../src/session/rules.ts';
import { decode, type Snapshot } from '../../../src/session/snapshot.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { finish, manualRandom, until } from '../../support/manual-time.ts';
import { MemoryBroker, type MemoryLink } from '../../support/memory-broker.ts';
import { MemoryBus, MemoryMessaging } from '../../support/memory-messaging.ts';
import { MemoryBuckets, MemoryStore } from '../../support/memory-store.ts';
import { calm, type Weather } from '../../support/memory-weather.ts';
import { TallyMeter } from '../../support/meters.ts';
import { minotaurRules } from '../../support/minotaur-rules.ts';
import { silentLog } from '../../support/silent-log.ts';

export const SLOTS = 16;

export interface Joined {
  readonly id: string;
  readonly member: Member<GameState>;
  readonly link: MemoryLink;
  readonly incidents: Incidents;
  readonly meter: TallyMeter;
  readonly failures: unknown[];
}

export interface LittleClusterOptions {
  readonly rules?: Rules<GameState, GameCommand>;
  /** What differs from calm weather. */
  readonly weather?: Partial<Weather>;
}

interface Own {
  readonly rules?: Rules<GameState, GameCommand>;
  readonly log?: Log;
  readonly webhook?: Webhook;
  readonly tracing?: Tracing | null;
}

let keys = 0;

export class LittleCluster {
  readonly clock = new ManualClock();
  readonly broker: MemoryBroker;
  readonly bus = new MemoryBus();
  readonly buckets = new MemoryBuckets();
  readonly all: Joined[] = [];
  /** The test's own view of the store. */
  readonly store: MemoryStore;
  private readonly rules: Rules<GameState, GameCommand>;

  constructor({ rules = minotaurRules, weather = {} }: LittleClusterOptions = {}) {
    const latencyMs = () => 1;
    this.rules = rules;
    this.broker = new MemoryBroker(this.clock, latencyMs, { ...calm, latencyMs, ...weather });
    this.store = new MemoryStore(this.buckets, this.broker.attach());
  }

  /** A member that has not started yet; `own` is what it has unlike the others. */
  add(id: string, settings: Partial<MemberSettings> = {}, own: Own = {}): Joined {
    const incidents = new Incidents(silentLog);
    const meter = new TallyMeter();
    const failures: unknown[] = [];
    const member = new Member<GameState>({
      clock: this.clock,
      random: manualRandom(this.all.length + 1),
      rules: own.rules ?? this.rules,
      settings: { ...defaults, id, ...settings },
      log: own.log ?? silentLog,
      incidents,
      meter,
      tracing: own.tracing ?? null,
      appVersion: '1.0.0',
      webhook: own.webhook ?? null,
      failed: (error) => failures.push(error),
    });
    const joined = { id, member, link: this.broker.attach(), incidents, meter, failures };
    this.all.push(joined);
    return joined;
  }

  /** Starts it; resolves when it has joined. */
  begin({ id, member, link }: Joined): Promise<void> {
    const address = `${id}:1`;
    // Whoever listens at the address says which incarnation it is by now.
    this.bus.addresses.set(address, {
      kind: 'answered',
      id,
      get incarnation() {
        return member.self.incarnation;
      },
      get renewedMsAgo() {
        return member.renewedMsAgo ?? Number.POSITIVE_INFINITY;
      },
    });
    const store = new MemoryStore(this.buckets, link);
    return member.start({ store, messaging: new MemoryMessaging(this.bus, link), addresses: [address] });
  }

  /** Joins and waits until it says that it is ready. */
  async join(id: string, settings: Partial<MemberSettings> = {}, own: Own = {}): Promise<Joined> {
    const joined = this.add(id, settings, own);
    await this.finish(this.begin(joined));
    await this.until(`${id} is ready`, () => joined.member.readiness.ready);
    return joined;
  }

  /** Several members that have shared the slots among them. */
  async of(...ids: string[]): Promise<Joined[]> {
    const joined: Joined[] = [];
    for (const id of ids) joined.push(await this.join(id));
    await this.settled(joined);
    return joined;
  }

  /** Waits until every slot is owned by whom the ring wants, as all of these see it. */
  settled(members: readonly Joined[], limitMs?: number): Promise<number> {
    const isSettled = ({ member }: Joined) =>
      allGames.every((gameId) => {
        const { owner, desiredOwner } = member.location(gameId);
        return owner !== null && owner === desiredOwner && members.some(({ id }) => id === owner);
      });
    return this.until('slots settled', () => members.every(isSettled), limitMs);
  }

  /** The process is gone: no connection, its port refuses. */
  kill({ id, link }: Joined): void {
    this.bus.addresses.delete(`${id}:1`);
    link.cut();
  }

  /** Lets all members go, so that nothing goes on after the test. */
  async end(): Promise<void> {
    await this.finish(Promise.all(this.all.map(({ member }) => member.stop())));
  }

  finish<T>(what: Promise<T>, limitMs?: number): Promise<T> {
    return finish(this.clock, what, limitMs);
  }

  until(what: string, condition: () => boolean, limitMs?: number): Promise<number> {
    return until(this.clock, what, condition, limitMs);
  }

  ask({ member }: Joined, operation: Operation): Promise<Answer> {
    return this.finish(member.execute(operation));
  }

  /** Makes the games and answers their ids. */
  async games(by: Joined, ids: readonly string[] = allGames): Promise<readonly string[]> {
    const answers = await this.finish(Promise.all(ids.map((gameId) => by.member.execute(start(gameId)))));
    for (const { status, body } of answers) assert.equal(status, 201, body);
    return ids;
  }

  /** The game as stored, whoever owns it. */
  async stored(by: Joined, gameId: string): Promise<Snapshot<GameState>> {
    const { slot } = by.member.location(gameId);
    const entry = await this.finish(this.store.bucket('sessions').read(`${slot}.${gameId}`, 1_000));
    assert.ok(entry !== null && !entry.deleted, `${gameId} is stored`);
    return decode(minotaurRules, entry.value);
  }

  /** The keys of the members that are in the store. */
  async memberKeys(): Promise<string[]> {
    const keysFound: string[] = [];
    for (const [key, { deleted }] of this.buckets.content('members').entries) if (!deleted) keysFound.push(key);
    return keysFound.filter((key) => key !== 'cluster').sort();
  }
}

const defaults: Omit<MemberSettings, 'id'> = {
  slots: SLOTS,
  heartbeatMs: 100,
  leaseMs: 50,
  goneMs: 250,
  suspectMs: 2_500,
  rebalanceDelayMs: 1_000,
  stuckMs: 60_000,
  idleMs: 60_000,
  gameRollbackMs: 30_000,
  drainMinMs: 0,
  drainTimeoutMs: 25_000,
  requestDeadlineMs: 10_000,
};

/** Enough games that every slot has some. */
export const allGames: readonly string[] = Array.from({ length: 80 }, (_, index) => `G${index}`);

const byAdmin = { caller: ADMIN, may: ['admin'] } as const;

/** A game with a long round, so that no clock interferes. */
export function start(
  gameId: string,
  document: unknown = { settings: { roundSeconds: 3_600, actionPoints: 1_000 } },
): Operation {
  return { kind: 'continue', gameId, ...byAdmin, document, origin: { nonce: 'n', host: null }, command: command() };
}

export function read(gameId: string, consistency: 'strong' | 'eventual' = 'strong'): Operation {
  return { kind: 'read', gameId, ...byAdmin, consistency };
}

/** A move with a key of its own, unless one is given. */
export function act(gameId: string, key?: string | null): Operation {
  const action = { type: 'move', vector: { q: 1, r: 0 } } as const;
  return {
    kind: 'command',
    gameId,
    ...byAdmin,
    input: { type: 'register_action', playerId: 'p', action },
    command: command(key),
  };
}

function command(key?: string | null) {
  keys += 1;
  return { principal: 'p', key: key === undefined ? `key${keys}` : key, fingerprint: 'f' };
}

export function bodyOf({ body }: Answer): {
  version: number;
  game: { registeredActions: Record<string, unknown[]> };
  code?: string;
  outcome?: string;
  stale?: boolean;
} {
  return JSON.parse(body);
}
