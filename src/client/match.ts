/**
 * One seat at one game: what it sees (watch.ts), and what it does.
 */
import type { Acts } from '../game/module.ts';
import { type Command, CommandLine } from './command.ts';
import type { Host } from './host.ts';
import type { Rematch, RoundRecord, Seat } from './protocol.ts';
import type { Requests } from './requests.ts';
import { Watch } from './watch.ts';

/** A function for each action. */
export type Actions<Module> = [Acts<Module>] extends [never]
  ? Readonly<Record<string, (fields: object) => Command<Registered>>>
  : { readonly [Type in keyof Acts<Module>]: (fields: Fields<Acts<Module>[Type]>) => Command<Registered> };

type Fields<Act> = Act extends (fields: infer Given) => unknown ? Given : never;

export interface Registered {
  readonly actionId: string;
  readonly version: number;
}

export class Match<Module = unknown> extends Watch<Module> {
  readonly seat: Seat;
  /** `match.act.move({…})`: registers an action for the round that was seen last. */
  readonly act: Actions<Module>;
  readonly #bases: readonly string[];
  readonly #requests: Requests;
  readonly #line = new CommandLine();

  constructor(host: Host, bases: readonly string[], requests: Requests, seat: Seat) {
    super(host, bases, seat);
    this.#bases = bases;
    this.#requests = requests;
    this.seat = seat;
    this.act = new Proxy({} as Actions<Module>, {
      get: (_, type) => (fields: object) => this.#register(String(type), fields),
    });
  }

  ready(ready = true): Command<unknown> {
    return this.#command('POST', `/players/${this.seat.playerId}/ready`, { ready });
  }

  /** For the host. */
  start(): Command<unknown> {
    return this.#command('POST', '/start');
  }

  /** For the host, before the start: those that are given change. `bots` seats are the server's, if there is room. */
  changeSettings(settings: Readonly<Record<string, unknown>>): Command<unknown> {
    return this.#command('POST', '/settings', { settings });
  }

  /** For the host: nobody comes in until it is taken back. */
  lock(locked = true): Command<unknown> {
    return this.#command('POST', '/lock', { locked });
  }

  /** For whoever wants to host in the place of one who is gone. */
  takeHost(): Command<unknown> {
    return this.#command('POST', '/host');
  }

  /** For the host: a seat for a player who lost its own, which holds no more. */
  giveToken(playerId: string): Command<Pick<Seat, 'playerId' | 'token'>> {
    return this.#command('POST', `/players/${playerId}/token`) as Command<Pick<Seat, 'playerId' | 'token'>>;
  }

  /** A round that is over, as this seat may know it. Throws Refused. */
  record(round: number): Promise<RoundRecord> {
    return this.#read(`/rounds/${round}`) as Promise<RoundRecord>;
  }

  retract(actionId: string): Command<unknown> {
    return this.#command('DELETE', `/actions/${actionId}`);
  }

  /** Done with a round: the one that was seen last, unless it is said. */
  done(round = this.round): Command<unknown> {
    return this.#command('POST', `/rounds/${round}/commit`);
  }

  /** Gives up the seat; as the host also that of another player. */
  leave(playerId = this.seat.playerId): Command<unknown> {
    return this.#command('DELETE', `/players/${playerId}`);
  }

  /** Of a game that is over: a seat in the next one, which all get who played and ask, the same one as here. Throws Refused. */
  async rematch(): Promise<Match<Module>> {
    const { gameId, playerId, token } = (await this.#command('POST', '/rematch')) as Seat;
    return new Match(this.host, this.#bases, this.#requests, { gameId, playerId, token });
  }

  /** Of a game that is over: the next one; null: nobody has asked for it. Throws Refused. */
  async findRematch(): Promise<Rematch | null> {
    const { rematch } = (await this.#read('/rematch')) as { readonly rematch: Rematch | null };
    return rematch;
  }

  #register(type: string, fields: object): Command<Registered> {
    return this.#command('POST', '/actions', { ...fields, type, round: this.round }) as Command<Registered>;
  }

  #read(path: string): Promise<unknown> {
    const { gameId, token } = this.seat;
    return this.#requests.persist({ method: 'GET', path: `/v1/games/${gameId}${path}`, token }, this.stopped.signal);
  }

  #command(method: 'POST' | 'DELETE', path: string, body?: unknown): Command<unknown> {
    const { gameId, token } = this.seat;
    const asked = {
      method,
      path: `/v1/games/${gameId}${path}`,
      token,
      key: this.host.key(),
      ...(body !== undefined && { body }),
    };
    return this.#line.add(() => this.#requests.persist(asked, this.stopped.signal));
  }
}
