/**
 * One bot at one game, over the wire: sees what its seat is shown, and does what the module says is legal.
 *
 * Role: as any client that is written with the client library. It acts once in each round that is its turn, sometimes takes an action back and
 * does another, and says that it is done.
 * Invariant: what it was told is kept as it came: actions that were acknowledged, and events.
 */
import type { GameEvent, Match, Update } from '../../client/index.ts';
import { Refused } from '../../client/index.ts';
import type { GivenAction, LoadedGame } from '../../game/loaded-game.ts';
import type { Random, RunningTurn, Seat } from '../../game/module.ts';
import { settingsFor } from '../../game/play.ts';
import type { Settings } from '../../game/settings.ts';
import { readAction } from '../../game/table.ts';
import { sampleOf } from '../check-game/samples.ts';
import type { GivenOverWire } from './evidence.ts';
import type { Tally } from './tally.ts';

/** Who loses a race, or meets a round that ended meanwhile, is told so; anything else is no answer that a bot may get. */
const expected: ReadonlySet<string> = new Set([
  'round_over',
  'not_your_turn',
  'no_action_points',
  'actions_final',
  'action_refused',
  'action_not_found',
  'game_concluded',
]);
/** Of actions that are made by chance because the module does not say what is legal, most are wrong. */
const TRIES = 20;
const TAKES_BACK = 8;
const FOLLOWS = 4;

type Given = { -readonly [Name in keyof GivenOverWire]: GivenOverWire[Name] };

export class WirePlayer {
  readonly match: Match;
  readonly given: Given[] = [];
  readonly live: GameEvent[] = [];
  /** Resolves with the first that it sees: what happens from then on it is told. */
  readonly seesLobby: Promise<void>;
  /** The newest round that it has seen. */
  round = 0;
  /** It has seen everything, up to the end. */
  isOver = false;
  readonly #game: LoadedGame;
  readonly #random: Random;
  readonly #tally: Tally;
  #acted = 0;
  #seen: () => void = () => undefined;

  constructor(match: Match, game: LoadedGame, random: Random, tally: Tally) {
    this.match = match;
    this.#game = game;
    this.#random = random;
    this.#tally = tally;
    this.seesLobby = new Promise((resolve) => {
      this.#seen = resolve;
    });
  }

  get id(): string {
    return this.match.seat.playerId;
  }

