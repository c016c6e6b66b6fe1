/**
 * The stage on which every operation is tried by everybody: a game with a token of every kind.
 *
 * Role: makes games that have a host, two players, and holders of tokens that hold no more, each for a reason of its own.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { OperationId } from '../../../src/http/api/operation.ts';
import { PlayerTokens } from '../../../src/http/edge/player-tokens.ts';
import { adminToken, expectStatus, send, tokenSecrets } from '../../support/client.ts';
import { guestName, joinedSeat, Player } from '../../support/player.ts';

/** Who asks. `self` is the player whom every operation is about, where it is about one. */
export const everybody = [
  'nobody',
  'admin',
  'host',
  'self',
  'other',
  'stranger',
  'kicked',
  'renewed',
  'erased',
  'bad admin',
  'tampered payload',
  'tampered mac',
  'unknown secret',
  'expired',
] as const;
export type Who = (typeof everybody)[number];

export interface Scene {
  readonly gameId: string;
  readonly tokens: Readonly<Record<Who, string | null>>;
  readonly selfId: string;
  /** Of `self`, in round 2; null in a lobby. */
  readonly actionId: string | null;
}

interface Grant {
  readonly player: string;
  readonly nonce: string;
  readonly generation: number;
  readonly role: 'host' | 'player';
}

const dayMs = 86_400_000;

/** A new game. Its id was that of another one, which was erased; as `active` its second round runs. */
export async function makeScene(pick: () => string, active: boolean, stranger: Player): Promise<Scene> {
  const key = randomUUID();
  const before = await Player.create(pick(), { key });
  const erased = await Player.join(pick(), before.gameId);
  const { gameId } = before;
  const asAdmin = (method: string, path: string) => send(pick(), method, `/v1/games/${gameId}${path}`);
  expectStatus(await asAdmin('DELETE', ''), 204);
  const host = await Player.create(pick(), { key });
  assert.equal(host.gameId, gameId);

  const joined = () => Player.join(pick(), gameId);
  const [self, other] = [await joined(), await joined()];
  // An administrator's join comes from nowhere: a kick keeps out nobody else from this address.
  const letIn = await send(pick(), 'POST', `/v1/games/${gameId}/players`, { body: { displayName: 'Kim' } });
  const kicked = new Player(joinedSeat(gameId, letIn));
  const renewed = self.token;
  expectStatus(await self.renew(pick()), 200);
  expectStatus(await host.leave(pick(), kicked.playerId), 204);
  let actionId: string | null = null;
  if (active) {
    expectStatus(await host.start(pick()), 200);
    expectStatus(await asAdmin('POST', '/rounds/1/end'), 200);
    ({ actionId } = expectStatus(await self.register(pick()), 200) as { actionId: string });
  }
  const tokens = {
    nobody: null,
    admin: adminToken,
    host: host.token,
    self: self.token,
    other: other.token,
    stranger: stranger.token,
    kicked: kicked.token,
    renewed,
    erased: erased.token,
    ...wrongTokens(self.token, other.token),
  };
  return { gameId, tokens, selfId: self.playerId, actionId };
}

/** Made of tokens that hold. */
function wrongTokens(right: string, other: string) {
  const [version, payload = '', mac = ''] = right.split('.');
  const { game, player, ...grant } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Grant & {
    readonly game: string;
  };
  const sign = (secret: string, now: number) =>
    new PlayerTokens([secret], 90).sign(game, { playerId: player, ...grant }, now);
  return {
    'bad admin': `${adminToken}x`,
    'tampered payload': `${version}.${other.split('.')[1]}.${mac}`,
    'tampered mac': `${version}.${payload}.${mac.startsWith('A') ? 'B' : 'A'}${mac.slice(1)}`,
    'unknown secret': sign('s'.repeat(40), Date.now()),
    expired: sign(tokenSecrets, Date.now() - 91 * dayMs),
  };
}

/** What is asked: of the table the address, filled with these; and the body. */
export interface Asking {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
}

/** They need a running round, or a finished one; the others a lobby. */
export const inGame: ReadonlySet<OperationId> = new Set<OperationId>([
  'register_action',
  'retract_action',
  'commit_round',
  'end_round',
  'get_events',
  'get_round',
]);

const ofGame = ({ gameId: id }: Scene) => ({ params: { id } });
const ofSelf = ({ gameId: id, selfId: playerId }: Scene) => ({ params: { id, playerId } });
const nothing = () => ({});

/** For every operation of the table a request that is right, about `self` where it can be about somebody. */
export const askings: Record<OperationId, (scene: Scene) => Asking> = {
  create_game: () => ({ body: {} }),
  list_games: nothing,
  get_game: ofGame,
  continue_game: ofGame,
  erase_game: ofGame,
  erase_games: () => ({ query: { idleSince: '2000-01-01T00:00:00Z' } }),
  join_game: (scene) => ({ ...ofGame(scene), body: { displayName: guestName() } }),
  join_by_code: ({ gameId }) => ({ body: { code: gameId.toLowerCase(), displayName: guestName() } }),
  set_ready: ofSelf,
  leave_game: ofSelf,
  renew_token: ofSelf,
  take_host: (scene) => ({ ...ofGame(scene), body: { playerId: scene.selfId } }),
  lock_game: ofGame,
  change_settings: (scene) => ({ ...ofGame(scene), body: { settings: { bots: 1 } } }),
  start_game: ofGame,
  rematch_game: ofGame,
  get_rematch: ofGame,
  register_action: (scene) => ({
    ...ofGame(scene),
    body: { type: 'move', vector: { q: 0, r: 1 }, playerId: scene.selfId },
  }),
  retract_action: ({ gameId: id, actionId }) => ({ params: { id, actionId: actionId ?? 'a0' } }),
  commit_round: ({ gameId: id, selfId: playerId }) => ({
    params: { id, round: '2' },
    body: { playerId },
  }),
  end_round: ({ gameId: id }) => ({ params: { id, round: '2' } }),
  get_events: ofGame,
  get_round: ({ gameId: id }) => ({ params: { id, round: '1' } }),
  get_location: ofGame,
  watch_game: ofGame,
  stream_game: ofGame,
  get_cluster: nothing,
  drain_member: () => ({ params: { id: 'm2' } }),
  undrain_member: () => ({ params: { id: 'm2' } }),
  livez: nothing,
  readyz: nothing,
  metrics: nothing,
  home: nothing,
  play: nothing,
  cluster: nothing,
  docs: nothing,
  openapi: nothing,
  asyncapi: nothing,
};
