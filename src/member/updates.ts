/**
 * Committed states on their way from the owner to gateways with watchers.
 *
 * Role: the format of a push: one line with the version, then one line of JSON text for each viewer.
 */
import type { Viewer } from '../session/rules.ts';

export interface StateUpdate {
  readonly version: number;
  readonly views: Readonly<Record<Viewer, string>>;
}

/** A session as far as it is committed. */
export interface CommittedState {
  readonly committedVersion: number;
  /** JSON text of the game as `viewer` sees it. */
  view(viewer: Viewer): string;
}

export function encodeUpdate(state: CommittedState): Uint8Array {
  const text = `${state.committedVersion}\n${state.view('admin')}\n${state.view('public')}`;
  return new TextEncoder().encode(text);
}

export function decodeUpdate(payload: Uint8Array): StateUpdate {
  const [version, admin, everyone] = new TextDecoder().decode(payload).split('\n');
  if (version === undefined || admin === undefined || everyone === undefined) throw new Error('a malformed update');
  return { version: Number(version), views: { admin, public: everyone } };
}
