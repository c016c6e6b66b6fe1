/** Ids that the edge makes: the same for the same key and secret, unguessable without either. */
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { systemRandom } from '../../../../src/adapters/system.ts';
import { DerivedIds, rematchId } from '../../../../src/http/edge/derived-ids.ts';

const noRandom = {
  fraction: () => assert.fail('a key is enough'),
  token: () => assert.fail('a key is enough'),
};
const secret = 'a-secret-that-makes-ids-0123456789abcdef';
const other = 'another-secret-that-makes-ids-0123456789';
const keyed = new DerivedIds([secret], noRandom);
const keyless = new DerivedIds([secret], systemRandom);

test('the id of a game is 8 characters of Crockford base32, a player id has 10', () => {
  for (let count = 0; count < 200; count += 1) {
    const gameId = keyless.game(null, 1);
    assert.match(gameId, /^[0-9A-HJKMNP-TV-Z]{8}$/);
    assert.match(keyless.host(gameId, null).playerId, /^p[0-9A-HJKMNP-TV-Z]{10}$/);
    assert.match(keyless.joiner(gameId, null).playerId, /^p[0-9A-HJKMNP-TV-Z]{10}$/);
  }
});

test('the same key gives the same id and digest, another key, attempt, game or role another one', () => {
  assert.equal(keyed.game('k', 1), keyed.game('k', 1));
  assert.deepEqual(keyed.joiner('ABC', 'k'), keyed.joiner('ABC', 'k'));
  assert.equal(new Set([keyed.game('k', 1), keyed.game('k', 2), keyed.game('k1', 1)]).size, 3);
  const seats = [
    keyed.joiner('ABC', 'k'),
    keyed.joiner('ABCk', ''),
    keyed.joiner('ABD', 'k'),
    keyed.joiner('ABC', 'l'),
    keyed.host('ABC', 'k'),
  ];
  assert.equal(new Set(seats.map(({ playerId }) => playerId)).size, seats.length);
  assert.equal(new Set(seats.map(({ keys }) => keys[0]?.digest)).size, seats.length);
});

test('ids stay what they are: a retry may meet a member of another release', () => {
  assert.equal(keyed.game('key-1', 1), '6965XHRD');
  assert.deepEqual(keyed.host('ABC', 'key-1'), {
    playerId: 'pDTRVESW6MN',
    keys: [{ playerId: 'pDTRVESW6MN', digest: 'vtVR1nNMJqJYQVqaO3JmCQ' }],
  });
  assert.deepEqual(keyed.joiner('ABC', 'key-1'), {
    playerId: 'p1VGGFY1GM3',
    keys: [{ playerId: 'p1VGGFY1GM3', digest: 'me0K3keyB5Dc3pc_M0A0vQ' }],
  });
});

test('the rematch of a game has an id of its own, which no secret makes; its seats are those of the game', () => {
  const played = { gameId: 'ABC', nonce: 'n1' };
  const ids = [
    rematchId(played, 1),
    rematchId(played, 2),
    rematchId({ ...played, nonce: 'n2' }, 1),
    rematchId({ ...played, gameId: 'ABD' }, 1),
    keyed.game('n1', 1),
  ];
  assert.equal(new Set(ids).size, ids.length);
  assert.equal(ids[0], 'WYRBTZMF');
  assert.deepEqual(keyed.returning('XYZ', played, 'p1'), {
    playerId: 'p1',
    keys: [{ playerId: 'p1', digest: 'YgAut12meiH6JO4XpGoXLw' }],
  });
  const seats = [
    keyed.returning('XYZ', played, 'p1'),
    keyed.returning('XYZ', played, 'p2'),
    keyed.returning('XYY', played, 'p1'),
    keyed.returning('XYZ', { ...played, nonce: 'n2' }, 'p1'),
    keyed.joiner('XYZ', 'p1'),
  ];
  assert.equal(new Set(seats.map(({ keys }) => keys[0]?.digest)).size, seats.length);
});

test('nobody without the secret can tell which key made an id', () => {
  const stranger = new DerivedIds([other], noRandom);
  assert.notEqual(stranger.game('k', 1), keyed.game('k', 1));
  const [seat, guess] = [keyed.joiner('ABC', 'k'), stranger.joiner('ABC', 'k')];
  assert.notEqual(seat.playerId, guess.playerId);
  assert.notEqual(seat.keys[0]?.digest, guess.keys[0]?.digest);
  // Nor is either a digest of the key alone, as the id was once.
  const plain = BigInt(`0x${hash('sha256', JSON.stringify(['joiner', 'ABC', 'k']), 'hex')}`) >> 206n;
  const bits = [...seat.playerId.slice(1)].reduce(
    (sum, character) => sum * 32n + BigInt('0123456789ABCDEFGHJKMNPQRSTVWXYZ'.indexOf(character)),
    0n,
  );
  assert.notEqual(bits, plain);
});

test('a digest has 128 bits, none of them those of the id', () => {
  const { playerId, keys } = keyed.joiner('ABC', 'k');
  assert.equal(keys.length, 1);
  assert.equal(keys[0]?.playerId, playerId);
  assert.equal(Buffer.from(keys[0]?.digest ?? '', 'base64url').length, 16);
});

test('with several secrets the first makes ids, and a key comes with what each makes of it', () => {
  const rotated = new DerivedIds([other, secret], noRandom);
  assert.deepEqual(rotated.olderSecrets, [1]);
  assert.deepEqual(keyed.olderSecrets, []);
  const before = keyed.joiner('ABC', 'k');
  const after = rotated.joiner('ABC', 'k');
  assert.notEqual(after.playerId, before.playerId);
  assert.equal(after.keys[0]?.playerId, after.playerId);
  assert.deepEqual(after.keys[1], before.keys[0]);
  assert.equal(rotated.game('k', 1, 1), keyed.game('k', 1));
  assert.equal(rotated.host('ABC', 'k', 1).playerId, keyed.host('ABC', 'k').playerId);
});

test('all 40 bits are used, evenly', () => {
  const counts = Array.from({ length: 8 }, () => new Map<string, number>());
  const draws = 6_400;
  for (let draw = 0; draw < draws; draw += 1) {
    const id = keyed.game(`key-${draw}`, 1);
    for (const [place, count] of counts.entries()) {
      const character = id.charAt(place);
      count.set(character, (count.get(character) ?? 0) + 1);
    }
  }
  for (const count of counts) {
    assert.equal(count.size, 32);
    // 200 of each are expected, give or take 14; the draws are always the same ones.
    for (const [character, times] of count) assert.ok(times > 140 && times < 260, `${character}: ${times}`);
  }
});

test('without a key ids are random, and nothing knows them again', () => {
  const ids = Array.from({ length: 1_000 }, () => keyless.game(null, 1));
  assert.equal(new Set(ids).size, ids.length);
  const seats = Array.from({ length: 1_000 }, () => keyless.joiner('ABC', null));
  assert.equal(new Set(seats.map(({ playerId }) => playerId)).size, seats.length);
  assert.ok(seats.every(({ keys }) => keys.length === 0));
});
