/**
 * One request followed by its id through a little cluster: what the member that was asked logs, and the owner.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { Operation } from '../../../src/member/contract/gateway.ts';
import { Incidents } from '../../../src/member/kit/incidents.ts';
import { RequestLog } from '../../../src/member/kit/request-log.ts';
import type { Log } from '../../../src/ports/log.ts';
import { minotaurRules } from '../../support/minotaur-rules.ts';
import { act, allGames, bodyOf, type Joined, LittleCluster, start } from './little-cluster.ts';

interface Line {
  readonly message: string;
  readonly requestId: unknown;
}

/** Keeps the lines about requests. */
function keptLog(): { readonly log: Log; readonly lines: Line[] } {
  const lines: Line[] = [];
  const keep = (fields: object, message: string) => {
    if ('requestId' in fields) lines.push({ ...fields, message });
  };
  return { log: { info: keep, warn: keep, error: keep }, lines };
}

const unserved = 'a request was answered with a 5xx';
const refused = 'the owner of a game answers a request with a 5xx';
const inDoubt = 'a command is in doubt: what was written with it may have been stored';
const followed = (operation: Operation, requestId = 'r1'): Operation => ({ ...operation, trace: { requestId } });

let cluster: LittleCluster;
beforeEach(() => {
  cluster = new LittleCluster();
});
afterEach(() => cluster.end());

const owned = ({ member }: Joined, owner: string) =>
  allGames.find((gameId) => member.location(gameId).owner === owner) as string;

test('a rule that fails at the owner is told at both, by the same id', async () => {
  const [atA, atB] = [keptLog(), keptLog()];
  const apply: typeof minotaurRules.apply = (state, input, context) => {
    if (input.type === 'register_action') throw new Error('no');
    return minotaurRules.apply(state, input, context);
  };
  const a = await cluster.join('a', {}, { log: atA.log });
  const b = await cluster.join('b', {}, { log: atB.log, rules: { ...minotaurRules, apply } });
  await cluster.settled([a, b]);
  const gameId = owned(a, 'b');
  const { slot } = a.member.location(gameId);
  await cluster.ask(a, start(gameId));
  assert.equal((await cluster.ask(a, followed(act(gameId)))).status, 500);
  assert.equal((await cluster.ask(a, act(gameId))).status, 500);
  const about = { requestId: 'r1', gameId, kind: 'command' };
  const [line, ...more] = atA.lines;
  assert.ok(line && 'tookMs' in line && more.length === 0, 'nobody asked for the other one from outside');
  const { tookMs: _, ...told } = line;
  assert.deepEqual(told, { ...about, status: 500, code: 'rule_failed', owner: 'b', message: unserved });
  assert.deepEqual(atB.lines, [{ ...about, slot, status: 500, code: 'rule_failed', message: refused }]);
});

test('a command that was fenced is told by the owner that wrote it; the client hears nothing of that', async () => {
  const { log, lines } = keptLog();
  const a = await cluster.join('a');
  const b = await cluster.join('b', {}, { log });
  await cluster.settled([a, b]);
  const gameId = owned(a, 'b');
  const { slot } = a.member.location(gameId);
  await cluster.ask(a, start(gameId));
  const sessions = cluster.store.bucket('sessions');
  const stored = await cluster.finish(sessions.read(`${slot}.${gameId}`, 1_000));
  assert.ok(stored);
  const { value, headers, revision: expected } = stored;
  await cluster.finish(sessions.write(`${slot}.${gameId}`, { value, headers, expected, timeoutMs: 1_000 }));
  const answer = await cluster.ask(a, followed(act(gameId)));
  assert.deepEqual([answer.status, bodyOf(answer).version], [200, 2]);
  const about = { requestId: 'r1', gameId, kind: 'command', slot };
  assert.deepEqual(lines, [{ ...about, cause: 'conflict', message: inDoubt }]);
});

test('what cannot be reached is told by the member that was asked', async () => {
  const { log, lines } = keptLog();
  const alone = cluster.add('a', { requestDeadlineMs: 100 }, { log });
  assert.equal((await cluster.ask(alone, followed(act('G')))).status, 503);
  const [line] = lines;
  assert.deepEqual(
    { ...line, tookMs: 0 },
    {
      ...{ requestId: 'r1', gameId: 'G', kind: 'command', status: 503, code: 'session_unavailable', owner: null },
      ...{ tookMs: 0, message: unserved },
    },
  );
});

test('a defect at the owner is logged by the id of the request that met it', () => {
  const { log, lines } = keptLog();
  new Incidents(log).failed('command of G', new Error('no'), { requestId: 'r1' });
  assert.equal(lines[0]?.requestId, 'r1');
});

test('what any client can provoke leaves no line', () => {
  const { log, lines } = keptLog();
  const requestLog = new RequestLog({ log });
  const about = { kind: 'command', gameId: 'G', trace: { requestId: 'r1' } };
  for (const code of ['session_overloaded', 'session_unavailable']) {
    const answer = { status: 503, body: JSON.stringify({ code }), owner: null };
    requestLog.failed(about, answer, 1);
    requestLog.failedHere(about, 1, answer);
  }
  assert.deepEqual(
    lines.map(({ message }) => message),
    [unserved, refused],
  );
});
