/**
 * The stored form of sessions: what one member writes, every other one reads, whichever state version either has.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Results } from '../../../src/session/results.ts';
import {
  decode,
  encode,
  goesOnHeaders,
  type Listing,
  listingHeaders,
  ownVersions,
  parseGoesOn,
  parseListing,
  type Snapshot,
  SnapshotError,
} from '../../../src/session/snapshot.ts';
import { minotaurRules } from '../../support/minotaur-rules.ts';
import {
  type OldTinyState,
  oldTinyRules,
  type TinyState,
  tinyOrigin,
  tinyRules,
  tinyState,
} from '../../support/tiny-rules.ts';
import { writing } from '../../support/written.ts';
import { NOW, stamp } from './tiny-sessions.ts';

function snapshot<State>(state: State): Snapshot<State> {
  const results = new Results();
  results.record('p', { id: 'a', receivedAt: NOW, fingerprint: 'f', version: 7, outcome: 'round_over' });
  return { gameId: 'G', commit: 4, version: 9, state, results, stamp };
}

function contentOf(value: Uint8Array): Record<string, unknown> {
  return JSON.parse(new TextDecoder().decode(value)) as Record<string, unknown>;
}

/** A stored snapshot of version 2 with some of its fields changed. */
function tampered(changes: Record<string, unknown>): Uint8Array {
  const content = contentOf(encode(tinyRules, snapshot(tinyState), writing(2)));
  return new TextEncoder().encode(JSON.stringify({ ...content, ...changes }));
}

test('what is encoded is decoded again, results included', () => {
  const original = snapshot({ ...tinyState, total: 5 });
  const { results, ...rest } = decode(tinyRules, encode(tinyRules, original, writing(2)));
  const { results: expectedResults, ...expected } = original;
  assert.deepEqual(rest, expected);
  assert.deepEqual(results.store(), expectedResults.store());
});

test('a game of the real rules survives, byte for byte', () => {
  const made = minotaurRules.create('G', { players: { p0: { id: 'p0', displayName: 'Ada' } } }, tinyOrigin, {
    now: NOW,
    version: 1,
  });
  assert.equal(made.kind, 'applied');
  const value = encode(minotaurRules, snapshot(made.state), ownVersions(minotaurRules));
  assert.deepEqual(encode(minotaurRules, decode(minotaurRules, value), ownVersions(minotaurRules)), value);
});

test('a newer member writes what an older one reads, and reads what that one writes', () => {
  const lowered = encode(tinyRules, snapshot<TinyState>({ ...tinyState, total: 5 }), writing(1));
  const read = decode(oldTinyRules, lowered);
  assert.deepEqual([read.state.count, 'total' in read.state], [5, false]);
  const raised = decode(
    tinyRules,
    encode(oldTinyRules, snapshot<OldTinyState>({ ...read.state, count: 6 }), writing(1)),
  );
  assert.deepEqual(raised.state, { ...tinyState, total: 6 });
});

test('a state newer than ours is never guessed at', () => {
  const value = encode(tinyRules, snapshot(tinyState), writing(2));
  assert.throws(() => decode(oldTinyRules, value), SnapshotError);
});

test('nothing is written at a version that there is no way to', () => {
  assert.throws(
    () => encode(oldTinyRules, snapshot<OldTinyState>({ ...tinyState, count: 1 }), writing(2)),
    SnapshotError,
  );
  assert.throws(() => encode(tinyRules, snapshot(tinyState), writing(0)), SnapshotError);
});

test('what no member wrote is a SnapshotError', () => {
  const damaged: Record<string, Uint8Array> = {
    'no JSON': new TextEncoder().encode('{"format":1'),
    'nothing at all': new Uint8Array(0),
    'another format': tampered({ format: 2 }),
    'no commit number': tampered({ commit: undefined }),
    'a negative epoch': tampered({ epoch: -1 }),
    'a version that is no integer': tampered({ version: 1.5 }),
    'results of another shape': tampered({ results: { principals: { p: ['a'] } } }),
    'a version older than any migration': tampered({ stateVersion: 0 }),
    'a state that the rules refuse': tampered({ state: { text: '' } }),
    'a version 1 that calls itself 2': tampered({ state: { ...tinyState, total: undefined, count: 3 } }),
  };
  for (const [what, value] of Object.entries(damaged)) {
    assert.throws(() => decode(tinyRules, value), SnapshotError, what);
  }
});

test('fields that a newer member added do not disturb', () => {
  assert.deepEqual(decode(tinyRules, tampered({ addedLater: { a: 1 } })).state, tinyState);
});

const inLobby = { status: 'lobby', listed: true, suspended: false, playedAt: 7, deadline: null, epoch: 1, commit: 1 };

test('a name that is no text, and a header that is none of ours, cost no listing', () => {
  const headers = listingHeaders({ ...inLobby, lobby: { seatsLeft: 3, playerCount: 1, host: 'a\ud800' } });
  assert.deepEqual(parseListing(headers).lobby, { seatsLeft: 3, playerCount: 1, host: 'a\ufffd' });
  for (const text of ['', 'x', '-1', '3', '3 1 %', '3 1 a b', '3 a', '99999999999 1']) {
    assert.deepEqual(parseListing({ ...headers, 'Minotaur-Lobby': text }), inLobby, text);
  }
});

test('a listing goes through headers and comes back', () => {
  const listings: Listing[] = [
    { status: 'active', listed: true, suspended: false, playedAt: NOW - 5, deadline: NOW, epoch: 3, commit: 12 },
    { status: 'active', listed: true, suspended: true, playedAt: 0, deadline: null, epoch: 3, commit: 12 },
    { status: 'lobby', listed: false, suspended: false, playedAt: null, deadline: null, epoch: 1, commit: 1 },
    { status: 'active', listed: false, suspended: false, playedAt: null, deadline: 0, epoch: 1, commit: 1 },
    {
      status: 'concluded',
      listed: false,
      suspended: false,
      playedAt: 7,
      deadline: null,
      epoch: 2,
      commit: 9,
      archived: 4,
    },
    ...[null, 'Ada', 'Zoë 🐉 %41\r\n: x'].map((host) => ({
      ...inLobby,
      lobby: { seatsLeft: 3, playerCount: 1, host },
    })),
  ];
  for (const listing of listings) assert.deepEqual(parseListing(listingHeaders(listing)), listing);
});

test('a deletion marker, which has no such headers, lists as nothing', () => {
  assert.deepEqual(parseListing({}), {
    status: '',
    listed: false,
    suspended: false,
    playedAt: null,
    deadline: null,
    epoch: 0,
    commit: 0,
  });
});

test('what is stored says for how many ms its round goes on, if it does; what cannot be read says nothing', () => {
  assert.equal(parseGoesOn(goesOnHeaders(1_500.4)), 1_500);
  for (const ms of [null, 0, -5]) assert.deepEqual(goesOnHeaders(ms), {});
  for (const text of ['', '-5', '1.5', 'soon', '1'.repeat(16)])
    assert.equal(parseGoesOn({ 'Minotaur-Goes-On': text }), null);
  assert.equal(parseGoesOn({}), null);
});
