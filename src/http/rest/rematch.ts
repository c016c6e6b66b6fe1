/**
 * Once more: the rematch of a game that is over, the same one for all who played it.
 *
 * Why nothing of it is kept in the game that is over: that one is archived and changes no more. Its id and nonce name the rematch, so every member
 * finds it, whoever asked for it first, through whatever happens in between (rematch-search.ts).
 * Why it is made of what there is (reads, a creation, a join): each is exactly-once already, and each is answered after its commit. What fails
 * in the middle is done again by whoever asks again.
 * Invariants:
 *  - Who may ask is said by the old game: whoever has a seat there, and a token that holds. In the rematch it has the same seat, and only it gets that.
 *  - None is opened while one goes on, and nobody opens more than `MOST_OF_ONE`: whoever opens and leaves them takes it from nobody else.
 *  - By the same settings, but for the seed: nobody knows beforehand what chance will bring.
 */
import type { FastifyRequest } from 'fastify';
import { problem } from '../../errors.ts';
import type { Answer, CommandOperation, CreateOperation } from '../../member/contract/gateway.ts';
import type { Trace } from '../../ports/tracing.ts';
import { type Caller, PUBLIC } from '../../session/permission.ts';
import type { Bearer } from '../../session/rules.ts';
import type { ApiOperation } from '../api/operation.ts';
import { operations } from '../api/operations.ts';
import { requirePermission } from '../edge/auth.ts';
import { type NewSeat, type Played, rematchId } from '../edge/derived-ids.ts';
import type { Edge } from '../edge/edge.ts';
import { fingerprint } from '../edge/fingerprint.ts';
import { parse } from '../edge/operations.ts';
import { RequestProblem } from '../edge/problem-reply.ts';
import { traceOf } from '../edge/request-spans.ts';
import { hasCode, perform } from './perform.ts';
import { anyone, type Going, isIn, MOST, type NewGame, type Party, searchRematch } from './rematch-search.ts';

/** Looks for one that changes under the looker, as when two open it at once. */
const MOST_LOOKS = 8;
/** Rematches of one game that one of its players opens. */
const MOST_OF_ONE = 2;
const NONCE_LENGTH = 16;
const principal = 'rematch';

/** Who asks, and about which game. */
export interface Asking {
  readonly gameId: string;
  readonly caller: Bearer;
  /** The address that the request came from. */
  readonly from: string;
  readonly trace: Trace;
}

/** What there is of a rematch; null: nobody has asked for one. */
export interface Rematch {
  readonly gameId: string;
  readonly status: 'lobby' | 'active';
  /** Who of the game before is in. */
  readonly joined: readonly string[];
}

/** The old game, as a player of it sees it. */
interface OldGame {
  readonly status: string;
  readonly host: string | null;
  readonly you: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly players: Readonly<Record<string, OldPlayer>> | null;
}

interface OldPlayer {
  readonly id: string;
  readonly displayName: string;
  readonly bot?: boolean;
  readonly left?: boolean;
}

/** `answer`: the whole of it; else the old game, and who played it. */
type Before = { readonly answer: Answer } | Known;

interface Known {
  readonly old: OldGame;
  readonly me: OldPlayer;
  readonly party: Party;
}

/** Throws 400; and 403 but for players, who alone get here. */
export function rematchAsked({ params, may }: ApiOperation, request: FastifyRequest, caller: Caller): Asking {
  const { id: gameId } = parse(params, request.params) as { id: string };
  requirePermission(caller, may);
  if (caller.kind !== 'player') throw new RequestProblem('forbidden', 'a rematch is for those who played');
  return { gameId, caller, from: request.ip, trace: traceOf(request) };
}

/**
 * A seat in the rematch of the game, which this makes if there is none: 201 `{gameId, playerId, token, version}`. `opens` is called before one is
 * made; what it rejects with is rejected with.
 */
