/**
 * The games that the cases of one batch are about, and the names by which cases speak of them.
 *
 * Role: a case is made before anything exists: it says `{{active.token1}}`, and gets the token when it is sent. So a case is the same whenever its
 * seed is run, and shrinks.
 * Invariant: every token, and every text that begins with `mark`, is a secret of this run.
 */
import { randomBytes } from 'node:crypto';
import type { LoadedGame } from '../../../src/game/loaded-game.ts';
import { PlayerTokens } from '../../../src/http/edge/player-tokens.ts';
import { adminToken, send, tokenSecrets } from '../../support/client.ts';
import { writtenOut } from '../cases/spoil.ts';
import { legalAction } from './as-player.ts';
import type { FuzzCluster } from './fuzz-cluster.ts';

/** Whose games are made where: any member answers for any game. */
type Ask = (method: string, path: string, options: { body?: unknown; token?: string | null }) => Promise<Fields>;
// biome-ignore lint/suspicious/noExplicitAny: answers, as documented.
type Fields = any;

const seats = [0, 1, 2];
const dayMs = 86_400_000;

export class Stage {
  /** Begins what must never be logged: idempotency keys, guessed tokens. */
  readonly mark: string;
  readonly #values: ReadonlyMap<string, string>;
  #fresh = 0;

  private constructor(values: ReadonlyMap<string, string>, mark: string) {
    this.#values = values;
    this.mark = mark;
  }

  /** Makes the games of one batch, of the game that is played there. */
  static async build(cluster: FuzzCluster): Promise<Stage> {
    const { url } = cluster.member(0);
    const { game } = cluster;
    const ask: Ask = async (method, path, { body, token = adminToken }) => {
      const reply = await send(url, method, path, { token, ...(body !== undefined && { body }) });
      if (reply.status >= 300)
        throw new Error(`the stage is not set: ${method} ${path}: ${reply.status} ${reply.text}`);
      return reply.json;
    };
    const tag = randomBytes(5).toString('hex');
    const mark = `s3cr${tag}t-`;
    const made = await Promise.all([
      party(ask, game, 'lobby'),
      party(ask, game, 'crowd'),
      started(ask, game, 'active'),
      started(ask, game, 'duel', { spectators: true }),
      bare(ask, `bare-${tag}`),
      done(ask, game),
      staleToken(ask),
      nothing(`none-${tag}`),
    ]);
    const entries = [
      ...made.flat(),
      ...forged(),
      ['admin', adminToken],
      ['mark', mark],
      ['spare', cluster.spare.id],
      ['tag', tag],
    ];
    return new Stage(new Map(entries as [string, string][]), mark);
  }

  /** `text` with everything in braces filled in. */
  fill(text: string): string {
    const filled = text.replaceAll(/\{\{([a-z]+(?:\.[a-z]+\d?)?)\}\}/g, (whole, name: string) => {
      if (name === 'fresh.id') return `fresh-${this.#values.get('tag')}-${this.#fresh++}`;
      return this.#values.get(name) ?? this.#values.get(name.replace(/^fresh/, 'none')) ?? whole;
    });
    return writtenOut(filled);
  }

  /** All that must never be logged. */
  get secrets(): readonly string[] {
    return [...this.tokens, this.mark, adminToken, ...tokenSecrets.split(',')];
  }

