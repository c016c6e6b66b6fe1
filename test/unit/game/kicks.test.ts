/** Kicks and locks: who may not come in, and for how long. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { GameCommand } from '../../../src/game/commands.ts';
import { minotaurRules } from '../../support/minotaur-rules.ts';
import { hostedBy, joinUnderTwoSecrets, nonce, start, Table } from './games.ts';

const TEN_MINUTES = 600_000;

interface From {
  readonly digest?: string;
  readonly address?: string;
}

const join = (playerId: string, { digest, address }: From = {}): GameCommand => ({
  type: 'join',
  playerId,
  displayName: `Player ${playerId}`,
  ...(digest !== undefined && { keys: [{ playerId, digest }] }),
  ...(address !== undefined && { addresses: [address] }),
});
const kick = (playerId: string): GameCommand => ({ type: 'leave', playerId, kicked: true });
const lock = (locked: boolean): GameCommand => ({ type: 'lock', locked });

function lobby(): Table {
  const table = Table.lobby(hostedBy('h', 'Ada'));
  table.play(join('p1', { digest: 'k1', address: 'house' }));
  return table;
}

describe('who was sent away', () => {
  test('does not come straight back from the same address, whatever its id, key and name', () => {
    const table = lobby();
    table.play(kick('p1'));
    for (const again of [join('p2', { address: 'house' }), join('p3', { digest: 'k3', address: 'house' })]) {
      assert.equal(table.refuse(again), 'kept_out');
    }
    const outcome = table.attempt(join('p2', { address: 'house' }));
    assert.match(outcome.kind === 'rejected' ? outcome.detail : '', /600 s/);
  });

  test('does not come straight back with its key, from wherever', () => {
    const table = lobby();
    table.play(kick('p1'));
    assert.equal(table.refuse(join('p1', { digest: 'k1', address: 'elsewhere' })), 'kept_out');
    // Nor where the key makes another seat now, because a secret was replaced.
    const rotated = joinUnderTwoSecrets('Player p1', { playerId: 'p1', digest: 'k1' });
    assert.equal(table.refuse(rotated), 'kept_out');
  });

  test('is known by its address under an older secret as well', () => {
    const table = lobby();
    table.play(kick('p1'));
    const again: GameCommand = { type: 'join', playerId: 'p2', displayName: 'Bob', addresses: ['new', 'house'] };
    assert.equal(table.refuse(again), 'kept_out');
  });

  test('takes no seat from others of its house who played the game before, but does not get its own again', () => {
    const table = lobby();
    table.play(kick('p1'));
    const returning = (playerId: string) => ({ ...join(playerId, { address: 'house' }), returns: 'player' }) as const;
    assert.equal(table.refuse(returning('p1')), 'kept_out');
    table.play(returning('p2'));
    assert.ok(table.state.players?.p2);
  });

  test('may come in again after ten minutes, and not a moment before', () => {
    const table = lobby();
    table.play(kick('p1'));
    table.now = start + TEN_MINUTES - 1;
    assert.equal(table.refuse(join('p1', { digest: 'k1', address: 'house' })), 'kept_out');
    table.now += 1;
    table.play(join('p1', { digest: 'k1', address: 'house' }));
    assert.ok(table.state.players?.p1);
  });

  test('keeps nobody else out, and nobody who has no address', () => {
    const table = lobby();
    table.play(join('p2', { address: 'house' }));
    table.play(kick('p1'));
    assert.ok(table.state.players?.p2, 'those who are in stay in');
    table.play(join('p3', { address: 'elsewhere' }));
    table.play(join('p4'));
    // A player of whom no address is known keeps out nobody without one.
    table.play(kick('p4'));
    table.play(join('p5'));
  });

  test('is not who left of its own will', () => {
    const table = lobby();
    table.play({ type: 'leave', playerId: 'p1', kicked: false });
    table.play(join('p1', { digest: 'k1', address: 'house' }));
  });

  test('was told apart from somebody with a newer token, or who left', () => {
    const standing = (table: Table, playerId: string, generation: number) =>
      minotaurRules.standing(table.state, { playerId, nonce, generation });
    const table = lobby();
    table.play(join('p2'));
    table.play({ type: 'renew_token', playerId: 'p2' });
    assert.equal(standing(table, 'p2', 3), 'ended');
    table.play({ type: 'leave', playerId: 'p2', kicked: false });
    assert.equal(standing(table, 'p2', 4), 'ended');
    table.play(kick('p1'));
    assert.equal(standing(table, 'p1', 2), 'kicked');
    table.now += TEN_MINUTES;
    assert.equal(standing(table, 'p1', 2), 'kicked');
    // Once it is back, its old token is only an old one.
    table.play(join('p1', { digest: 'k1' }));
    assert.equal(standing(table, 'p1', 2), 'ended');
    assert.equal(standing(table, 'p1', table.version), 'player');
  });

  test('of a running game is told apart, too', () => {
    const table = lobby();
    table.play({ type: 'start' });
    table.play(kick('p1'));
    assert.equal(minotaurRules.standing(table.state, { playerId: 'p1', nonce, generation: 2 }), 'kicked');
  });

  test('the last 64 are remembered, each once', () => {
    const table = Table.lobby(hostedBy('h', 'Ada'));
    for (let count = 0; count < 70; count += 1) {
      table.play(join(`p${count}`, { address: `house ${count}` }));
      table.play(kick(`p${count}`));
    }
    assert.equal(table.state.kicked.length, 64);
    assert.equal(table.state.kicked[0]?.playerId, 'p6');
    table.now += TEN_MINUTES;
    table.play(join('p69'));
    table.play(kick('p69'));
    assert.equal(table.state.kicked.filter(({ playerId }) => playerId === 'p69').length, 1);
  });

  test('leaves nothing of its seat behind but that', () => {
    const table = lobby();
    table.play(kick('p1'));
    assert.deepEqual([table.state.keys, table.state.addresses], [{}, {}]);
    assert.deepEqual(table.state.kicked, [{ playerId: 'p1', address: 'house', until: start + TEN_MINUTES }]);
  });

  test('was the host: where it created the game from counts as well', () => {
    const host = { playerId: 'h', displayName: 'Ada', addresses: ['house'] };
    const table = Table.lobby({ nonce, host }, 'p1');
    table.play(kick('h'));
    assert.equal(table.state.host, 'p1');
    assert.equal(table.refuse(join('p2', { address: 'house' })), 'kept_out');
  });
});

describe('a locked lobby', () => {
  test('takes nobody in until it is unlocked, and shows it to everybody', () => {
    const table = lobby();
    table.play(lock(true));
    assert.equal(table.refuse(join('p2')), 'lobby_locked');
    for (const viewer of ['admin', 'public', 'player:p1'] as const) {
      assert.equal((minotaurRules.view(table.state, viewer) as { locked: boolean }).locked, true, viewer);
    }
    table.play(lock(false));
    table.play(join('p2'));
  });

  test('gives whoever is in its seat again, and takes the start', () => {
    const table = lobby();
    table.play(lock(true));
    table.play(join('p1', { digest: 'k1', address: 'house' }));
    assert.deepEqual(table.answer(join('p1', { digest: 'k1' })).grant?.generation, 2);
    table.play({ type: 'start' });
    assert.equal(table.refuse(lock(false)), 'game_started');
  });

  test('again changes nothing, and answers with the version', () => {
    const table = lobby();
    table.play(lock(true));
    const before = table.state;
    table.play(lock(true));
    assert.deepEqual(table.state, before);
    assert.deepEqual(table.answer(lock(true)), { status: 200, body: { version: table.version } });
  });
});
