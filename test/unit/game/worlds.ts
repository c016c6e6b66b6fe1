/**
 * Games with a world, for the tests of the rules: a module in which everybody whispers words to somebody, and its play as a session would keep it.
 */
import assert from 'node:assert/strict';
import { defineGame, player, z } from 'minotaur/game';
import type { GameCommand } from '../../../src/game/commands.ts';
import { gameOf } from '../../../src/game/module-check.ts';
import { rulesWith } from '../../../src/game/rules.ts';
import type { GameState } from '../../../src/game/state.ts';
import { flatFields } from '../../../src/games/minotaur/before-modules.ts';
import type { Applied, Origin, Viewer } from '../../../src/session/rules.ts';
import { decodeState, encodeState, ownVersions } from '../../../src/session/snapshot.ts';
import { frozen } from './games.ts';

const start = Date.UTC(2026, 0, 1);

/** Everybody whispers a word to somebody; the world counts. */
export const whispers = defineGame({
  name: 'whispers',
  version: 1,
  players: { min: 2, max: 4 },
  settings: z.object({ volume: z.int().max(9).default(3) }),
  world: z.object({ said: z.record(player(), z.int()), luck: z.int(), padding: z.string().default('') }),
  actions: { whisper: z.object({ to: player(), word: z.string().max(20) }) },
  events: {
    whispered: z.object({ from: player(), word: z.string() }),
    noise: z.object({ words: z.int() }),
    summed: z.object({ words: z.int() }),
  },
  reasons: ['to_yourself'],
  setup: ({ players, random }) => ({
    said: Object.fromEntries(players.map((id) => [id, 0])),
    luck: random.int(1_000),
    padding: '',
  }),
  turn: (world) => ({ players: Object.keys(world.said), actions: 2 }),
  resolve(world, actions, { tell, random }) {
    world.luck = random.int(1_000_000);
    for (const { player: from, to, word } of actions) {
      world.said[from] = (world.said[from] ?? 0) + 1;
      tell('whispered', { from, word }, [to]);
    }
    tell('noise', { words: actions.length }, 'everybody');
    tell('summed', { words: actions.length });
  },
  outcome: (world) => {
    const winners = Object.keys(world.said).filter((id) => (world.said[id] ?? 0) >= 5);
    return winners.length === 0 ? null : { winners, reason: 'talkative' };
  },
  view: (world, viewer) => ({ yours: viewer.kind === 'player' ? (world.said[viewer.id] ?? null) : null }),
  allows: (_view, id, action) => action.to !== id || 'to_yourself',
  legal: () => [],
  bot: () => [],
});

/** A game with a world, as a session would keep it; members of the module may be replaced. */
export class Played {
  state: GameState;
  version = 1;
  now = start;
  /** What every attempt draws. */
  drawn = 1;
  /** The version of the module that the cluster writes; null: ours. */
  moduleWritten: number | null = null;
  readonly faults: string[] = [];
  readonly rules;
  readonly module;

  constructor(over: object = {}, settings: object = {}, game: object = whispers, origin: Partial<Origin> = {}) {
    const faulty = (_id: string, error: unknown) => this.faults.push((error as Error).message);
    this.module = gameOf({ ...game, ...over }, flatFields);
    const host = { game: this.module, guard: <A>(calls: () => A) => calls(), faulty };
    this.rules = rulesWith({ abandonMs: 1_000_000, host });
    const made = this.rules.create(
      'G',
      { status: 'lobby', settings },
      { nonce: 'n', host: { playerId: 'ann', displayName: 'Ann' }, ...origin },
      this.context,
    );
    assert.ok(made.kind === 'applied', JSON.stringify(made));
    this.state = made.state;
  }

  get context() {
    const bytes = new Uint8Array(32).fill(this.drawn);
    const written = this.moduleWritten === null ? {} : { moduleWritten: this.moduleWritten };
    return { now: this.now, version: this.version + 1, bytes: () => bytes, ...written };
  }

  attempt(command: GameCommand) {
    return this.rules.apply(frozen(this.state), frozen(command), this.context);
  }

  play(command: GameCommand): Applied<GameState> {
    const outcome = this.attempt(command);
    assert.ok(outcome.kind === 'applied', JSON.stringify(outcome));
    this.keep(outcome);
    return outcome;
  }

  keep(outcome: Applied<GameState>): void {
    this.version += 1;
    this.state = outcome.state;
    // What is kept is what is stored.
    const stored = encodeState(this.rules, this.state, ownVersions(this.rules));
    assert.deepEqual(decodeState(this.rules, stored, this.rules.stateVersion), JSON.parse(stored));
  }

  refuse(command: GameCommand): string {
    const outcome = this.attempt(command);
    assert.ok(outcome.kind === 'rejected', 'it was applied');
    return outcome.reason === undefined ? outcome.code : `${outcome.code} ${outcome.reason}`;
  }

  /** The world as it is kept. */
  world<World>(): World {
    return (this.state.play?.world ?? assert.fail('there is no world')) as World;
  }

  /** The clock rings: a failure abandons the round, as a session would. */
  ring(): void {
    this.now = this.rules.deadline(this.state) ?? assert.fail('no clock runs');
    const outcome = this.attempt(this.rules.timeUp(this.state));
    this.keep(outcome.kind === 'applied' ? outcome : this.rules.abandonRound(this.state, this.context));
  }

  begun(...joiners: string[]): this {
    for (const playerId of joiners) this.play({ type: 'join', playerId, displayName: `Player ${playerId}` });
    this.play({ type: 'start' });
    return this;
  }

  see(viewer: Viewer): Record<string, unknown> {
    return JSON.parse(JSON.stringify(this.rules.view(this.state, viewer)));
  }
}

export const whisper = (playerId: string, to: string, word = 'psst'): GameCommand => ({
  type: 'register_action',
  playerId,
  action: { type: 'whisper', to, word },
});
export const commit = (playerId: string, round: number): GameCommand => ({ type: 'commit_round', round, playerId });
