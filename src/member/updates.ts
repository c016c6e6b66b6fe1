/**
 * Committed states on their way from the owner to gateways with watchers.
 *
 * Role: the format of a push, and of the answer to a `state` operation: a line with the session's version, a line with the state's, and the
 * state as JSON text. Gateways cut it to what each watcher may see, so one push serves all of them.
 */
import { CommittedGame } from '../session/committed-game.ts';
import type { Rules } from '../session/rules.ts';
import { decodeState, encodeState } from '../session/snapshot.ts';

/** The text of an update. */
export function encodeUpdate<State>(
  rules: Rules<State, unknown>,
  { version, state }: CommittedGame<State>,
  writtenVersion: number,
): string {
  return `${version}\n${writtenVersion}\n${encodeState(rules, state, writtenVersion)}`;
}

/** Throws if it is no update. */
export function decodeUpdate<State>(rules: Rules<State, unknown>, text: string): CommittedGame<State> {
  const [version, stateVersion, state] = text.split('\n');
  if (version === undefined || stateVersion === undefined || state === undefined) throw new Error('a malformed update');
  return new CommittedGame(rules, decodeState(rules, state, Number(stateVersion)), Number(version));
}
