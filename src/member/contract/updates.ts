/**
 * Committed states on their way from the owner to gateways with watchers.
 *
 * Role: the format of a push, and of the answer to a `state` operation: a line with the session's version, a line with the state's, and the
 * state as JSON text; where that is known, a line with who follows the game, which older members do not read. Gateways cut it to what each
 * watcher may see, so one push serves all of them.
 */
import { CommittedGame } from '../../session/committed-game.ts';
import type { Rules, Written } from '../../session/rules.ts';
import { decodeState, encodeState } from '../../session/snapshot.ts';
import { type Presence, presenceSchema } from './presence.ts';

/** The text of an update. */
export function encodeUpdate<State>(
  rules: Rules<State, unknown>,
  { version, state }: CommittedGame<State>,
  written: Written,
): string {
  return `${version}\n${written.stateVersion}\n${encodeState(rules, state, written)}`;
}

/** Throws if it is no update. */
export function decodeUpdate<State>(rules: Rules<State, unknown>, text: string): CommittedGame<State> {
  const [version, stateVersion, state] = text.split('\n');
  if (version === undefined || stateVersion === undefined || state === undefined) throw new Error('a malformed update');
  return new CommittedGame(rules, decodeState(rules, state, Number(stateVersion)), Number(version));
}

/** An update that says, too, who follows the game. */
export function withPresence(update: string, presence: Presence | null): string {
  return presence === null ? update : `${update}\n${JSON.stringify(presence)}`;
}

/** Null: it does not say. Throws if that line is no presence. */
export function presenceIn(update: string): Presence | null {
  const line = update.split('\n')[3];
  return line === undefined ? null : presenceSchema.parse(JSON.parse(line));
}
