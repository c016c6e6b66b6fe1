/**
 * A committed state of a game, and what each viewer gets to see of it.
 *
 * Role: the only form in which a state leaves its session: reads, pushes and sockets look at one of these, on the owner and on gateways alike.
 * Invariant: immutable; each view is made once, however many look.
 */
import { type Caller, type Permission, refuse } from './permission.ts';
import type { RecentEvents, Rejected, Rules, Viewer } from './rules.ts';

export class CommittedGame<State> {
  readonly state: State;
  /** The session's command counter. */
  readonly version: number;
  private readonly rules: Rules<State, unknown>;
  private readonly views = new Map<Viewer, string>();

  constructor(rules: Rules<State, unknown>, state: State, version: number) {
    this.rules = rules;
    this.state = state;
    this.version = version;
  }

  get isOver(): boolean {
    return this.rules.isOver(this.state);
  }

  /** JSON text of the game as `viewer` sees it. */
  view(viewer: Viewer): string {
    const known = this.views.get(viewer);
    if (known !== undefined) return known;
    const text = JSON.stringify(this.rules.view(this.state, viewer));
    this.views.set(viewer, text);
    return text;
  }

  events(viewer: Viewer): RecentEvents {
    return this.rules.events(this.state, viewer);
  }

  isHost(caller: Caller): boolean {
    return caller.kind === 'player' && this.rules.standing(this.state, caller) === 'host';
  }

  /** Why the caller may not look; null if it may. */
  refuse(caller: Caller, may: Permission): Rejected | null {
    return refuse(this.rules, this.state, caller, may, null);
  }
}
