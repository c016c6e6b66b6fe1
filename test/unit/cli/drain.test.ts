/** `drain` and `undrain`: what cannot come about is not asked for, and what was asked for is never left unsaid. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { ClusterAnswer } from '../../../src/cli/cluster-findings.ts';
import { hindrance } from '../../../src/cli/hindrance.ts';
import { run } from '../../../src/cli/run.ts';
import { wellCluster, withMember } from './samples.ts';

type Asked = 'POST' | 'DELETE';

/** Calls the tool against a cluster that answers what `answer` makes of what was asked before. */
async function call(t: TestContext, argv: readonly string[], answer: (asked: readonly Asked[]) => ClusterAnswer) {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.method === 'GET') return response.end(JSON.stringify(answer(asked)));
    asked.push(request.method as Asked);
    return response.end('{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const said: string[] = [];
  let now = 0;
  const code = await run(argv, {
    environment: { MINOTAUR_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
    write: (text) => said.push(text),
    writeError: (text) => said.push(text),
    wall: () => {
      now += 1_000;
      return now;
    },
    pause: async () => {},
    stopped: new AbortController().signal,
  });
  return { code, said: said.join(''), asked };
}

const cut = { renewedMsAgo: 9_000, buckets: {} };
const drained = withMember('m2', { status: 'leaving', slots: 0 });
const hindered: Readonly<Record<string, readonly [ClusterAnswer, RegExp]>> = {
  'whoever else there is leaves': [withMember('m1', { status: 'leaving' }), /nobody is left to take its 2 slots/],
  'it is alone': [{ ...wellCluster, self: 'm2', members: wellCluster.members.slice(1) }, /nobody is left to take/],
  'NATS is away': [
    { ...wellCluster, nats: cut },
    /NATS acknowledged the last renewal of m1 9 s ago, and nothing moves/,
  ],
  'NATS is away since a moment': [withMember('m1', { sessions: null }), /m1 asks through NATS, which does not answer/],
};

for (const [what, [cluster, words]] of Object.entries(hindered)) {
  test(`a drain is not asked for where ${what}`, async (t) => {
    const { code, said, asked } = await call(t, ['drain', 'm2'], () => cluster);
    assert.deepEqual([code, asked], [1, []]);
    assert.match(said, words);
    assert.match(said, /^m2 is not asked: /);
  });
}

test('a member that stands still takes nothing over', () => {
  const cluster = { ...withMember('m1', { sessions: null }), self: 'm2' };
  assert.match(hindrance(cluster, 'm2') ?? '', /no other member is active and answers/);
  assert.equal(hindrance(wellCluster, 'm2'), null);
  assert.equal(hindrance(drained, 'm2'), null, 'it owns nothing');
});

test('a drain for which nobody is left once it is asked says why meanwhile, that it stays asked, and how to undo it', async (t) => {
  const later = withMember('m2', { status: 'leaving' });
  const alone = { ...later, self: 'm2', members: later.members.slice(1) };
  const { code, said, asked } = await call(t, ['drain', 'm2'], (before) => (before.length === 0 ? wellCluster : alone));
  assert.deepEqual([code, asked], [1, ['POST']]);
  assert.match(said, /m2 holds 2 slots yet: nobody is left to take its 2 slots/);
  assert.match(said, /m2 still holds 2 slots: nobody is left .*\nIt stays asked .*: minotaur undrain m2\n$/);
});

test('what is so already is said, not claimed as done', async (t) => {
  const again = await call(t, ['drain', 'm2'], () => drained);
  assert.deepEqual([again.code, again.said.split('\n')[0]], [0, 'm2 was drained before, and owns nothing.']);
  const never = await call(t, ['undrain', 'm2'], () => wellCluster);
  assert.deepEqual([never.code, never.said.split('\n')[0]], [0, 'm2 was not drained: it is active, with 2 slots.']);
  const done = await call(t, ['drain', 'm2'], (asked) => (asked.length === 0 ? wellCluster : drained));
  assert.match(done.said, /^m2 owns nothing any more: it handed over 2 slots in /);
  const back = await call(t, ['undrain', 'm2'], (asked) => (asked.length === 0 ? drained : wellCluster));
  assert.match(back.said, /^m2 is back, and has a share after /);
});
