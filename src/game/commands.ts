/**
 * The commands that the rules know, as they travel from a gateway to the session.
 *
 * Role: the shapes of player intent, already parsed at the boundary; whether they are allowed is for the rules to say.
 */
import type { KeyedSeat } from '../session/rules.ts';

/** As it was sent: the owner of the game reads it by the schemas of the game that it runs, a gateway may be newer. */
export type Action = { readonly type: string } & Readonly<Record<string, unknown>>;

/** `playerId` is new, unless this is a repetition. */
interface Join {
  readonly type: 'join';
  readonly playerId: string;
  readonly displayName: string;
  /** What the client's key makes of the seat, under each secret of the gateway, the newest first. Absent or empty: there is no key. */
  readonly keys?: readonly KeyedSeat[];
  /** Digests of the client's address, under each secret, the newest first. Absent or empty: whoever asks may come from anywhere. */
  readonly addresses?: readonly string[];
  /** Played the game that this one is the rematch of, and comes back; `host`: hosted it. */
  readonly returns?: 'player' | 'host';
  /** Who played that game. Once none of them is in the lobby any more, it is not theirs, and none comes back. */
  readonly beside?: readonly string[];
}

export type GameCommand =
  | Join
  | { readonly type: 'set_ready'; readonly playerId: string; readonly ready: boolean }
  /** `kicked`: by somebody else. */
  | { readonly type: 'leave'; readonly playerId: string; readonly kicked: boolean }
  /** Gives the player (or the host) a new token; the ones before hold no more. `by`: it is asked for by somebody else. */
  | { readonly type: 'renew_token'; readonly playerId: string; readonly by?: 'host' | 'admin' }
  /** The player hosts from now on, because the host is silent, or because an administrator says so. */
  | { readonly type: 'take_host'; readonly playerId: string; readonly appointed: boolean }
  /** Whether the lobby takes nobody in. */
  | { readonly type: 'lock'; readonly locked: boolean }
  /** Settings of a lobby, as they were sent: those that are given change. */
  | {
      readonly type: 'change_settings';
      readonly settings: Readonly<Record<string, unknown>>;
      readonly byAdmin: boolean;
    }
  | { readonly type: 'start' }
  | {
      readonly type: 'register_action';
      readonly playerId: string;
      readonly action: Action;
      /** Refused with `round_over` unless this round runs. */
      readonly round?: number;
    }
  | { readonly type: 'retract_action'; readonly actionId: string; readonly playerId?: string }
  | { readonly type: 'commit_round'; readonly round: number; readonly playerId: string }
  | { readonly type: 'end_round'; readonly round: number }
  /** Only the clock says so: nobody came back. */
  | { readonly type: 'give_up' };
