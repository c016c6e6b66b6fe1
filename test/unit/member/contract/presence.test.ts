/** Words of gateways: put together, replaced, late, and no longer renewed. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Followers, type Word } from '../../../../src/member/contract/presence.ts';

let followers: Followers;
let now: number;

beforeEach(() => {
  followers = new Followers();
  now = 0;
});

function said(gateway: string, players: Record<string, number>, spectators = 0, at = now): boolean {
  const word: Word = { gateway, at, players, spectators };
  return followers.heard(word, now);
}

/** Connected ones with their `since`; `-` before those that are not. */
function shown(): Record<string, number> {
  const { players } = followers.presence(now);
  const named = Object.entries(players).map(([id, { connected, since }]) => [connected ? id : `-${id}`, since]);
  return Object.fromEntries(named);
}

test('a player is connected while any gateway names it, since the earliest that was known', () => {
  assert.equal(said('a', { ada: 5 }, 2), true);
  assert.equal(said('b', { ada: 3, bob: 7 }, 1), true);
  assert.deepEqual([shown(), followers.presence(9).spectators], [{ ada: 5, bob: 7 }, 3]);
  now = 10;
  assert.equal(said('a', {}, 2), false, 'the other gateway names her still');
  now = 20;
  assert.equal(said('b', { bob: 7 }, 1), true);
  assert.deepEqual(shown(), { '-ada': 20, bob: 7 });
  now = 30;
  assert.equal(said('a', { ada: 30 }, 2), true);
  assert.deepEqual(shown(), { ada: 30, bob: 7 });
});

test('the same word again changes nothing; who is counted does', () => {
  assert.equal(said('a', { ada: 5 }), true);
  now = 1;
  assert.equal(said('a', { ada: 5 }), false);
  assert.equal(said('a', { ada: 5 }, 1), true);
  assert.equal(said('a', { ada: 5 }, 1), false);
});

test('a word that was said earlier and comes later is none', () => {
  now = 10;
  said('a', { ada: 5 });
  now = 20;
  said('a', {});
  now = 21;
  assert.equal(said('a', { ada: 5 }, 0, 15), false, 'it was said before she went');
  assert.deepEqual(shown(), { '-ada': 20 });
});

test('a gateway that does not renew its word is believed for 15 s, and no longer', () => {
  said('a', { ada: 0 });
  said('b', { bob: 0 }, 4);
  now = 14_999;
  assert.equal(followers.expire(now, now), false);
  said('b', { bob: 0 }, 4);
  now = 15_000;
  assert.equal(followers.expire(now, now), true);
  assert.deepEqual([shown(), followers.isEmpty], [{ '-ada': 15_000, bob: 0 }, false]);
  now = 29_999;
  assert.equal(followers.expire(now, now), true);
  assert.deepEqual([followers.isEmpty, followers.presence(now).spectators], [true, 0]);
});

test('a gateway that never had anybody is not kept', () => {
  assert.equal(said('a', {}), false);
  assert.equal(followers.isEmpty, true);
});

test('of those who went the last 64 are remembered', () => {
  for (let index = 0; index < 200; index += 1) {
    now = index;
    said('a', { [`p${index}`]: now });
  }
  const players = Object.keys(followers.presence(now).players);
  assert.equal(players.length, 65);
  assert.ok(players.includes('p199') && players.includes('p135') && !players.includes('p134'));
});
