/**
 * An administrator who looks after a table: kicks, appoints hosts, ends rounds, renews tokens, and erases games, whatever they have come to.
 */
import { ADMIN } from '../../../src/session/permission.ts';
import { between, pick } from '../world/streams.ts';
import type { Tagged } from '../world/table-game.ts';
import { BEGINNING } from '../world/timeline.ts';
import { Person, type PersonWork, type SeenTable } from './person.ts';
import type { Table } from './table.ts';

const STEPS_IN = 0.3;
/** Of erasures: only of what nobody has played for a while. */
const ONLY_IDLE = 0.3;
const MOST_IDLE_MS = 20_000;

export class Clerk extends Person {
  readonly #table: Table;

  constructor(given: PersonWork, table: Table, name: string) {
    super(given, name);
    this.#table = table;
  }

  protected async act(): Promise<unknown> {
    const { made } = this.#table;
    if (made.length === 0) return;
    const gameId = this.chance(0.5) ? (made.at(-1) as string) : pick(this.random, made);
    if (this.#table.mayBeErased(gameId) && this.chance(this.plan.erasures)) return this.#erase(gameId);
    const { seen } = await this.look(gameId, ADMIN);
    const players = Object.keys(seen?.players ?? {});
    if (seen === null || players.length === 0 || !this.chance(STEPS_IN)) return;
    return this.command(gameId, ADMIN, this.#wish(seen, pick(this.random, players)));
  }

  #wish({ round }: SeenTable, playerId: string): Tagged {
    return pick<Tagged>(this.random, [
      { type: 'start' },
      { type: 'leave', playerId, kicked: true },
      { type: 'take_host', playerId, appointed: true },
      { type: 'renew_token', playerId, by: 'admin' },
      { type: 'lock', locked: this.chance(0.3) },
      { type: 'end_round', round },
    ]);
  }

  #erase(gameId: string): Promise<unknown> {
    const now = BEGINNING + this.work.timeline.monotonic();
    const idleSince = this.chance(ONLY_IDLE) ? Math.round(now - between(this.random, 0, MOST_IDLE_MS)) : null;
    const tag = this.newTag();
    const key = this.chance(this.plan.keyed) ? tag : null;
    return this.ask(
      { ...this.asked('erase', gameId, ADMIN), key, idleSince },
      {
        kind: 'erase',
        gameId,
        caller: ADMIN,
        may: ['admin'],
        command: { principal: `p-${this.name}`, key, fingerprint: tag },
        ...(idleSince !== null && { idleSince }),
      },
    );
  }
}
