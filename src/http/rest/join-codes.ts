/**
 * Join codes as people type them, and the games that they may mean.
 *
 * Why: a code is read out, written down and typed on a telephone. Its alphabet (Crockford's base32, derived-ids.ts) has no O, I, L: who types one
 * means 0 or 1. Case, dashes and spaces are decoration.
 * Invariant: a game that has the very id always goes before one that is meant where ids are exact, and after one where codes are typed.
 */
import { isId } from '../api/schemas.ts';

const code = /^[0-9A-HJKMNP-TV-Z]{8}$/;

/** The ids to try, in this order, for what was typed as a code; none: it is no code, and no id. */
export function gamesOfCode(typed: string): readonly string[] {
  const exact = typed.trim();
  const read = readCode(typed);
  return unique(read === null ? [exact] : [read, exact]).filter(isId);
}

/** The ids to try, in this order, for an id in an address that somebody may have typed. */
export function gamesOfAddress(id: string): readonly string[] {
  const read = readCode(id);
  return unique(read === null ? [id] : [id, read]);
}

function readCode(typed: string): string | null {
  const plain = typed
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/[\s\p{Pd}]/gu, '');
  const read = plain.replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  return code.test(read) ? read : null;
}

function unique(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)];
}
