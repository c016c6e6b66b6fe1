/**
 * Who may do what: what a caller is to a game, against what an operation asks for.
 *
 * Role: decides for every command and read, at the session, where it is known which tokens still hold. What each operation asks for comes with
 * it, from the one table at the edge (src/http/api/operations.ts).
 * Invariants:
 *  - A token of an earlier game with the same id, of a player who is gone, or that a newer one replaced, allows nothing at all, not even what
 *    anyone may do.
 *  - An administrator is nobody's `self`: what only the player may do is said with `self` alone.
 */
import type { Bearer, Rejected, Rules, Viewer } from './rules.ts';

type Standings<State> = Pick<Rules<State, unknown>, 'standing' | 'admitsSpectators'>;

/** Who asks, as the token says; whether that still holds is for the session to say. */
export type Caller = { readonly kind: 'public' } | { readonly kind: 'admin' } | ({ readonly kind: 'player' } & Bearer);

/**
 * What a caller can be to a game and to what an operation is about. `player`: of this game; `self`: the very player that it is about;
 * `spectator`: anybody without a token, in a game that admits spectators.
 */
export type Relation = 'anyone' | 'player' | 'self' | 'host' | 'admin' | 'spectator';

/** One of these is enough. */
export type Permission = readonly Relation[];

const NO_TOKEN = 'This needs a token.';

export const ADMIN: Caller = { kind: 'admin' };
export const PUBLIC: Caller = { kind: 'public' };

/**
 * Whoever has no seat yet commands by this principal. They are strangers to each other: what some of them do forgets the results of others, who
 * have to be told from old copies all the same. Their seats follow from their keys, so whoever comes again is recognised by the game.
 */
export const JOINERS = 'joiners';

/** As whom the caller looks at a game. */
export function viewerOf(caller: Caller): Viewer {
  return caller.kind === 'player' ? `player:${caller.playerId}` : caller.kind;
}

/** As the wire names it. */
export function viewName(viewer: Viewer): 'admin' | 'public' | 'player' {
  return viewer === 'admin' || viewer === 'public' ? viewer : 'player';
}

/** Why the token is none of this game's; null if it is, or if the caller has none. */
export function refuseForeign<State>(rules: Standings<State>, state: State, caller: Caller): Rejected | null {
  if (caller.kind !== 'player' || rules.standing(state, caller) !== 'foreign') return null;
  return unauthorized('This token is of an earlier game.');
}

/** Why the caller may not do what asks for `permission` and is about the player `subject`; null if it may. */
export function refuse<State>(
  rules: Standings<State>,
  state: State,
  caller: Caller,
  permission: Permission,
  subject: string | null,
): Rejected | null {
  const foreign = refuseForeign(rules, state, caller);
  if (foreign !== null) return foreign;
  const ended = refuseEnded(rules, state, caller);
  if (ended !== null) return ended;
  if (permission.includes('anyone')) return null;
  if (caller.kind === 'public') {
    const isSpectator = permission.includes('spectator') && rules.admitsSpectators(state);
    return isSpectator ? null : unauthorized(NO_TOKEN);
  }
  const may = permission.some((relation) => isA(rules, state, caller, relation, subject));
  return may ? null : forbidden(permission);
}

/** Why the token holds no more; null if it does, or if the caller has none. */
function refuseEnded<State>(rules: Standings<State>, state: State, caller: Caller): Rejected | null {
  if (caller.kind !== 'player') return null;
  const standing = rules.standing(state, caller);
  if (standing === 'kicked') return { kind: 'rejected', code: 'kicked', detail: 'kicked: this player was sent away.' };
  return standing === 'ended' ? unauthorized('This token holds no more: the player left, or has a newer one.') : null;
}

/** The same where no game is, or whatever it is: nobody is anything to it then but an administrator. */
export function refuseWithoutGame(caller: Caller, permission: Permission): Rejected | null {
  if (permission.includes('anyone')) return null;
  if (caller.kind === 'public') return unauthorized(NO_TOKEN);
  return caller.kind === 'admin' && permission.includes('admin') ? null : forbidden(permission);
}

function isA<State>(
  rules: Standings<State>,
  state: State,
  caller: Exclude<Caller, { kind: 'public' }>,
  relation: Relation,
  subject: string | null,
): boolean {
  if (caller.kind === 'admin') return relation === 'admin';
  switch (relation) {
    case 'player':
      return true;
    case 'self':
      return caller.playerId === subject;
    case 'host':
      return rules.standing(state, caller) === 'host';
    default:
      return false;
  }
}

function forbidden(permission: Permission): Rejected {
  return { kind: 'rejected', code: 'forbidden', detail: `This is for: ${permission.join(', ')}.` };
}

function unauthorized(detail: string): Rejected {
  return { kind: 'rejected', code: 'unauthorized', detail };
}
