/**
 * A session as its entry in the store shows it, read without any of the members' code.
 *
 * Role: what the checkers take for the truth. Only as much is read as they need.
 */
import type { Entry } from '../../../src/ports/store.ts';
import { type GameState, readState } from '../world/game.ts';

export interface StoredGame {
  readonly gameId: string;
  /** Of the bucket. */
  readonly revision: number;
  readonly commit: number;
  readonly version: number;
  readonly owner: string;
  readonly incarnation: string;
  readonly epoch: number;
  readonly state: GameState;
  /** How long its round goes on from when it landed, by its writer; 0: that says nothing. */
  readonly goesOnMs: number;
}

/** What a session remembers of the commands of one principal. */
export interface StoredRow {
  readonly hasForgotten: boolean;
  /** Oldest first; the version that each command made or found. */
  readonly results: readonly { readonly id: string; readonly version: number }[];
}

const decoder = new TextDecoder();

/** Throws if it is not a session of the simulated game. */
export function readGame({ value, revision, headers }: Entry): StoredGame {
  const { gameId, commit, version, owner, incarnation, epoch, state } = JSON.parse(decoder.decode(value));
  const goesOnMs = Number(headers['Minotaur-Goes-On'] ?? 0);
  return { gameId, revision, commit, version, owner, incarnation, epoch, state: readState(state), goesOnMs };
}

/** For each principal what is remembered. */
export function readResults({ value }: Entry): StoredRow[] {
  const { principals } = JSON.parse(decoder.decode(value)).results as {
    principals: Record<string, { evictedAt: number; results: string }>;
  };
  // What was too late is kept apart: it says nothing of what was applied.
  const rows = Object.entries(principals).filter(([principal]) => !principal.startsWith('late:'));
  return rows.map(([, { evictedAt, results }]) => ({
    hasForgotten: evictedAt > 0,
    results: results.split(',').map((each) => {
      const [id = '', , , version] = each.split(' ');
      return { id, version: Number(version) };
    }),
  }));
}

/** Who wrote it, for messages. */
export function writer({ owner, incarnation, epoch, commit }: StoredGame): string {
  return `${owner} (incarnation ${incarnation}, epoch ${epoch}, commit ${commit})`;
}
