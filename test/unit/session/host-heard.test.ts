/** When a session last heard the host of its game: what the rules of taking the hosting over get to know. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GameCommand } from '../../../src/game/commands.ts';
import type { GameState } from '../../../src/game/state.ts';
import type { Caller } from '../../../src/session/permission.ts';
import { Session } from '../../../src/session/session.ts';
import { decode, ownVersions } from '../../../src/session/snapshot.ts';
import { minotaurRules } from '../../support/minotaur-rules.ts';

const start = Date.UTC(2026, 0, 1);
const TWO_MINUTES = 120_000;
const nonce = 'n';
const stamp = { owner: 'm1', incarnation: 'i1', epoch: 1 };
const largestValue = 1024 * 1024;
const host: Caller = { kind: 'player', playerId: 'h', nonce, generation: 1 };
const guest: Caller = { kind: 'player', playerId: 'p1', nonce, generation: 2 };

type Game = Session<GameState, GameCommand>;
let commands = 0;

function submit(game: Game, caller: Caller, input: GameCommand, now: number): string {
  commands += 1;
  const key = { principal: 'x', id: `c${commands}`, keyed: false, again: false, receivedAt: now, fingerprint: 'f' };
  const may = ['anyone'] as const;
  const { reply } = game.submit({ ...key, caller, may, input }, now);
  return reply.kind === 'problem' ? reply.code : 'applied';
}

function lobby(): Game {
  const origin = { nonce, host: { playerId: 'h', displayName: 'Ada' } };
  const from = { gameId: 'ABC', document: { status: 'lobby' }, origin, now: start, stamp, expected: 0, largestValue };
  const creation = { principal: 'c', id: 'c', keyed: true, again: false, receivedAt: start, fingerprint: 'f' };
  const made = Session.create(minotaurRules, from, creation);
  assert.ok(made.kind === 'created');
  assert.equal(
    submit(made.session, { kind: 'public' }, { type: 'join', playerId: 'p1', displayName: 'Bob' }, start),
    'applied',
  );
  return made.session;
}

const take = (game: Game, now: number) =>
  submit(game, guest, { type: 'take_host', playerId: 'p1', appointed: false }, now);

test('the host is heard by its commands and by its reads, nobody else counts for it', () => {
  const game = lobby();
  submit(game, host, { type: 'set_ready', playerId: 'h', ready: true }, start + 60_000);
  game.hear(guest, start + 90_000);
  game.hear({ ...host, generation: 0 }, start + 90_000);
  game.hear({ kind: 'admin' }, start + 90_000);
  assert.equal(game.hostHeardAt, start + 60_000);
  assert.equal(take(game, start + TWO_MINUTES), 'host_present');
  game.hear(host, start + 100_000);
  game.hear(host, start + 50_000);
  assert.equal(game.hostHeardAt, start + 100_000);
  assert.equal(take(game, start + 100_000 + TWO_MINUTES - 1), 'host_present');
  assert.equal(take(game, start + 100_000 + TWO_MINUTES), 'applied');
});

test('whoever takes the game over counts from what it is told; told nothing, the host is there', () => {
  const game = lobby();
  const cut = game.cut(ownVersions(minotaurRules));
  assert.ok(cut);
  const resumed = (hostHeardAt?: number) => {
    const known = hostHeardAt === undefined ? {} : { hostHeardAt };
    const from = { revision: 1, sizeBytes: cut.value.length, stamp, writtenAt: null, largestValue, ...known };
    return Session.resume(minotaurRules, decode(minotaurRules, cut.value), from);
  };
  const later = start + 10 * TWO_MINUTES;
  assert.equal(take(resumed(), later), 'host_present');
  assert.equal(take(resumed(later), later + TWO_MINUTES - 1), 'host_present');
  assert.equal(take(resumed(later), later + TWO_MINUTES), 'applied');
  assert.equal(take(resumed(start), later), 'applied');
});
