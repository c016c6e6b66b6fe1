/**
 * The spans of a little cluster: a command followed over a forward to its owner, and a write linked to all commands in it.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { openTelemetry } from '../../../src/adapters/tracing.ts';
import type { Operation } from '../../../src/member/contract/gateway.ts';
import type { Parent } from '../../../src/ports/tracing.ts';
import { MemorySdk } from '../../support/memory-tracer.ts';
import { act, allGames, type Joined, LittleCluster, read, start } from './little-cluster.ts';

let told: () => void = () => undefined;
const sdk = new MemorySdk(() => told());
const tracing = openTelemetry('1.0.0', { error: () => undefined });
assert.ok(tracing);

let cluster: LittleCluster;
beforeEach(() => {
  cluster = new LittleCluster();
  told = () => undefined;
  sdk.ended.length = 0;
});
afterEach(() => cluster.end());

const traced = (operation: Operation, parent?: Parent): Operation => ({
  ...operation,
  trace: { requestId: 'r1', ...(parent && { parent }) },
});
const request = () => tracing.begin({ role: 'request', name: 'request', attributes: {} });

/** Two members, and a game of the other one; `of`: whether each traces. */
async function pair(...of: readonly boolean[]): Promise<{ asked: Joined; gameId: string; slot: number }> {
  const [asked, owner] = [
    await cluster.join('a', {}, { tracing: of[0] === false ? null : tracing }),
    await cluster.join('b', {}, { tracing: of[1] === false ? null : tracing }),
  ];
  await cluster.settled([asked, owner]);
  const gameId = allGames.find((id) => asked.member.location(id).owner === 'b') as string;
  await cluster.ask(asked, start(gameId));
  sdk.ended.length = 0;
  return { asked, gameId, slot: asked.member.location(gameId).slot };
}

test('over a forward: request, message, command at the owner; and the write links to the command', async () => {
  const { asked, gameId, slot } = await pair();
  const span = request();
  assert.equal((await cluster.ask(asked, traced(act(gameId), span))).status, 200);
  span.end();
  const [commit, command, forward, root] = sdk.ended;
  assert.ok(commit && command && forward && root && sdk.ended.length === 4);
  assert.deepEqual(
    [commit, command, forward].map(({ name, kind }) => [name, kind]),
    [
      ['publish sessions', SpanKind.CLIENT],
      ['minotaur.member/command', SpanKind.SERVER],
      ['minotaur.member/command', SpanKind.CLIENT],
    ],
  );
  assert.deepEqual([forward.parent, command.parent, commit.parent], [root.id, forward.id, null]);
  assert.deepEqual([forward.traceId, command.traceId], [root.traceId, root.traceId]);
  assert.deepEqual([forward.isParentRemote, command.isParentRemote], [false, true]);
  assert.deepEqual(
    commit.links.map(({ context }) => [context.traceId, context.spanId]),
    [[root.traceId, command.id]],
  );
  const about = { 'minotaur.game.id': gameId, 'minotaur.slot': slot };
  const rpc = { 'rpc.system': 'minotaur', 'rpc.service': 'minotaur.member', 'rpc.method': 'command' };
  const called = { ...about, ...rpc, 'minotaur.request.id': 'r1', 'rpc.response.status_code': '200' };
  assert.deepEqual(command.attributes, called);
  assert.deepEqual(forward.attributes, { ...called, 'server.address': 'b' });
  assert.deepEqual(commit.attributes, {
    ...about,
    'messaging.system': 'nats',
    'messaging.operation.name': 'publish',
    'messaging.operation.type': 'send',
    'messaging.destination.name': 'sessions',
    'minotaur.commit.operations': 1,
  });
});

