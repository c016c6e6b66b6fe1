/** Tokens of players: what they say, what is refused and why, and that secrets can be replaced without a gap. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { PlayerTokens } from '../../../../src/http/edge/player-tokens.ts';

const now = Date.parse('2026-01-01T00:00:00.500Z');
const dayMs = 86_400_000;
const secret = 'an-old-secret-of-at-least-32-bytes';
const newer = 'a-new-secret-of-at-least-32-bytes!';
const grant = { playerId: 'p1', nonce: 'nonce-of-the-game', generation: 7, role: 'host' } as const;
const tokens = new PlayerTokens([secret], 90);

const payloadOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

/** A token with a right mac over whatever payload. */
function forged(payload: unknown, key = secret): string {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const signed = `v1.${Buffer.from(text).toString('base64url')}`;
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
}

test('a token says what was granted, and for how long', () => {
  const token = tokens.sign('ABC', grant, now);
  assert.deepEqual(tokens.verify(token, now), {
    gameId: 'ABC',
    bearer: { kind: 'player', playerId: 'p1', nonce: 'nonce-of-the-game', generation: 7 },
    role: 'host',
    expiresAt: Math.floor((now + 90 * dayMs) / 1_000) * 1_000,
  });
  const { kid, ...said } = payloadOf(token);
  const seconds = Math.floor(now / 1_000);
  const { playerId: player, ...rest } = grant;
  assert.deepEqual(said, { game: 'ABC', player, ...rest, iat: seconds, exp: seconds + 90 * 86_400 });
  assert.match(kid, /^[\w-]{8}$/);
});

test('the mac is HMAC-SHA-256 over "v1.<payload>"', () => {
  const token = tokens.sign('ABC', grant, now);
  assert.equal(forged(payloadOf(token)), token);
});

test('the longest ids fit into a token, and a longer text is none', () => {
  const longest = { ...grant, playerId: 'p'.repeat(64), nonce: 'n'.repeat(64), generation: Number.MAX_SAFE_INTEGER };
  const token = tokens.sign('g'.repeat(64), longest, now);
  assert.ok(token.length <= 1_024);
  assert.equal(typeof tokens.verify(token, now), 'object');
  const padded = forged(`${JSON.stringify(payloadOf(token))}${' '.repeat(500)}`);
  assert.ok(padded.length > 1_024);
  assert.equal(tokens.verify(padded, now), 'malformed');
});

test('a token expires, to the second', () => {
  const token = tokens.sign('ABC', grant, now);
  const expiresAt = payloadOf(token).exp * 1_000;
  assert.equal(typeof tokens.verify(token, expiresAt - 1), 'object');
  assert.equal(tokens.verify(token, expiresAt), 'expired');
  assert.equal(tokens.verify(token, expiresAt + dayMs), 'expired');
});

test('no other text than the token itself is right', () => {
  const token = tokens.sign('ABC', grant, now);
  fc.assert(
    fc.property(fc.nat(token.length - 1), fc.constantFrom(...'AZaz09-_.=+/ é'), (at, character) => {
      const changed = `${token.slice(0, at)}${character}${token.slice(at + 1)}`;
      fc.pre(changed !== token);
      assert.equal(typeof tokens.verify(changed, now), 'string', changed);
    }),
  );
  for (const changed of [
    `${token}=`,
    ` ${token}`,
    `${token} `,
    token.slice(0, -1),
    `${token}A`,
    `${token}.x`,
    `v2${token.slice(2)}`,
  ]) {
    assert.equal(tokens.verify(changed, now), 'malformed', changed);
  }
});

test('what does not fit is told apart: malformed, unknown key, tampered', () => {
  const payload = payloadOf(tokens.sign('ABC', grant, now));
  assert.equal(tokens.verify('', now), 'malformed');
  assert.equal(tokens.verify('v1..', now), 'malformed');
  assert.equal(tokens.verify(forged('not json'), now), 'malformed');
  for (const wrong of [
    null,
    [],
    { ...payload, extra: 1 },
    { ...payload, game: 'a b' },
    { ...payload, player: undefined },
    { ...payload, nonce: '' },
    { ...payload, generation: '7' },
    { ...payload, role: 'admin' },
    { ...payload, exp: 'never' },
    { ...payload, exp: 1e300 },
  ]) {
    assert.equal(tokens.verify(forged(wrong), now), 'malformed', JSON.stringify(wrong));
  }
  assert.equal(tokens.verify(forged({ ...payload, kid: 'AAAAAAAA' }), now), 'unknown key');
  assert.equal(tokens.verify(forged({ ...payload, player: 'p2' }, newer), now), 'tampered');
  assert.equal(tokens.verify(forged({ ...payload, player: 'p2' }), now) instanceof Object, true);
});

test('whatever comes, verify answers', () => {
  fc.assert(fc.property(fc.string({ maxLength: 2_000 }), (text) => typeof tokens.verify(text, now) === 'string'));
});

test('a secret is replaced without a gap: append, promote, remove', () => {
  const at = (...secrets: string[]) => new PlayerTokens(secrets, 90);
  const steps = [at(secret), at(secret, newer), at(newer, secret), at(newer)];
  // Members of neighbouring steps run side by side: each takes what the other signs.
  for (const [index, step] of steps.entries()) {
    const neighbour = steps[index + 1];
    if (neighbour === undefined) continue;
    assert.equal(typeof step.verify(neighbour.sign('ABC', grant, now), now), 'object', `step ${index}`);
    const fromBefore = neighbour.verify(step.sign('ABC', grant, now), now);
    // The last step is taken when the tokens of the old secret may go: nobody signs with it any more.
    assert.equal(typeof fromBefore, 'object', `step ${index + 1}`);
  }
  const old = at(secret).sign('ABC', grant, now);
  assert.equal(typeof at(newer, secret).verify(old, now), 'object');
  assert.equal(at(newer).verify(old, now), 'unknown key');
});
