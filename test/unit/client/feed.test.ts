/** Following a game: which connection comes next, when it is left, and what is told of what comes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Effect, Feed } from '../../../src/client/feed.ts';
import type { Game, GameEvent, ServerFrame } from '../../../src/client/protocol.ts';

const game = { id: 'ABC', status: 'active', round: 1, roundEndTime: null, world: null, players: null } as Game;
const aGame = (version: number, more = {}): ServerFrame => ({ type: 'game', version, game, ...more });
const event = (seq: number): GameEvent => ({ seq, round: 1, at: '', type: 'x' });
const events = (from: number, to: number, more = {}): ServerFrame => ({
  type: 'events',
  events: Array.from({ length: to - from + 1 }, (_, index) => event(from + index)),
  ...more,
});

function feedOf({ sockets = true, random = 0.5, bases = ['a', 'b', 'c'] } = {}) {
  return new Feed({ bases, sockets, random: () => random });
}

const opens = (effects: readonly Effect[]) => effects.find((effect) => effect.do === 'open');
const tells = (effects: readonly Effect[]) => effects.filter((effect) => effect.do === 'tell');

/** Opened, and greeted by the game at version 3 and its event 1. */
function following(options = {}) {
  const feed = feedOf(options);
  feed.begin(0);
  feed.opened(10);
  feed.heard({ type: 'reply' }, 20);
  feed.heard(events(1, 1), 20);
  feed.heard(aGame(3), 20);
  return feed;
}

test('it begins with a socket on one of the servers, and asks for the time at once', () => {
  const feed = feedOf();
  assert.deepEqual(feed.begin(0), [{ do: 'open', via: 'socket', base: 'b', query: '?since=0' }]);
  assert.equal(feed.connected?.via, undefined);
  assert.deepEqual(feed.opened(10), [{ do: 'ping' }]);
  assert.deepEqual([feed.connected?.via, feed.connected?.base], ['socket', 'b']);
});

test('whatever ends a connection, the next one goes to another server, and says what is known', () => {
  for (const code of [null, 1000, 1001, 1005, 1006, 1011, 1012, 1013, 4429, 4499]) {
    const feed = following();
    assert.deepEqual(feed.ended(code, '', 1_000), [], String(code));
    assert.deepEqual(feed.tick(feed.dueAt - 1), []);
    assert.deepEqual(opens(feed.tick(feed.dueAt)), { do: 'open', via: 'socket', base: 'c', query: '?since=3&after=1' });
  }
});

test('ends for good are the end', () => {
  for (const code of [4400, 4401, 4403, 4404]) {
    const feed = following();
    assert.deepEqual(feed.ended(code, 'why', 1_000), [{ do: 'end', code, reason: 'why' }]);
    assert.equal(feed.dueAt, Number.POSITIVE_INFINITY);
    assert.deepEqual([feed.tick(1e9), feed.opened(1e9), feed.heard(aGame(9), 1e9)], [[], [], []]);
  }
});

test('pauses grow while nothing works, up to ten seconds, and are short again after anything was heard', () => {
  const feed = following({ random: 0.999 });
  const pauses: number[] = [];
  let now = 1_000;
  for (let failure = 0; failure < 12; failure += 1) {
    feed.ended(1011, '', now);
    pauses.push(feed.dueAt - now);
    now = feed.dueAt;
    feed.tick(now);
  }
  assert.deepEqual(pauses.map(Math.round).slice(0, 8), [200, 400, 799, 1598, 3197, 6394, 9990, 9990]);
  feed.opened(now);
  feed.heard({ type: 'reply' }, now);
  feed.ended(1011, '', now);
  assert.ok(feed.dueAt - now < 200.1);
});

test('a member that leaves says so: the next connection is made soon', () => {
  const feed = following({ random: 0.999 });
  assert.deepEqual(feed.heard({ type: 'reconnect' }, 1_000), [{ do: 'drop' }]);
  assert.ok(feed.dueAt <= 1_100);
  assert.deepEqual(feed.ended(1012, 'draining', 1_001), [], 'its close is not another failure');
  assert.ok(opens(feed.tick(1_100)));
});

test('a socket that does not open, or whose pings nobody answers, is left', () => {
  const feed = feedOf();
  feed.begin(0);
  assert.equal(feed.dueAt, 5_000);
  assert.deepEqual(feed.tick(5_000), [{ do: 'drop' }]);
  assert.ok(opens(feed.tick(feed.dueAt)));
  feed.opened(6_000);
  assert.equal(feed.dueAt, 21_000, 'a game may be changing hands');
  feed.heard({ type: 'reply' }, 6_010);
  assert.equal(feed.dueAt, 10_010);
  assert.deepEqual(feed.tick(10_010), [{ do: 'ping' }]);
  // What comes by itself is no answer.
  feed.heard(aGame(4), 12_000);
  assert.deepEqual(feed.tick(14_010), [{ do: 'drop' }]);
});

