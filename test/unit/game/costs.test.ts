/** Who may start games whose rounds end in quick succession, or for ever. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { minotaurRules } from '../../support/minotaur-rules.ts';
import { hostedBy, Table } from './games.ts';

const byStranger = hostedBy('host', 'Ada');
const byAdmin = { ...byStranger, byAdmin: true as const };

/** Why the host may not start it; null if it may. */
function whyNot(settings: object, origin = byStranger): string | null {
  return minotaurRules.adminOnly(new Table({ status: 'lobby', settings }, origin).state, { type: 'start' });
}

describe('what somebody without an administrator’s token asked for', () => {
  test('rounds below 5 s are an administrator’s to start', () => {
    for (const roundSeconds of [1, 4])
      assert.match(whyNot({ roundSeconds }) ?? '', /^settings\.roundSeconds: is below 5, /);
    assert.equal(whyNot({ roundSeconds: 5 }), null);
    assert.equal(whyNot({}), null);
  });

  test('rounds that end for ever are, too', () => {
    assert.match(whyNot({ idleRounds: 0 }) ?? '', /^settings\.idleRounds: is 0, /);
    assert.equal(whyNot({ idleRounds: 1 }), null);
  });

  test('everything else in such a game is as in any other', () => {
    const { state } = new Table({ status: 'lobby', settings: { roundSeconds: 1 } }, byStranger);
    for (const command of [
      { type: 'join', playerId: 'p', displayName: 'Grace' },
      { type: 'set_ready', playerId: 'host', ready: true },
      { type: 'leave', playerId: 'host', kicked: false },
    ] as const) {
      assert.equal(minotaurRules.adminOnly(state, command), null);
    }
  });
});

test('what an administrator asked for may be started by its host', () => {
  for (const settings of [{ roundSeconds: 1 }, { idleRounds: 0 }]) {
    assert.equal(whyNot(settings, byAdmin), null);
    assert.equal(whyNot({ ...settings }, { nonce: 'n', host: null } as never), null, 'as does a document');
  }
});
