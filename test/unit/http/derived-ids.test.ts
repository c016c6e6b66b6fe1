/** Ids that the edge makes: the same for the same key, unguessable without one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemRandom } from '../../../src/adapters/system.ts';
import { hostId, joinerId, newGameId } from '../../../src/http/derived-ids.ts';

const noRandom = {
  fraction: () => assert.fail('a key is enough'),
  token: () => assert.fail('a key is enough'),
};

test('the id of a game is 8 characters of Crockford base32, a player id has 10', () => {
  for (let count = 0; count < 200; count += 1) {
    const gameId = newGameId(systemRandom, null, 1);
    assert.match(gameId, /^[0-9A-HJKMNP-TV-Z]{8}$/);
    assert.match(hostId(systemRandom, gameId, null), /^p[0-9A-HJKMNP-TV-Z]{10}$/);
    assert.match(joinerId(systemRandom, gameId, null), /^p[0-9A-HJKMNP-TV-Z]{10}$/);
  }
});

test('the same key gives the same id, another key or attempt another one', () => {
  assert.equal(newGameId(noRandom, 'k', 1), newGameId(noRandom, 'k', 1));
  assert.equal(joinerId(noRandom, 'ABC', 'k'), joinerId(noRandom, 'ABC', 'k'));
  const ids = [newGameId(noRandom, 'k', 1), newGameId(noRandom, 'k', 2), newGameId(noRandom, 'k1', 1)];
  assert.equal(new Set(ids).size, 3);
  const seats = [
    joinerId(noRandom, 'ABC', 'k'),
    joinerId(noRandom, 'ABCk', ''),
    joinerId(noRandom, 'ABD', 'k'),
    joinerId(noRandom, 'ABC', 'l'),
    hostId(noRandom, 'ABC', 'k'),
  ];
  assert.equal(new Set(seats).size, seats.length);
});

test('ids stay what they are: a retry may meet a member of another release', () => {
  assert.equal(newGameId(noRandom, 'key-1', 1), '1TNVQMR0');
  assert.equal(hostId(noRandom, 'ABC', 'key-1'), 'pKNBS1NMKMB');
  assert.equal(joinerId(noRandom, 'ABC', 'key-1'), 'pG4H5BP5T0T');
});

test('all 40 bits are used, evenly', () => {
  const counts = Array.from({ length: 8 }, () => new Map<string, number>());
  const draws = 6_400;
  for (let draw = 0; draw < draws; draw += 1) {
    const id = newGameId(noRandom, `key-${draw}`, 1);
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

test('without a key ids are random', () => {
  const ids = Array.from({ length: 1_000 }, () => newGameId(systemRandom, null, 1));
  assert.equal(new Set(ids).size, ids.length);
  const seats = Array.from({ length: 1_000 }, () => joinerId(systemRandom, 'ABC', null));
  assert.equal(new Set(seats).size, seats.length);
});