  /** Until the game is over, or its match is closed. Rejects with whatever is no answer that a bot may get. */
  async play(): Promise<void> {
    for await (const update of this.match) {
      this.#seen();
      this.live.push(...update.events);
      const { status, round } = update.game;
      this.round = round;
      if (status === 'concluded' && this.live.at(-1)?.type === 'game_concluded') {
        this.isOver = true;
        return;
      }
      this.#refuseOther(update);
      const turn = update.game.turn as RunningTurn | undefined;
      if (status !== 'active' || round <= this.#acted || !turn?.players.includes(this.id)) continue;
      this.#acted = round;
      await this.#act(update, turn);
    }
  }

  #refuseOther({ game }: Update): void {
    const { name } = (game.module as { readonly name: string } | undefined) ?? this.#game;
    if (name !== this.#game.name) throw new Error(`${name} is played there, not ${this.#game.name}`);
  }

  /** Whatever was refused: until it says that it is done, others wait for the clock. */
  async #act(update: Update, turn: RunningTurn): Promise<void> {
    const own = await this.#actAll(update, turn);
    if (turn.ends === 'first' && own.length > 0) return;
    // Whoever has done all that it can in a round that ends so has said it all.
    if (turn.ends === 'all' && own.length >= (turn.actions[this.id] ?? 0)) return;
    const done = this.#tally.timed(this.#nameOf('commit_round'), this.match.done(update.game.round));
    await done.catch((error) => this.#pass(error));
  }

  /** What stands of what it did: all at once where that is planned, else one after another until one is refused. */
  async #actAll(update: Update, turn: RunningTurn): Promise<readonly GivenAction[]> {
    const wanted = this.#wanted(turn.actions[this.id] ?? 0);
    const planned = this.#plan(update)?.slice(0, wanted);
    if (planned !== undefined && turn.ends !== 'first') {
      const given = await Promise.all(planned.map((action) => this.#give(update, action, turn)));
      return planned.filter((_, index) => given[index] === 'stands');
    }
    const own: GivenAction[] = [];
    for (let index = 0; index < wanted; index += 1) {
      const action = planned === undefined ? this.#choose(update, own) : (planned[index] ?? null);
      const given = action === null ? null : await this.#give(update, action, turn);
      if (action === null || given === 'refused') break;
      if (given === 'stands') own.push(action);
      if (turn.ends === 'first' && own.length > 0) break;
    }
    return own;
  }

  /** Mostly all that it may do, sometimes less. */
  #wanted(most: number): number {
    const count = Math.min(most, 5);
    return this.#random.int(4) === 0 ? this.#random.int(count + 1) : count;
  }

  /** Mostly what the module's own bot would do, if it knows bots, so that games end; else null: each is chosen when its time comes. */
  #plan(update: Update): readonly GivenAction[] | null {
    const { bot } = this.#game;
    if (bot === null || this.#random.int(FOLLOWS) === 0) return null;
    const legal = this.#legal(update, []);
    return bot(update.view, this.id, { ...this.#at(update), legal, random: this.#random }) as GivenAction[];
  }

  #choose(update: Update, own: readonly GivenAction[]): GivenAction | null {
    if (this.#game.legal !== null) {
      const legal = this.#legal(update, own);
      return legal.length === 0 ? null : this.#random.pick(legal);
    }
    const strings = update.players.map(({ id }) => id);
    for (let left = TRIES; left > 0; left -= 1) {
      const [type, schema] = this.#random.pick(Object.entries(this.#game.actions));
      const fields = sampleOf(schema, { random: this.#random, strings }) as object;
      const read = readAction(this.#game, { ...fields, type }, strings);
      if ('refusal' in read) continue;
      const { action } = read;
      if (this.#game.allows(update.view, this.id, action, { ...this.#at(update), own }) === true) return action;
    }
    return null;
  }

  #legal(update: Update, own: readonly GivenAction[]): readonly GivenAction[] {
    return (this.#game.legal?.(update.view, this.id, { ...this.#at(update), own }) ?? []) as GivenAction[];
  }

  /** As the server tells its module. */
  #at({ game, players }: Update) {
    const seats: Seat[] = players.map(({ id, bot, away, left }) => ({
      id,
      bot: bot === true,
      away: away === true,
      left: left === true,
    }));
    return { round: game.round, settings: settingsFor(this.#game, game.settings as Settings), players: seats };
  }

  async #give(update: Update, action: GivenAction, turn: RunningTurn): Promise<'stands' | 'takenBack' | 'refused'> {
    try {
      const given = await this.#send(update, action);
      if (turn.ends !== 'done' || this.#random.int(TAKES_BACK) > 0) return 'stands';
      await this.#tally.timed(this.#nameOf('retract_action'), this.match.retract(given.actionId));
      given.retracted = true;
      this.#tally.takenBack += 1;
      return 'takenBack';
    } catch (error) {
      this.#pass(error);
      return 'refused';
    }
  }

  async #send({ game }: Update, { type, ...fields }: GivenAction): Promise<Given> {
    const act = this.match.act[type] as NonNullable<(typeof this.match.act)[string]>;
    const { actionId } = await this.#tally.timed(this.#nameOf(type), act(fields));
    const given = { playerId: this.id, actionId, round: game.round, action: { type, ...fields }, retracted: false };
    this.given.push(given);
    this.#tally.actions += 1;
    return given;
  }

  #pass(error: unknown): void {
    if (!(error instanceof Refused) || !expected.has(error.problem.code)) throw error;
    this.#tally.refused(error.problem.code);
  }

  #nameOf(command: string): string {
    return `${command} in game ${this.match.seat.gameId}`;
  }
}