export async function askForRematch(
  edge: Edge,
  asking: Asking,
  opens: () => Promise<void>,
): Promise<{ gameId: string; answer: Answer }> {
  const none = (answer: Answer) => ({ gameId: asking.gameId, answer });
  const before = await readBefore(edge, asking);
  if ('answer' in before) return none(before.answer);
  const { party } = before;
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    const found = await searchRematch(edge, party);
    if (found.kind === 'failed') return none(found.answer);
    const attempt = found.kind === 'found' ? found.attempt : found.next;
    if (attempt > MOST) {
      return none(refusal('game_concluded', `All ${MOST} rematches of this game are over, or began without you.`));
    }
    const wanted = wantedAs(edge, before, asking, rematchId(party.played, attempt));
    if (found.kind === 'none') {
      const refused = await refuseOpening(edge, before, asking, found.there);
      if (refused !== null) return none(refused);
    }
    const { gameId } = wanted;
    const answer = found.kind === 'found' ? await comeInto(edge, wanted, found.game) : await open(edge, wanted, opens);
    if (answer !== 'changed') return { gameId, answer };
  }
  throw new RequestProblem('session_unavailable', 'The rematch changes all the time.');
}

/** 200 `{rematch}`, for somebody with a seat at the game before. */
export async function findRematch(edge: Edge, asking: Asking): Promise<Answer> {
  const before = await readBefore(edge, asking);
  if ('answer' in before) return before.answer;
  const found = await searchRematch(edge, before.party);
  if (found.kind === 'failed') return found.answer;
  const rematch = found.kind === 'found' ? found : found.begun;
  return {
    status: 200,
    body: JSON.stringify({ rematch: rematch && shown(rematch, before.party) }),
    owner: found.owner,
  };
}

function shown({ gameId, game }: Going, { roster }: Party): Rematch {
  const joined = Object.keys(game.players ?? {}).filter((id) => roster.has(id) && isIn(game, id));
  return { gameId, status: game.status === 'lobby' ? 'lobby' : 'active', joined };
}

interface Wanted extends Known {
  readonly gameId: string;
  readonly seat: NewSeat;
  readonly asking: Asking;
}

function wantedAs(edge: Edge, known: Known, asking: Asking, gameId: string): Wanted {
  return { ...known, gameId, seat: edge.ids.returning(gameId, known.party.played, known.me.id), asking };
}

/** Whoever made a game is told so for ever, whatever became of it. Null: somebody who may open another one. */
async function refuseOpening(edge: Edge, known: Known, asking: Asking, there: readonly string[]) {
  let own = 0;
  for (const gameId of there) {
    const made = await perform(edge, creation(edge, wantedAs(edge, known, asking, gameId), null));
    if (made.status === 201 || hasCode(made, 'key_expired')) own += 1;
    else if (!hasCode(made, 'game_exists') && !hasCode(made, 'game_not_alive')) return made;
  }
  if (own < MOST_OF_ONE) return null;
  return refusal(
    'game_concluded',
    `The ${MOST_OF_ONE} rematches that you opened are over; somebody else may open one.`,
  );
}

/** The seat of who opens it, or why there is none; `changed`: look again. */
async function open(edge: Edge, wanted: Wanted, opens: () => Promise<void>): Promise<Answer | 'changed'> {
  await opens();
  const made = await perform(edge, creation(edge, wanted, { status: 'lobby', settings: wanted.old.settings }));
  if (made.status === 201 && isSeated(made)) return seatOf(made, wanted.gameId);
  const isThere = made.status === 201 || hasCode(made, 'game_exists') || hasCode(made, 'key_expired');
  return isThere ? 'changed' : made;
}