test('where sockets stay silent twice a stream is used; after it, a socket once more', () => {
  const feed = feedOf();
  let now = 0;
  const next = (code: number | null) => {
    feed.ended(code, '', now);
    now = feed.dueAt;
    return opens(feed.tick(now))?.via;
  };
  feed.begin(now);
  assert.equal(next(1006), 'socket');
  feed.opened(now);
  assert.equal(next(null), 'stream', 'one that opened and said nothing was none');
  feed.opened(now);
  feed.heard(aGame(1), now);
  assert.equal(next(null), 'socket');
  assert.equal(next(1006), 'stream');
  assert.equal(next(null), 'socket', 'nothing works');
  assert.equal(next(1013), 'socket', 'who is sent away by a code was let through');
});

test('without sockets there are streams, whose end may be told in them', () => {
  const feed = feedOf({ sockets: false });
  assert.equal(opens(feed.begin(0))?.via, 'stream');
  feed.opened(1);
  assert.deepEqual(feed.heard({ type: 'close', code: 4401, reason: 'kicked: x' }, 2), [
    { do: 'drop' },
    { do: 'end', code: 4401, reason: 'kicked: x' },
  ]);
});

test('a stream is left when its server answers no pings, or when its heartbeats stay out', () => {
  const feed = feedOf({ sockets: false });
  feed.begin(0);
  assert.deepEqual(feed.opened(0), [{ do: 'ping' }]);
  let now = 0;
  const answered = () => {
    feed.heard({ type: 'reply' }, now);
    now = feed.dueAt;
    return feed.tick(now);
  };
  assert.deepEqual(answered(), [{ do: 'ping' }]);
  feed.heard(null, now);
  const lastHeard = now;
  while (now < lastHeard + 40_000) assert.deepEqual(answered(), [{ do: 'ping' }]);
  let effects = answered();
  if (now < lastHeard + 45_000) effects = answered();
  assert.deepEqual(effects, [{ do: 'drop' }]);
  feed.tick(feed.dueAt);
  feed.opened(now + 100_000);
  feed.heard({ type: 'reply' }, now + 100_000);
  feed.tick(feed.dueAt);
  feed.heard(null, now + 105_000);
  assert.deepEqual(feed.tick(feed.dueAt), [{ do: 'drop' }], 'heartbeats are no answers');
});

test('what goes on is gapless; what begins, is put back, or misses something is a snapshot', () => {
  const feed = feedOf();
  feed.begin(0);
  feed.opened(0);
  const resumed = (frame: ServerFrame) => tells(feed.heard(frame, 0)).map((effect) => effect.resumed);
  assert.deepEqual(resumed(events(4, 5)), ['snapshot']);
  assert.deepEqual(resumed(aGame(7)), ['snapshot']);
  assert.deepEqual(resumed(events(6, 6)), ['gapless']);
  assert.deepEqual(resumed(aGame(9)), ['gapless']);
  assert.deepEqual(resumed(aGame(9)), [], 'nothing new');
  assert.deepEqual(resumed(events(5, 6)), [], 'nothing new');
  assert.deepEqual(resumed(events(8, 8)), ['snapshot'], '7 is missing');
  assert.deepEqual(resumed(aGame(10)), ['snapshot']);
  assert.deepEqual(resumed(events(1, 2, { reset: true })), ['snapshot']);
  assert.deepEqual(resumed(aGame(4, { reset: true })), ['snapshot']);
  assert.deepEqual(resumed(aGame(5)), ['gapless']);
  feed.ended(1006, '', 0);
  assert.equal(opens(feed.tick(feed.dueAt))?.query, '?since=5&after=2');
  feed.opened(1_000);
  assert.deepEqual(resumed(events(3, 3)), ['gapless'], 'over connections too');
});

test('what is not known is ignored', () => {
  const feed = following();
  const stranger = { type: 'fireworks', serverTime: 'x' } as unknown as ServerFrame;
  assert.deepEqual(feed.heard(stranger, 1_000), []);
  assert.deepEqual(feed.heard(null, 1_000), []);
});

test('over any connections that overlap as they like, events are told once, in order, without a gap', () => {
  const step = fc.oneof(
    fc.record({ take: fc.integer({ min: 1, max: 5 }), back: fc.integer({ min: 0, max: 3 }) }),
    fc.constantFrom(1006, 1012, null),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const feed = following();
      const told = [1];
      let happened = 1;
      let now = 100;
      for (const each of steps) {
        if (each === null || typeof each === 'number') {
          feed.ended(each, '', now);
          now = feed.dueAt;
          feed.tick(now);
          feed.opened(now);
          continue;
        }
        happened += each.take;
        const frame = events(Math.max(1, (told.at(-1) ?? 0) + 1 - each.back), happened);
        for (const { events: some, resumed } of tells(feed.heard(frame, now))) {
          assert.equal(resumed, 'gapless');
          told.push(...some.map(({ seq }) => seq));
        }
      }
      assert.deepEqual(
        told,
        Array.from({ length: happened }, (_, index) => index + 1),
      );
    }),
  );
});
