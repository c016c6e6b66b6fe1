/** Games that are over behind two members, and who played them, for tests of rematches. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { systemClock } from '../../../../src/adapters/system.ts';
import { PlayerTokens } from '../../../../src/http/edge/player-tokens.ts';
import type { Grant } from '../../../../src/session/rules.ts';
import { injectedEdge, tokenSecret } from '../edge-fixture.ts';
import { RuledGateway } from '../ruled-gateway.ts';

export const newer = 'a-newer-secret-of-the-edge-0123456789abcdef';
export const HOUR_MS = 3_600_000;
export const tokens = new PlayerTokens([tokenSecret], 90);

export interface Seat {
  readonly gameId: string;
  readonly playerId: string;
  readonly token: string;
}

type Members = readonly Awaited<ReturnType<typeof injectedEdge>>['app'][];

/** Two members: one of them has been told of a new secret, and the other one signs with it already. */
export async function cluster(t: TestContext, limits = {}) {
  const gateway = new RuledGateway();
  const secrets = [
    [tokenSecret, newer],
    [newer, tokenSecret],
  ];
  const edges = await Promise.all(secrets.map((tokenSecrets) => injectedEdge(t, { gateway, tokenSecrets, limits })));
  return { gateway, members: edges.map(({ app }) => app) };
}

export async function send(
  members: Members,
  method: 'GET' | 'POST' | 'DELETE',
  url: string,
  token?: string,
  payload?: object,
) {
  const [app] = members;
  const headers = { ...(token !== undefined && { authorization: `Bearer ${token}` }) };
  const reply = await (app as Members[0]).inject({ method, url, headers, ...(payload && { payload }) });
  return { status: reply.statusCode, location: reply.headers.location, json: reply.body === '' ? {} : reply.json() };
}

export const ask = (members: Members, { gameId, token }: Seat) =>
  send(members, 'POST', `/v1/games/${gameId}/rematch`, token);
export const find = (members: Members, { gameId, token }: Seat) =>
  send(members, 'GET', `/v1/games/${gameId}/rematch`, token);

/** A lobby of Ada, Bob and Cem, which Ada hosts. */
export async function lobby(members: Members, settings: object = {}): Promise<readonly [Seat, Seat, Seat]> {
  const { json } = await send(members, 'POST', '/v1/games', undefined, { displayName: 'Ada', settings });
  const ada: Seat = { gameId: json.game.id, playerId: json.playerId, token: json.token };
  const join = async (displayName: string): Promise<Seat> => {
    const joined = await send(members, 'POST', `/v1/games/${ada.gameId}/players`, undefined, { displayName });
    return { gameId: ada.gameId, ...joined.json };
  };
  return [ada, await join('Bob'), await join('Cem')];
}

/** The same game, over. */
export async function played(on: { gateway: RuledGateway; members: Members }, settings?: object) {
  const seats = await lobby(on.members, settings);
  on.gateway.play(seats[0].gameId, { type: 'give_up' });
  return seats;
}

export function grantOf({ token }: Seat): Grant {
  const verified = new PlayerTokens([newer, tokenSecret], 90).verify(token, systemClock.wall());
  assert.ok(typeof verified !== 'string', `the token is ${verified}`);
  const { playerId, nonce, generation } = verified.bearer;
  return { playerId, nonce, generation, role: 'player' };
}

export function holds(gateway: RuledGateway, seat: Seat): boolean {
  const { nonce, generations } = gateway.stateOf(seat.gameId);
  const { playerId, generation, nonce: granted } = grantOf(seat);
  return granted === nonce && generations[playerId] === generation && playerId === seat.playerId;
}