/** The seat in one that goes on, or why there is none; `changed`: look again. */
async function comeInto(edge: Edge, wanted: Wanted, game: NewGame): Promise<Answer | 'changed'> {
  const made = await perform(edge, creation(edge, wanted, null));
  if (made.status === 201 && isSeated(made)) return seatOf(made, wanted.gameId);
  if (hasCode(made, 'game_not_alive')) return 'changed';
  const isAnothers = made.status === 201 || hasCode(made, 'game_exists') || hasCode(made, 'key_expired');
  if (!isAnothers) return made;
  // Whoever made it, and has a newer token: what was given first is given again.
  const isMine = isIn(game, wanted.me.id);
  if (isMine && made.status === 201) return seatOf(made, wanted.gameId);
  if (isMine && hasCode(made, 'key_expired')) return made;
  const joined = await perform(edge, joining(edge, wanted));
  // That it has begun: without who asks, for who has a seat gets it again.
  const gone = ['game_concluded', 'game_not_alive', 'game_started'] as const;
  if (gone.some((code) => hasCode(joined, code))) return 'changed';
  return joined.status === 201 ? seatOf(joined, wanted.gameId) : joined;
}

function creation(edge: Edge, { gameId, seat, me, asking }: Wanted, document: object | null): CreateOperation {
  const host = { ...seat, addresses: edge.ids.addresses(gameId, asking.from), displayName: me.displayName };
  const origin = { nonce: edge.random.token(NONCE_LENGTH), host, isRematch: true } as const;
  const { trace } = asking;
  return { kind: 'create', gameId, caller: PUBLIC, may: anyone, document, origin, command: commandOf('create'), trace };
}

function joining(edge: Edge, { gameId, seat, me, old, party, asking }: Wanted): CommandOperation {
  const returns = old.host === me.id ? 'host' : 'player';
  const addresses = edge.ids.addresses(gameId, asking.from);
  const input = {
    type: 'join',
    displayName: me.displayName,
    ...seat,
    addresses,
    returns,
    beside: [...party.roster],
  } as const;
  const { trace } = asking;
  return { kind: 'command', gameId, caller: PUBLIC, may: anyone, input, command: commandOf('join'), trace };
}

/** Without a key of the client: its seat is what a repetition is known by. */
function commandOf(type: string) {
  return { principal, key: null, fingerprint: fingerprint({ type }) };
}

async function readBefore(edge: Edge, asking: Asking): Promise<Before> {
  const { gameId, caller, trace } = asking;
  const { may } = operations.rematch_game;
  const answer = await edge.gateway.execute({
    kind: 'read',
    gameId,
    caller: { ...caller, kind: 'player' },
    may,
    consistency: 'strong',
    trace,
  });
  if (answer.status !== 200) return { answer };
  const { game: old } = JSON.parse(answer.body) as { readonly game: OldGame };
  if (old.status !== 'concluded')
    return { answer: refusal('game_not_concluded', `The game ${gameId} goes on.`, answer.owner) };
  const players = Object.values(old.players ?? {}).filter(({ bot, left }) => !bot && !left);
  const me = players.find(({ id }) => id === old.you);
  if (me === undefined)
    return { answer: refusal('player_not_found', 'A rematch is for those who played.', answer.owner) };
  const roster = new Set(players.map(({ id }) => id));
  return { old, me, party: { played: playedBy(asking), roster, me: me.id, trace } };
}

/** Whoever made it, and has its seat still: then it is shown with the eyes of that seat. */
function isSeated({ body }: Answer): boolean {
  const { view, game } = JSON.parse(body) as { readonly view: string; readonly game: NewGame };
  return view === 'player' && game.status !== 'concluded';
}

function seatOf(answer: Answer, gameId: string): Answer {
  const { playerId, token, version } = JSON.parse(answer.body) as Readonly<Record<string, unknown>>;
  return { ...answer, body: JSON.stringify({ gameId, playerId, token, version }) };
}

function playedBy({ gameId, caller: { nonce } }: Asking): Played {
  return { gameId, nonce };
}

function refusal(code: Parameters<typeof problem>[0], detail: string, owner: string | null = null): Answer {
  const document = problem(code, detail);
  return { status: document.status, body: JSON.stringify(document), owner };
}
