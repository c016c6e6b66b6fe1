/**
 * Updates of the games that this incarnation owns, for members with watchers.
 *
 * Invariant: an update is published only while another member shows interest; own watchers are told without a message.
 */
import type { GameCommand } from '../../game/commands.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Messaging } from '../../ports/messaging.ts';
import type { CommittedGame } from '../../session/committed-game.ts';
import type { Rules, Written } from '../../session/rules.ts';
import type { Presence } from '../contract/presence.ts';
import { encodeUpdate, withPresence } from '../contract/updates.ts';

/** Updates are published for this long after another member showed interest. */
const INTEREST_MS = 15_000;

export interface UpdateFeedContext<State> {
  readonly clock: Clock;
  readonly messaging: Pick<Messaging, 'publish'>;
  readonly rules: Rules<State, GameCommand>;
  written(): Written;
}

export class UpdateFeed<State> {
  private readonly context: UpdateFeedContext<State>;
  /** Game → until when (monotonic) its updates are published. */
  readonly interest = new Map<string, number>();

  constructor(context: UpdateFeedContext<State>) {
    this.context = context;
  }

  /** Another member has watchers of the game. */
  publishFor(gameId: string): void {
    this.interest.set(gameId, this.context.clock.monotonic() + INTEREST_MS);
  }

  /** Where another member showed interest. */
  publish(slot: number, gameId: string, game: CommittedGame<State>, presence: Presence | null): void {
    const until = this.interest.get(gameId);
    if (until === undefined) return;
    const { clock, rules, messaging } = this.context;
    if (until < clock.monotonic()) this.interest.delete(gameId);
    else {
      const update = encodeUpdate(rules, game, this.context.written());
      messaging.publish(slot, gameId, new TextEncoder().encode(withPresence(update, presence)));
    }
  }

  forgetOld(): void {
    const now = this.context.clock.monotonic();
    for (const [gameId, until] of this.interest) if (until < now) this.interest.delete(gameId);
  }
}