test('at home there is no message; commands that share a write are its links, each once', async () => {
  const alone = await cluster.join('a', {}, { tracing });
  await cluster.ask(alone, traced(start('G')));
  sdk.ended.length = 0;
  const parents = [1, 2, 3, 4].map(request);
  // The first is under way while the other three come.
  const answers = parents.map((parent) => alone.member.execute(traced(act('G'), parent)));
  for (const { status } of await cluster.finish(Promise.all(answers))) assert.equal(status, 200);
  const commands = sdk.named('minotaur.member/command');
  assert.deepEqual(
    commands.map(({ kind }) => kind),
    Array(4).fill(SpanKind.INTERNAL),
  );
  const idOf = (index: number) => commands[index]?.id;
  assert.deepEqual(
    sdk
      .named('publish sessions')
      .map(({ links, attributes }) => [
        links.map(({ context }) => context.spanId),
        attributes['minotaur.commit.operations'],
      ]),
    [
      [[idOf(0)], 1],
      [[idOf(1), idOf(2), idOf(3)], 3],
    ],
  );
  await cluster.ask(alone, traced(start('H')));
  const [made] = sdk.named('minotaur.member/continue');
  assert.deepEqual(
    sdk
      .named('publish sessions')
      .at(-1)
      ?.links.map(({ context }) => context.spanId),
    [made?.id],
  );
});

test('what comes while the record of a round is archived is a link of the next write', async () => {
  const alone = await cluster.join('a', {}, { tracing });
  await cluster.ask(alone, start('G'));
  sdk.ended.length = 0;
  const end = { ...act('G'), input: { type: 'end_round', round: 1 } } as Operation;
  const ending = alone.member.execute(traced(end, request()));
  await cluster.clock.advance(1);
  const acting = alone.member.execute(traced(act('G'), request()));
  await cluster.finish(Promise.all([ending, acting]));
  const linked = sdk.named('publish sessions').map(({ links }) => links.map(({ context }) => context.spanId));
  assert.deepEqual(
    linked,
    sdk.named('minotaur.member/command').map(({ id }) => [id]),
  );
  assert.equal(linked.length, 2);
});

test('an owner that is fenced says so; the member that was asked tries again, in a span of its own', async () => {
  const { asked, gameId, slot } = await pair();
  const sessions = cluster.store.bucket('sessions');
  const stored = await cluster.finish(sessions.read(`${slot}.${gameId}`, 1_000));
  assert.ok(stored);
  const { value, headers, revision: expected } = stored;
  await cluster.finish(sessions.write(`${slot}.${gameId}`, { value, headers, expected, timeoutMs: 1_000 }));
  const span = request();
  assert.equal((await cluster.ask(asked, traced(act(gameId), span))).status, 200);
  span.end();
  const [inDoubt, done] = sdk.named('minotaur.member/command').filter(({ kind }) => kind === SpanKind.SERVER);
  assert.deepEqual([inDoubt?.attributes['error.type'], inDoubt?.status?.code], ['in_doubt', SpanStatusCode.ERROR]);
  assert.deepEqual([done?.attributes['error.type'], done?.traceId], [undefined, inDoubt?.traceId]);
  const forwards = sdk.named('minotaur.member/command').filter(({ kind }) => kind === SpanKind.CLIENT);
  assert.deepEqual(
    forwards.map(({ attributes }) => attributes['error.type']),
    ['moved', undefined],
  );
  assert.equal(sdk.named('publish sessions')[0]?.attributes['error.type'], 'conflict');
});

test('a member that traces and one that does not understand each other', async () => {
  const toQuiet = await pair(true, false);
  const span = request();
  assert.equal((await cluster.ask(toQuiet.asked, traced(act(toQuiet.gameId), span))).status, 200);
  assert.deepEqual(
    sdk.ended.map(({ kind }) => kind),
    [SpanKind.CLIENT],
  );
});

test('an owner whom nobody told of a span begins a trace; what members ask by themselves has none', async () => {
  const { asked, gameId } = await pair(false, true);
  assert.equal((await cluster.ask(asked, traced(act(gameId)))).status, 200);
  const [command] = sdk.named('minotaur.member/command');
  assert.deepEqual([command?.parent, command?.attributes['minotaur.request.id']], [null, 'r1']);
  sdk.ended.length = 0;
  assert.equal((await cluster.ask(asked, read(gameId))).status, 200);
  assert.deepEqual(sdk.ended, []);
});

test('an SDK that fails at the end of every span costs nobody anything', async () => {
  const { asked, gameId } = await pair();
  told = () => {
    throw new Error('of a span processor');
  };
  const { status, body } = await cluster.ask(asked, traced(act(gameId)));
  assert.deepEqual([status, JSON.parse(body).version], [200, 2]);
});
