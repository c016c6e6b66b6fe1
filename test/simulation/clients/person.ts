/**
 * Somebody who asks things of a real game, by whatever right: what guests and administrators at a table have in common.
 *
 * Role: thinks, does one thing, thinks again; gives each command a tag and, mostly, a key, and sends it as delivery.ts does.
 * Invariant: one thing at a time, so nobody ever runs ahead of the window of the exactly-once promise.
 */
import type { Operation } from '../../../src/member/contract/gateway.ts';
import type { Caller, Permission } from '../../../src/session/permission.ts';
import { viewerOf } from '../../../src/session/permission.ts';
import type { Random } from '../../support/seeded.ts';
import { chance } from '../world/streams.ts';
import type { TableView, Tagged } from '../world/table-game.ts';
import type { Asked, Heard } from '../world/witness.ts';
import type { ClientWork } from './client.ts';
import { type Delivered, Delivery } from './delivery.ts';
import type { TablesPlan } from './load-plan.ts';

type Wanted = Tagged['type'];

/** What each command asks for, as the edge has it (src/http/api). */
const rights: Readonly<Partial<Record<Wanted, Permission>>> = {
  join: ['anyone'],
  set_ready: ['self', 'admin'],
  leave: ['self', 'host', 'admin'],
  renew_token: ['self', 'host', 'admin'],
  take_host: ['self', 'admin'],
  lock: ['host', 'admin'],
  change_settings: ['host', 'admin'],
  start: ['host', 'admin'],
  register_action: ['self', 'admin'],
  commit_round: ['self', 'admin'],
  end_round: ['admin'],
};

export interface PersonWork {
  readonly work: ClientWork;
  readonly plan: TablesPlan;
}

/** A game as the real rules show it to somebody who has a seat, or to an administrator. */
export interface SeenTable {
  readonly status: 'lobby' | 'active' | 'concluded';
  readonly round: number;
  readonly host?: string | null;
  readonly players?: Readonly<Record<string, unknown>> | null;
  /** As the game shows it to this one. */
  readonly world?: unknown;
  readonly turn?: { readonly players: readonly string[] };
}

export abstract class Person {
  readonly name: string;
  protected readonly work: ClientWork;
  protected readonly plan: TablesPlan;
  protected readonly random: Random;
  readonly #delivery: Delivery;
  #commands = 0;
  #stopped = false;

  constructor({ work, plan }: PersonWork, name: string) {
    this.name = name;
    this.work = work;
    this.plan = plan;
    this.random = work.streams.get(`person ${name}`);
    this.#delivery = new Delivery(work, work.streams.get(`delivery ${name}`));
  }

  /** One thing. */
  protected abstract act(): Promise<unknown>;

  begin(): void {
    const thinkMs = -Math.log(1 - this.random()) * this.plan.pauseMs;
    this.work.timeline.after(thinkMs, () => {
      if (this.#stopped) return;
      const done = this.act();
      this.work.track(done);
      void done.then(() => this.begin());
    });
  }

  /** It begins nothing more. */
  stop(): void {
    this.#stopped = true;
  }

  protected newTag(): string {
    this.#commands += 1;
    return `${this.name}-${this.#commands}`;
  }

  protected chance(probability: number): boolean {
    return chance(this.random, probability);
  }

  /** Null: there was no such answer. */
  protected async look(gameId: string, caller: Caller): Promise<{ heard: Heard | null; seen: SeenTable | null }> {
    const operation = { kind: 'read', gameId, caller, may: ['anyone'], consistency: 'strong' } as const;
    const { heard } = await this.ask(this.asked('strong', gameId, caller), operation);
    const body = heard?.body as { game?: TableView } | null | undefined;
    return { heard, seen: (body?.game?.table as SeenTable | undefined) ?? null };
  }

  protected async command(gameId: string, caller: Caller, input: Tagged): Promise<Heard | null> {
    const may = rights[input.type];
    if (may === undefined) throw new Error(`nobody may ${input.type}`);
    const tag = this.newTag();
    const key = this.chance(this.plan.keyed) ? tag : null;
    const asked: Asked = { ...this.asked('act', gameId, caller), tag, key, wish: { input, caller, may } };
    const command = { principal: `p-${this.name}`, key, fingerprint: tag };
    const operation = { kind: 'command', gameId, caller, may, input: { ...input, tag } as Tagged, command } as const;
    this.work.tally.count(`wishes ${input.type}`);
    return (await this.ask(asked, operation)).heard;
  }

  protected ask(asked: Asked, operation: Operation): Promise<Delivered> {
    const isDoubled = asked.key !== null && this.chance(this.plan.doubled);
    return this.#delivery.untilAnswered({ asked, operation, isDoubled });
  }

  protected asked(kind: Asked['kind'], gameId: string, caller: Caller): Asked {
    const number = this.work.nextNumber();
    const invokedAt = this.work.timeline.monotonic();
    const viewer = viewerOf(caller);
    return { number, client: this.name, kind, gameId, viewer, tag: null, key: null, round: null, invokedAt };
  }
}

/** What an answer says that refuses. */
export function codeOf(heard: Heard | null): string | null {
  return (heard?.body as { code?: string } | null | undefined)?.code ?? null;
}
