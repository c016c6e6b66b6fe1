/**
 * Random bytes for the games of a session.
 *
 * Why drawn here: whoever could compute them would know what chance brings. Nothing of them is stored, logged or sent.
 */
import type { Random } from '../../ports/random.ts';
import type { Draw } from '../../session/attempts.ts';
import type { Rules, Written } from '../../session/rules.ts';

/** Characters of [A-Za-z0-9] that hold 256 bits of chance. */
const CHARACTERS = 43;

const encoder = new TextEncoder();

interface Drawing {
  readonly random: Random;
  readonly rules: Pick<Rules<unknown, unknown>, 'draws'>;
  written(): Written;
}

/** Draws anew each time; null while states are written that could not keep what would be made of it. */
export function drawing({ random, rules, written }: Drawing): Draw {
  return () => (rules.draws(written().stateVersion) ? encoder.encode(random.token(CHARACTERS)) : null);
}
