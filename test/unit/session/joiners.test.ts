/**
 * Those who join are strangers to each other: what all the others do costs nobody a seat that it has.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GameCommand } from '../../../src/game/commands.ts';
import { JOINERS, PUBLIC } from '../../../src/session/permission.ts';
import { Session } from '../../../src/session/session.ts';
import type { SessionCommand } from '../../../src/session/session-command.ts';
import { minotaurRules } from '../../support/minotaur-rules.ts';

const NOW = Date.UTC(2030, 0, 1);

function lobby() {
  const command = { principal: 'creators', id: 'c', keyed: true, again: false, receivedAt: NOW, fingerprint: 'c' };
  const made = {
    ...{ gameId: 'G', document: { status: 'lobby', settings: { maxPlayers: 3 } }, now: NOW, expected: 0 },
    ...{ largestValue: 2 ** 20, origin: { nonce: 'n', host: { playerId: 'h', displayName: 'H' } } },
    ...{ stamp: { owner: 'm', incarnation: 'i', epoch: 1 }, draw: () => null },
  };
  const created = Session.create(minotaurRules, made, command);
  assert.ok(created.kind === 'created', JSON.stringify(created));
  return created.session;
}

function join(id: string, receivedAt: number): SessionCommand<GameCommand> {
  const key = { principal: JOINERS, id, keyed: true, again: false, receivedAt, fingerprint: id };
  return {
    ...key,
    caller: PUBLIC,
    may: ['anyone'],
    input: { type: 'join', displayName: id, playerId: id, keys: [{ playerId: id, digest: id }] },
  };
}

test('who has a seat and never heard of it gets it, however many others came meanwhile', () => {
  const session = lobby();
  assert.equal(session.submit(join('ada', NOW), NOW).reply.kind, 'result');
  for (let count = 0; count < 97; count += 1) session.submit(join(`p${count}`, NOW + 1), NOW + 1);

  const { reply, written } = session.submit(join('ada', NOW), NOW + 2);
  assert.ok(reply.kind === 'problem');
  assert.deepEqual([reply.code, reply.outcome, written], ['session_unavailable', 'unknown', false]);
  const again = session.submit(join('ada', NOW + 1_000), NOW + 1_000).reply;
  assert.ok(again.kind === 'result', JSON.stringify(again));
  assert.equal(again.grant?.playerId, 'ada');
});
