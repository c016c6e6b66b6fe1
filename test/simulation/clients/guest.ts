/**
 * A person at a table: makes a game or joins it, plays, leaves; as its host locks, kicks, changes settings, gives tokens, starts.
 *
 * Role: whoever is unruly tries what only the host may do. Moves are those that the game itself calls legal.
 * Invariant: it uses the token that it believes to have, which may hold no more.
 */
import type { Caller } from '../../../src/session/permission.ts';
import { PUBLIC } from '../../../src/session/permission.ts';
import type { Grant } from '../../../src/session/rules.ts';
import { pick } from '../world/streams.ts';
import { legalMoves, type Tagged } from '../world/table-game.ts';
import type { Heard } from '../world/witness.ts';
import { codeOf, Person, type PersonWork, type SeenTable } from './person.ts';
import type { Table } from './table.ts';

/** Of what is done: looking. */
const LOOKS = 0.3;
const LEAVES = 0.05;
const RENEWS = 0.05;
const TAKES_HOST = 0.05;
/** That who was sent away comes back from somewhere else. */
const MOVES = 0.3;
const LOST: ReadonlySet<string | null> = new Set(['unauthorized', 'kicked']);

export class Guest extends Person {
  readonly #table: Table;
  #address: string;
  #gameId: string | null = null;
  /** The token of its seat. */
  #grant: Grant | null = null;
  #seen: SeenTable | null = null;

  constructor(given: PersonWork, table: Table, name: string) {
    super(given, name);
    this.#table = table;
    this.#address = `address-${name}`;
  }

  /** Its seat; null: it has none. */
  get playerId(): string | null {
    return this.#grant?.playerId ?? null;
  }

  /** The host gave it a new token. */
  hand(grant: Grant): void {
    if (this.#grant?.playerId === grant.playerId) this.#grant = grant;
  }

  protected async act(): Promise<unknown> {
    const { gameId, founder } = this.#table;
    if (gameId !== this.#gameId) {
      this.#gameId = gameId;
      this.#grant = null;
      this.#seen = null;
    }
    if (gameId === null) return founder === this ? this.#found() : undefined;
    if (this.#seen === null || this.chance(LOOKS)) return this.#look(gameId);
    const input = this.#wish(this.#seen);
    if (input === null) return this.#look(gameId);
    const heard = await this.command(gameId, this.#caller, input);
    this.#learn(input, heard);
    // What is so now: a person sees it.
    return this.#gameId === gameId && this.#look(gameId);
  }

  get #caller(): Caller {
    if (this.#grant === null) return PUBLIC;
    const { playerId, nonce, generation } = this.#grant;
    return { kind: 'player', playerId, nonce, generation };
  }

  async #found(): Promise<void> {
    const gameId = this.#table.found();
    const tag = this.newTag();
    const key = this.chance(this.plan.keyed) ? tag : null;
    const playerId = `h-${tag}`;
    const seat = { playerId, keys: [{ playerId, digest: `key of ${tag}` }], addresses: [this.#address] };
    const host = { ...seat, displayName: this.#newName() };
    const settings = { ...this.plan.settings, roundSeconds: this.plan.roundSeconds, listed: this.chance(0.7) };
    const asked = { ...this.asked('create', gameId, PUBLIC), viewer: `player:${playerId}`, tag, key } as const;
    const { heard, isOver } = await this.ask(asked, {
      kind: 'create',
      gameId,
      caller: PUBLIC,
      may: ['anyone'],
      document: { tag, status: 'lobby', settings },
      origin: { nonce: `nonce of ${gameId}`, host, byAdmin: true },
      command: { principal: `p-${this.name}`, key, fingerprint: tag },
    });
    this.#gameId = gameId;
    this.#grant = heard?.grant ?? null;
    this.#table.founded(gameId, heard !== null && isOver);
  }

  async #look(gameId: string): Promise<void> {
    const { heard, seen } = await this.look(gameId, this.#caller);
    if (this.#gameId !== gameId) return;
    this.#seen = seen ?? this.#seen;
    if (LOST.has(codeOf(heard))) this.#grant = null;
    if (heard?.status === 404 || seen?.status === 'concluded') this.#table.over(gameId);
  }

  /** Null: just to look. */
  #wish(seen: SeenTable): Tagged | null {
    const playerId = this.#grant?.playerId ?? null;
    if (playerId === null) return seen.status === 'lobby' ? this.#join() : null;
    if (seen.status === 'active' && this.chance(this.plan.lively)) return this.#move(seen, playerId);
    if (this.chance(LEAVES)) return { type: 'leave', playerId, kicked: false };
    if (this.chance(RENEWS)) return { type: 'renew_token', playerId };
    if (this.chance(TAKES_HOST)) return { type: 'take_host', playerId, appointed: false };
    if (seen.host === playerId || this.chance(this.plan.unruly)) return this.#host(seen, playerId);
    return { type: 'set_ready', playerId, ready: this.chance(0.8) };
  }

  #join(): Tagged {
    if (this.chance(MOVES)) this.#address = `address-${this.newTag()}`;
    const playerId = `g-${this.newTag()}`;
    const keys = [{ playerId, digest: `key of ${playerId}` }];
    return { type: 'join', playerId, displayName: this.#newName(), keys, addresses: [this.#address] };
  }

  #host(seen: SeenTable, playerId: string): Tagged {
    const others = Object.keys(seen.players ?? {}).filter((id) => id !== playerId);
    if (others.length > 0 && seen.status === 'lobby' && this.chance(this.plan.lively / 2)) return { type: 'start' };
    const other = others.length === 0 ? playerId : pick(this.random, others);
    return pick<Tagged>(this.random, [
      { type: 'start' },
      { type: 'lock', locked: true },
      { type: 'lock', locked: false },
      { type: 'leave', playerId: other, kicked: other !== playerId },
      { type: 'leave', playerId: other, kicked: other !== playerId },
      { type: 'renew_token', playerId: other, ...(other !== playerId && { by: 'host' as const }) },
      { type: 'change_settings', settings: { bots: pick(this.random, [0, 0, 1]) }, byAdmin: false },
    ]);
  }

  #move({ world, round, turn }: SeenTable, playerId: string): Tagged | null {
    const isInTurn = turn?.players.includes(playerId) || this.chance(this.plan.unruly);
    if (!isInTurn || world == null) return null;
    // Nothing is drawn where nobody is done before the game says so.
    if (this.plan.done > 0 && this.chance(this.plan.done)) return { type: 'commit_round', playerId, round };
    const legal = legalMoves(this.plan.game, world, playerId, round);
    if (legal.length === 0) return null;
    return { type: 'register_action', playerId, action: pick(this.random, legal), round };
  }

  #learn(input: Tagged, heard: Heard | null): void {
    const grant = heard?.grant;
    if (LOST.has(codeOf(heard)) || (input.type === 'leave' && input.playerId === this.playerId)) this.#grant = null;
    if (grant === undefined) return;
    if (input.type === 'join' || grant.playerId === this.playerId) this.#grant = grant;
    else this.#table.hand(grant);
  }

  #newName(): string {
    return `Guest ${this.newTag().replace('-', ' of ')}`;
  }
}