  /** The telling parts of every token of a player: no refusal may repeat one either. */
  get tokens(): readonly string[] {
    const tokens = [...this.#values].filter(([name]) => /token\d$|^expired$|^unsigned$|^tampered$|^stale$/.test(name));
    const parts = tokens.flatMap(([, token]) => token.split('.')).filter((part) => part.length > 20);
    return [...new Set(parts)];
  }
}

type Entries = (readonly [name: string, value: string])[];

/** A lobby with a host who plays and as many as the game takes, up to two, who joined; or as many as it needs. */
async function party(ask: Ask, { players }: LoadedGame, name: string, more = {}): Promise<Entries> {
  const settings = { roundSeconds: 604_800, actionPoints: 1_000, listed: true, ...more };
  const host = await ask('POST', '/v1/games', { body: { displayName: 'Host', settings }, token: null });
  const path = `/v1/games/${host.game.id}/players`;
  const count = Math.max(players.min, Math.min(players.max, seats.length));
  const all = [host];
  while (all.length < count) all.push(await ask('POST', path, { body: { displayName: `Guest ${all.length}` } }));
  const taken = all.flatMap(
    ({ playerId, token }, seat): Entries => [
      [`${name}.seat${seat}`, playerId],
      [`${name}.token${seat}`, token],
    ],
  );
  // What the others hold is a token of a seat that there is not.
  return [[`${name}.id`, host.game.id], [`${name}.action`, 'a1'], ...strangers(name, host.game.id), ...taken];
}

async function started(ask: Ask, game: LoadedGame, name: string, more = {}): Promise<Entries> {
  const entries = await party(ask, game, name, more);
  const values = new Map(entries);
  const path = `/v1/games/${values.get(`${name}.id`)}`;
  await ask('POST', `${path}/start`, {});
  for (const seat of seats) {
    const [playerId, token] = [values.get(`${name}.seat${seat}`), values.get(`${name}.token${seat}`)];
    if (playerId === undefined || token === undefined || seat >= game.players.max) break;
    const seen = await ask('GET', path, { token });
    const action = legalAction(game, seen.game, playerId);
    if (action === null) continue;
    const { actionId } = await ask('POST', `${path}/actions`, { body: { ...action, playerId } });
    return [...entries, [`${name}.action`, actionId]];
  }
  return entries;
}

/** A bare session: nobody is in it, so there is no token for it. */
async function bare(ask: Ask, id: string): Promise<Entries> {
  await ask('POST', `/v1/games/${id}/continue`, { body: { game: { id } } });
  return [['bare.id', id], ['bare.action', 'a1'], ...strangers('bare', id)];
}

/** A concluded game: a round of it was played, and everybody left. */
async function done(ask: Ask, game: LoadedGame): Promise<Entries> {
  const entries = await started(ask, game, 'done');
  const values = new Map(entries);
  const path = `/v1/games/${values.get('done.id')}`;
  const running = async () => {
    const { game } = await ask('GET', path, {});
    return game.status === 'active' ? (game.round as number) : null;
  };
  if ((await running()) === 1) await ask('POST', `${path}/rounds/1/end`, {});
  for (let seat = 0; (await running()) !== null; seat += 1) {
    await ask('DELETE', `${path}/players/${values.get(`done.seat${seat}`)}`, {});
  }
  return entries;
}

async function staleToken(ask: Ask): Promise<Entries> {
  const { game, playerId, token } = await ask('POST', '/v1/games', { body: {} });
  await ask('POST', `/v1/games/${game.id}/players/${playerId}/token`, {});
  return [['stale', token]];
}

const nothing = (id: string): Entries => [['none.id', id], ['none.action', 'a1'], ...strangers('none', id)];

/** Tokens that are signed as they should be, for seats that there never were. */
function strangers(name: string, gameId: string): Entries {
  return seats.flatMap(
    (seat): Entries => [
      [`${name}.seat${seat}`, `p${seat}`],
      [`${name}.token${seat}`, signed(tokenSecrets, gameId, `p${seat}`)],
    ],
  );
}

function forged(): Entries {
  const right = signed(tokenSecrets, 'FORGED', 'p0');
  return [
    ['expired', signed(tokenSecrets, 'FORGED', 'p0', Date.now() - 2 * dayMs)],
    ['unsigned', signed('another-secret-that-no-member-was-ever-given', 'FORGED', 'p0')],
    ['tampered', right.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))],
  ];
}

function signed(secret: string, gameId: string, playerId: string, at = Date.now()): string {
  const nonce = randomBytes(12).toString('base64url');
  return new PlayerTokens([secret], 1).sign(gameId, { playerId, nonce, role: 'player', generation: 1 }, at);
}
