/**
 * Tries rules on a state, so that nothing escapes: what they throw is a rejection, and so is what could not be written.
 *
 * Role: the calls of `Rules.apply` for one session, with the chance that they may draw and the sizes that they must keep.
 * Invariant: what was tried has no effect; the session decides whether the outcome becomes its state.
 */
import type { Results } from './results.ts';
import type { Applied, Rejected, RuleOutcome, Rules } from './rules.ts';
import { EndRoom, type Sizes, sizeOf } from './sizes.ts';

/** What a client is told: what was thrown may hold what only the server knows. */
const RULE_FAILED = 'The rules failed on this command.';

/** Random bytes for one attempt, as good as any secret; null: none may be drawn now. */
export type Draw = () => Uint8Array | null;

/** What attempts are made with. */
export interface Chance {
  readonly draw: Draw;
  /** The version of the module that is written now. */
  readonly moduleWritten: () => number;
}

/** When and on which version a command is tried. */
export interface Trial {
  /** Cluster time. */
  readonly now: number;
  /** Of the state before. */
  readonly version: number;
  readonly hostHeardAt: number;
  /** The game's size before, at most. */
  readonly sizeBytes: number;
}

export class Attempts<State, Command> {
  private readonly rules: Rules<State, Command>;
  private readonly results: Results;
  private readonly sizes: Sizes;
  private readonly chance: Chance;
  private readonly endRoom: EndRoom;
  /** What the rules threw at the last attempt, if they did: for operators. */
  failure: string | null = null;

  constructor(rules: Rules<State, Command>, results: Results, sizes: Sizes, chance: Chance) {
    this.rules = rules;
    this.results = results;
    this.sizes = sizes;
    this.chance = chance;
    this.endRoom = new EndRoom(sizes.write);
  }

  /** Applies one command; a rule that throws is a rejection, and what is too large to be written is as well. */
  attempt(state: State, input: Command, trial: Trial): RuleOutcome<State> {
    const { now, version, hostHeardAt } = trial;
    let outcome: RuleOutcome<State>;
    this.failure = null;
    try {
      outcome = this.rules.apply(state, input, { now, version: version + 1, hostHeardAt, ...this.drawn() });
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
      return { kind: 'rejected', code: 'rule_failed', detail: RULE_FAILED };
    }
    if (outcome.kind === 'rejected' || this.hasRoom(outcome, trial)) return outcome;
    return { kind: 'rejected', ...tooLarge(this.sizes) };
  }

  /** Whether it can be written, and the end of the round that follows from it as well: what cannot end would stand still for ever. */
  hasRoom({ state, record }: Applied<State>, { now, version, sizeBytes }: Omit<Trial, 'hostHeardAt'>): boolean {
    const { sizes, results } = this;
    if (sizeBytes <= sizes.measured) return true;
    const bytes = sizeOf(state) + results.sizeBytes;
    if (record !== undefined) return bytes <= sizes.write && sizeOf(record.content) <= sizes.write;
    return bytes <= sizes.game && this.endRoom.admits(bytes, () => this.endBytes(state, now, version));
  }

  /** The largest write that the end of the running round would take. */
  private endBytes(state: State, now: number, version: number): number {
    if (this.rules.deadline(state) === null) return 0;
    try {
      const context = { now, version: version + 2, ...this.drawn() };
      const end = this.rules.apply(state, this.rules.timeUp(state), context);
      if (end.kind === 'rejected') return 0;
      return Math.max(sizeOf(end.state) + this.results.sizeBytes, sizeOf(end.record?.content ?? null));
    } catch {
      // It will be abandoned.
      return 0;
    }
  }

  private drawn(): { readonly bytes: Draw; readonly moduleWritten: number } {
    return { bytes: once(this.chance.draw), moduleWritten: this.chance.moduleWritten() };
  }
}

/** Draws when it is first asked, and then answers the same. */
export function once(draw: Draw): Draw {
  let drawn: { readonly bytes: Uint8Array | null } | null = null;
  return () => {
    drawn ??= { bytes: draw() };
    return drawn.bytes;
  };
}

export function tooLarge({ game, write }: Sizes): Pick<Rejected, 'code' | 'detail'> {
  const detail = `A game may take ${game} bytes at most, and the record of one round ${write}.`;
  return { code: 'game_too_large', detail };
}
