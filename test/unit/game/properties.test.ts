/** Whatever is played, in whatever order: what must hold of the rules. States are frozen, so a mutation throws. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { entryOf } from '../../../src/game/ids.ts';
import type { RoundContent } from '../../../src/game/round-record.ts';
import type { GameState } from '../../../src/game/state.ts';
import type { Grant, Viewer } from '../../../src/session/rules.ts';
import { minotaurRules } from '../../support/minotaur-rules.ts';
import { bare, contentOf, create, frozen, nonce, players, start } from './games.ts';
import { creations, play, steps } from './plays.ts';

const mostIdle = ({ settings }: GameState) => settings.idleRounds;
const idsOf = (state: GameState) => Object.values(state.registeredActions).flatMap((list) => list.map(({ id }) => id));

function check(name: string, property: (...played: [Parameters<typeof play>[0], Parameters<typeof play>[1]]) => void) {
  test(name, () => {
    fc.assert(fc.property(creations, steps, property), { numRuns: 300 });
  });
}

describe('whatever is played', () => {
  check('the state stays valid, small, and survives JSON', (creation, taken) => {
    play(creation, taken, ({ outcome: { state } }) => {
      const stored: unknown = JSON.parse(JSON.stringify(state));
      assert.deepEqual(minotaurRules.parse(stored), state);
      assert.deepEqual(Object.keys(stored as object), Object.keys(state));
      // The end of the round before, two that begin the game, two of its clock, two that end it, and every player's departure.
      assert.ok(state.events.length <= 7 + state.settings.maxPlayers);
      assert.ok(Object.keys(state.players ?? {}).length <= state.settings.maxPlayers);
      const acting = new Set([...Object.keys(state.registeredActions), ...state.committed]);
      assert.ok(acting.size <= state.settings.maxPlayers);
    });
  });

  check('a game goes from lobby to running to concluded, never back', (creation, taken) => {
    const order = ['lobby', 'active', 'concluded'];
    play(creation, taken, ({ before, outcome: { state }, what }) => {
      assert.ok(order.indexOf(state.status) >= order.indexOf(before.status));
      if (minotaurRules.isOver(before)) assert.deepEqual([what, state], ['abandon', before]);
      if (state.status !== 'lobby') return;
      assert.equal(state.round, 1);
      for (const { type } of state.events) assert.ok(type === 'host_changed' || type === 'token_given', type);
      assert.ok(state.events.length <= 100);
    });
  });

  check('rounds rise by one, each with its record and a whole clock', (creation, taken) => {
    play(creation, taken, ({ before, outcome: { state, record }, context: { now }, what }) => {
      if (state.status !== before.status) {
        assert.equal(state.round, before.round);
        assert.equal(state.roundEndTime, state.status === 'active' ? now + 60_000 : null);
        assert.equal(state.suspendedAt, null);
        assert.equal(record?.round, before.status === 'active' ? before.round : undefined);
      } else if (record === undefined) {
        assert.equal(state.round, before.round);
        const isWoken = before.suspendedAt !== null;
        assert.equal(state.roundEndTime, isWoken ? now + 60_000 : before.roundEndTime);
        assert.equal(state.suspendedAt, null);
        return;
      } else {
        assert.equal(record.round, before.round);
        assert.equal(state.round, before.round + 1);
        const isUnplayed = mostIdle(state) > 0 && before.round - before.played.round >= mostIdle(state);
        const rests = isUnplayed && (what === 'abandon' || what.type === 'end_round');
        assert.deepEqual([state.roundEndTime, state.suspendedAt], rests ? [null, now] : [now + 60_000, null]);
      }
      assert.deepEqual([state.registeredActions, state.committed], [{}, []]);
    });
  });

  check('a round with players never waits for nobody', (creation, taken) => {
    play(creation, taken, ({ outcome: { state } }) => {
      if (state.status !== 'active' || state.players === null) return;
      const waiting = Object.keys(state.players).filter((id) => !state.committed.includes(id));
      assert.ok(waiting.length > 0);
      for (const id of [...Object.keys(state.registeredActions), ...state.committed]) {
        assert.ok(Object.hasOwn(state.players, id), 'nothing is left of who left');
      }
    });
  });

  check('nobody has more actions than points, and no id comes twice', (creation, taken) => {
    const seen = new Set(idsOf(create(creation.document, creation.origin)));
    play(creation, taken, ({ before, outcome: { state }, context: { version }, what }) => {
      for (const list of Object.values(state.registeredActions)) {
        assert.ok(list.length >= 1 && list.length <= state.settings.actionPoints);
      }
      if (what === 'abandon' || what.type !== 'register_action') return;
      const { actionId: id } = minotaurRules.answer(what, version, state).body as { actionId: string };
      assert.ok(!seen.has(id));
      seen.add(id);
      assert.deepEqual(idsOf(state).sort(), [...idsOf(before), id].sort());
    });
  });

  check(
    'an action is carried out once, taken back, or gone with its player, unless its round was abandoned',
    (creation, taken) => {
      play(creation, taken, ({ before, outcome, what }) => {
        const gone =
          what !== 'abandon' && what.type === 'leave' ? (entryOf(before.registeredActions, what.playerId) ?? []) : [];
        const left = idsOf(before).filter((id) => !gone.some((action) => action.id === id));
        if (outcome.record !== undefined) {
          const carriedOut = contentOf(outcome).actions.map(({ id }) => id);
          assert.deepEqual(carriedOut.sort(), what === 'abandon' ? [] : left.sort());
        } else if (what !== 'abandon' && (what.type === 'retract_action' || what.type === 'leave')) {
          const takenBack = what.type === 'retract_action' ? what.actionId : null;
          assert.deepEqual(
            idsOf(outcome.state),
            left.filter((id) => id !== takenBack),
          );
        }
      });
    },
  );

  check('the events of all records and of the state have every number once', (creation, taken) => {
    const recorded: number[] = [];
    const last = play(creation, taken, ({ outcome }) => {
      if (outcome.record !== undefined) recorded.push(...contentOf(outcome).events.map(({ seq }) => seq));
      const { round, events } = minotaurRules.events(outcome.state, 'admin');
      assert.equal(round, outcome.state.status === 'concluded' ? outcome.state.round + 1 : outcome.state.round);
      assert.ok(outcome.record === undefined || outcome.record.round < round, 'what has a record is over');
      const numbers = events.map(({ seq }) => seq);
      const first = numbers[0] ?? 1;
      assert.deepEqual(
        numbers,
        Array.from(numbers, (_, index) => first + index),
      );
      assert.ok(first === 1 || recorded.includes(first - 1), 'what is missing before is in a record');
    });
    const newest = minotaurRules.events(last, 'admin').events.map(({ seq }) => seq);
    const all = [...new Set([...recorded, ...newest])];
    assert.deepEqual(
      all,
      Array.from(all, (_, index) => index + 1),
    );
    assert.equal(new Set(recorded).size, recorded.length);
  });
});

describe('whoever comes and goes', () => {
  check('only seats have generations, and a host has one', (creation, taken) => {
    play(creation, taken, ({ before, outcome: { state }, what }) => {
      const seats = new Set(Object.keys(state.players ?? {}));
      if (state.host !== null && !seats.has(state.host)) {
        assert.equal(state.host, creation.origin.host?.playerId, 'only who created the game hosts without playing');
        assert.equal(before.host, state.host);
        seats.add(state.host);
      }
      for (const id of Object.keys(state.generations)) assert.ok(seats.has(id), id);
      assert.equal(state.nonce, before.nonce);
      assert.deepEqual(minotaurRules.hostGrant(state), minotaurRules.hostGrant(before));
      if (state.host === before.host) return;
      assert.ok(what !== 'abandon' && 'playerId' in what);
      if (what.type === 'take_host' || (what.type === 'join' && what.returns === 'host')) {
        assert.equal(state.host, what.playerId);
        return;
      }
      assert.ok(what.type === 'leave' && what.playerId === before.host);
      const joined = Object.values(state.players ?? {}).map(({ joinedAtVersion }) => joinedAtVersion);
      const first = state.host === null ? undefined : state.players?.[state.host]?.joinedAtVersion;
      assert.equal(first, joined.length === 0 ? undefined : Math.min(...joined));
    });
  });

  check('the newest token of a seat holds, and no other ever again', (creation, taken) => {
    const first = create(creation.document, creation.origin);
    const host = minotaurRules.hostGrant(first);
    const granted = new Map<string, Grant>(host === null ? [] : [[host.playerId, host]]);
    const ended: Grant[] = [];
    play(creation, taken, ({ before, outcome: { state }, context: { version }, what }) => {
      if (what !== 'abandon') {
        // Whoever hosted without playing, and does not host any more, has no seat.
        const seatless = before.host !== state.host && before.host !== null && !state.players?.[before.host];
        const gone = seatless ? granted.get(before.host) : undefined;
        if (gone !== undefined && granted.delete(gone.playerId)) ended.push(gone);
        const { grant } = minotaurRules.answer(what, version, state);
        const isNew = grant?.generation === version;
        const touched = isNew ? grant.playerId : what.type === 'leave' ? what.playerId : '';
        const replaced = granted.get(touched);
        if (replaced !== undefined) ended.push(replaced);
        if (isNew) granted.set(touched, grant);
        else granted.delete(touched);
      }
      for (const grant of granted.values()) {
        const standing = minotaurRules.standing(state, grant);
        assert.equal(standing, grant.playerId === state.host ? 'host' : 'player');
        assert.equal(minotaurRules.standing(state, { ...grant, nonce: 'other' }), 'foreign');
      }
      for (const grant of ended) assert.match(minotaurRules.standing(state, grant), /^(ended|kicked)$/);
    });
  });
});

test('a repeated join changes nothing and answers the same', () => {
  fc.assert(
    fc.property(creations, steps, (creation, taken) => {
      play(creation, taken, ({ outcome: { state }, context, what }) => {
        if (what === 'abandon' || what.type !== 'join' || what.keys === undefined) return;
        const later = { ...context, version: context.version + 1 };
        assert.deepEqual(minotaurRules.apply(state, what, later), { kind: 'applied', state });
        assert.deepEqual(
          minotaurRules.answer(what, later.version, state),
          minotaurRules.answer(what, context.version, state),
        );
      });
    }),
    { numRuns: 300 },
  );
});

describe('views', () => {
  const viewers = ['p0', 'p1', '2', 'host', 'constructor', 'stranger'].map((id) => `player:${id}` as const);

  /** Every value of the keys anywhere in a JSON value. */
  function valuesOf(value: unknown, ...keys: string[]): unknown[] {
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([key, part]) => [
      ...(keys.includes(key) ? [part] : []),
      ...valuesOf(part, ...keys),
    ]);
  }

  function hidesSecrets(shown: unknown, viewer: Viewer): void {
    assert.deepEqual(
      valuesOf(
        shown,
        'nonce',
        'generations',
        'generation',
        'creator',
        'keys',
        'digest',
        'addresses',
        'kicked',
        'joinedAtVersion',
      ),
      [],
      viewer,
    );
    const text = JSON.stringify(shown);
    assert.ok(!text.includes(nonce), viewer);
    if (viewer !== 'admin') assert.ok(!text.includes('3141592653'), `${viewer} sees no seed`);
  }

  check('never tell what makes a token, and to players nothing of what others do', (creation, taken) => {
    play(creation, taken, ({ outcome }) => {
      const { state } = outcome;
      for (const viewer of ['admin', 'public', ...viewers] as Viewer[]) {
        hidesSecrets([minotaurRules.view(state, viewer), minotaurRules.events(state, viewer)], viewer);
      }
      for (const viewer of viewers) {
        const you = viewer.slice('player:'.length);
        const view = minotaurRules.view(state, viewer) as GameState & { players: Record<string, object> | null };
        const own = Object.hasOwn(state.registeredActions, you) ? { [you]: state.registeredActions[you] } : {};
        assert.deepEqual(view.registeredActions, own);
        for (const [id, player] of Object.entries(view.players ?? {})) assert.equal('health' in player, id === you);
        if (outcome.record === undefined) continue;
        const record = minotaurRules.record(outcome.record.content, viewer) as unknown as RoundContent;
        assert.deepEqual(
          record.actions,
          contentOf(outcome).actions.filter(({ playerId }) => playerId === you),
        );
      }
    });
  });
});

test('no document makes create throw, or a state that the store would not take back', () => {
  const field = fc.constantFrom(
    'id',
    'status',
    'round',
    'roundEndTime',
    'world',
    'players',
    'registeredActions',
    'settings',
  );
  const likely = fc.constantFrom<unknown>('ABC', 'lobby', 1, '2026-01-01T00:00:00Z', null, {}, players('p0'));
  const host = fc.option(
    fc.record({ playerId: fc.constantFrom('p0', 'h', 'a b'), displayName: fc.constantFrom(null, 'Ada', '') }),
  );
  fc.assert(
    fc.property(fc.dictionary(field, fc.oneof(likely, fc.jsonValue({ maxDepth: 3 }))), host, (given, creator) => {
      const context = { now: start, version: 1 };
      const outcome = minotaurRules.create('ABC', frozen(given), { ...bare, host: creator }, context);
      if (outcome.kind === 'rejected') assert.equal(outcome.code, 'bad_request');
      else assert.deepEqual(minotaurRules.parse(JSON.parse(JSON.stringify(outcome.state))), outcome.state);
    }),
    { numRuns: 2_000 },
  );
});
