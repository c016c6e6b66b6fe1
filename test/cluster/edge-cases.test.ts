/**
 * The edges of a member's life: alone, twice, wrongly configured, without NATS, cordoned, told to stop twice.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { expectStatus, type Reply } from '../support/client.ts';
import { TestCluster } from '../support/cluster.ts';
import type { MemberProcess } from '../support/member-process.ts';
import { RecordedGame } from '../support/recorded-game.ts';
import { waitFor } from '../support/wait.ts';

const timeout = 120_000;

function register(member: MemberProcess, id: string): Promise<Reply> {
  const body = { type: 'move', vector: { q: 1, r: 0 }, playerId: 'p0' };
  return member.send('POST', `/v1/games/${id}/actions`, { key: randomUUID(), body });
}

function read(member: MemberProcess, id: string, query = ''): Promise<Reply> {
  return member.send('GET', `/v1/games/${id}${query}`);
}

test('one member alone is a cluster of one', { timeout }, async (t) => {
  const cluster = await TestCluster.start(t);
  const alone = await cluster.addMember('alone');
  const report = await alone.report();
  assert.equal(report.self, 'alone');
  assert.equal(report.unowned, 0);
  assert.deepEqual(
    report.members.map(({ id, status, slots }) => ({ id, status, slots })),
    [{ id: 'alone', status: 'active', slots: 256 }],
  );
  const game = await RecordedGame.start(cluster.anyone, 'G');
  await game.register(cluster.anyone, 'p0');
  await game.read(alone.url);
  await game.endRound(cluster.anyone);
  assert.deepEqual(await game.verdict(cluster.anyone), []);
  assert.deepEqual(await alone.terminate(), { code: 0, signal: null });
});

test('a second process of an id that answers exits 78; of one that is dead it takes over', { timeout }, async (t) => {
  const cluster = await TestCluster.start(t);
  const first = await cluster.addMember('twin');
  await RecordedGame.start(cluster.anyone, 'G');
  const second = await cluster.prepareMember('twin');
  second.start();
  const exit = await waitFor('the second exits', () => second.child.exit);
  assert.deepEqual(exit, { code: 78, signal: null });
  assert.match(second.output, /twin/);
  expectStatus(await register(first, 'G'), 200);

  await first.kill();
  second.start();
  await second.ready();
  const reply = await read(second, 'G');
  const { game } = expectStatus(reply, 200) as { game: { registeredActions: Record<string, unknown[]> } };
  assert.equal(game.registeredActions.p0?.length, 1);
});

test('wrong settings: every one is named in one message, exit 78', { timeout }, async (t) => {
  const cluster = await TestCluster.start(t, { startNats: false });
  const wrong = {
    MINOTAUR_NATS_URL: '',
    MINOTAUR_ADMIN_TOKEN: '',
    MINOTAUR_TOKEN_SECRETS: '',
    MINOTAUR_PORT: 'many',
    MINOTAUR_SLOTS: '0',
    MINOTAUR_HEARTBEAT_MS: '200',
    MINOTAUR_GONE_MS: '300',
    MINOTAUR_NAMESPACE: 'a.b',
  };
  const { MINOTAUR_HEARTBEAT_MS: _, ...named } = wrong;
  const member = await cluster.prepareMember('wrong', wrong);
  member.start();
  assert.deepEqual(await waitFor('it exits', () => member.child.exit), { code: 78, signal: null });
  const missing = Object.keys(named).filter((name) => !member.output.includes(name));
  assert.deepEqual(missing, [], member.output);
});

test('another number of slots than the cluster has is refused, with both numbers', { timeout }, async (t) => {
  const cluster = await TestCluster.start(t);
  const first = await cluster.addMember('a');
  const second = await cluster.prepareMember('b', { MINOTAUR_SLOTS: '128' });
  second.start();
  assert.deepEqual(await waitFor('it exits', () => second.child.exit), { code: 78, signal: null });
  assert.match(second.output, /128/);
  assert.match(second.output, /256/);
  assert.deepEqual(
    (await first.report()).members.map(({ id }) => id),
    ['a'],
  );
});

test('a member of another game is refused, with both names; and never joins', { timeout }, async (t) => {
  const cluster = await TestCluster.start(t);
  const first = await cluster.addMember('a');
  const second = await cluster.prepareMember('b', { MINOTAUR_GAME: 'tic-tac-toe' });
  second.start();
  assert.deepEqual(await waitFor('it exits', () => second.child.exit), { code: 78, signal: null });
  assert.match(second.output, /this member plays .*tic-tac-toe.*this cluster plays .*minotaur.*MINOTAUR_NAMESPACE/);
  assert.deepEqual(
    (await first.report()).members.map(({ id }) => id),
    ['a'],
  );
});

test('without NATS a member starts, says so, and becomes ready when NATS comes', { timeout }, async (t) => {
  const cluster = await TestCluster.start(t, { startNats: false });
  const member = await cluster.prepareMember('early');
  member.start();
  await member.live();
  const notReady = await member.send('GET', '/readyz');
  assert.equal(notReady.status, 503);
  assert.notDeepEqual((notReady.json as { reasons: string[] }).reasons, []);
  await waitFor('its log says what it waits for', () => /nats/i.test(member.output));
  await cluster.nats.startAll();
  await member.ready();
  await RecordedGame.start(cluster.anyone, 'G');
});

test('NATS away: eventual reads are marked stale, the rest waits and then says 503, all resumes', {
  timeout,
}, async (t) => {
  const cluster = await TestCluster.start(t, { environment: { MINOTAUR_REQUEST_DEADLINE_MS: '1000' } });
  const [a, b] = await cluster.addMembers('a', 'b');
  assert.ok(a && b);
  await cluster.settled();
  const games = await Promise.all(['G1', 'G2', 'G3', 'G4'].map((id) => RecordedGame.start(cluster.anyone, id)));
  for (const game of games) await game.register(cluster.anyone, 'p0');
  const owners = new Map<string, MemberProcess>();
  for (const { id } of games) owners.set(id, (await read(a, id)).headers['x-minotaur-owner'] === 'a' ? a : b);
  const incarnations = async () => (await a.report()).members.map(({ incarnation }) => incarnation).sort();
  const before = await incarnations();

  await cluster.nats.killAll();
  for (const [id, owner] of owners) {
    const stale = await waitFor('an eventual read says that it may be stale', async () => {
      const { version, stale } = expectStatus(await read(owner, id, '?consistency=eventual'), 200) as Record<
        string,
        unknown
      >;
      return stale === true ? { version } : null;
    });
    assert.equal(stale.version, expectVersion(games, id));
    for (const reply of [await read(owner, id), await register(owner, id)]) {
      assert.equal(reply.status, 503, reply.text);
      assert.equal(reply.code, 'session_unavailable');
      assert.ok(reply.headers['retry-after'], 'Retry-After is there');
      assert.match(String((reply.json as { outcome?: string }).outcome), /^(unknown|notApplied)$/);
    }
  }
  await waitFor('readiness is taken back', async () => (await a.send('GET', '/readyz')).status === 503, {
    timeoutMs: 45_000,
  });
  assert.equal((await a.send('GET', '/livez')).status, 200);

  await cluster.nats.startAll();
  await Promise.all([a.ready(), b.ready()]);
  await cluster.settled();
  for (const { id } of games)
    expectStatus(
      await waitFor('writes work', async () => {
        const reply = await register(b, id);
        return reply.status === 200 ? reply : null;
      }),
      200,
    );
  assert.deepEqual(await incarnations(), before, 'nobody was expelled for the outage');
});

function expectVersion(games: readonly RecordedGame[], id: string): number {
  const game = games.find((one) => one.id === id);
  return game?.history.commands.at(-1)?.results[0]?.version ?? -1;
}

test('listings and reads tell the truth while a member dies', { timeout }, async (t) => {
  const cluster = await TestCluster.start(t);
  const [a, b, c] = await cluster.addMembers('a', 'b', 'c');
  assert.ok(a && b && c);
  await cluster.settled();
  const ids = Array.from({ length: 60 }, (_, index) => `G${index}`).sort();
  await Promise.all(ids.map((id) => RecordedGame.start(cluster.anyone, id)));
  // Nobody lists a game twice, or one that is not there; a listing that is not `partial` is complete.
  const list = async (member: MemberProcess) => {
    const reply = await member.send('GET', '/v1/games?limit=500');
    const { games, partial } = expectStatus(reply, 200) as { games: { id: string }[]; partial: boolean };
    const listed = games.map(({ id }) => id);
    if (partial) assert.ok(listed.every((id) => ids.includes(id)) && new Set(listed).size === listed.length);
    else assert.deepEqual(listed, ids);
    return !partial;
  };
  assert.ok(await waitFor('a complete listing', () => list(a)));
  assert.equal((await read(a, 'NOSUCHGAME')).code, 'game_not_alive');

  const checks = async (member: MemberProcess) => {
    const [games, unknown] = await Promise.all([
      Promise.all(ids.map((id) => read(member, id))),
      Promise.all(['NO1', 'NO2', 'NO3', 'NO4', 'NO5', 'NO6'].map((id) => read(member, id))),
      list(member),
    ]);
    for (const reply of games) assert.equal(reply.status, 200, reply.text);
    for (const reply of unknown) assert.equal(reply.code, 'game_not_alive', reply.text);
  };
  const died = c.kill();
  const moved = cluster.waitForReport(a, 'c is gone', ({ members, unowned }) => members.length === 2 && unowned === 0);
  let gone = false;
  void moved.then(
    () => (gone = true),
    () => (gone = true),
  );
  do await Promise.all([checks(a), checks(b)]);
  while (!gone);
  await Promise.all([died, moved]);
  assert.ok(await waitFor('a complete listing', () => list(b)));
});

test('a drain by the admin API cordons the member until it is taken back', { timeout }, async (t) => {
  const cluster = await TestCluster.start(t);
  const [a, b] = await cluster.addMembers('a', 'b');
  assert.ok(a && b);
  await cluster.settled();
  await Promise.all(['G1', 'G2', 'G3'].map((id) => RecordedGame.start(cluster.anyone, id)));
  assert.equal((await a.send('POST', '/v1/cluster/members/b/drain', { token: null })).status, 401);
  assert.equal((await a.send('POST', '/v1/cluster/members/nobody/drain')).code, 'member_not_found');

  assert.ok((await a.send('POST', '/v1/cluster/members/b/drain')).status < 300);
  await cluster.waitForReport(a, 'b is leaving and holds nothing', ({ members }) =>
    members.some(({ id, status, slots }) => id === 'b' && status === 'leaving' && slots === 0),
  );
  assert.equal((await b.send('GET', '/readyz')).status, 503);
  for (const id of ['G1', 'G2', 'G3']) {
    const reply = await register(b, id);
    assert.equal(reply.status, 200, reply.text);
    assert.equal(reply.headers['x-minotaur-member'], 'b', 'it still serves as a gateway');
    assert.equal(reply.headers['x-minotaur-owner'], 'a');
  }

  assert.ok((await a.send('DELETE', '/v1/cluster/members/b/drain')).status < 300);
  await cluster.settled();
  await b.ready();
});

test('SIGTERM drains and exits 0; a second one exits at once', { timeout }, async (t) => {
  const cluster = await TestCluster.start(t, { environment: { MINOTAUR_DRAIN_MIN_MS: '20000' } });
  const patient = await cluster.addMember('patient', { MINOTAUR_DRAIN_MIN_MS: '1000' });
  const hasty = await cluster.addMember('hasty');
  const began = performance.now();
  const exit = patient.terminate();
  await waitFor('readiness fails at once', async () => (await patient.send('GET', '/readyz')).status === 503);
  assert.deepEqual(await exit, { code: 0, signal: null });
  assert.ok(performance.now() - began >= 1_000, 'the listener stays for drainMinMs');

  hasty.child.signal('SIGTERM');
  await waitFor('it drains', async () => (await hasty.send('GET', '/readyz')).status === 503);
  hasty.child.signal('SIGTERM');
  await waitFor('it exits at once', () => hasty.child.exit, { timeoutMs: 2_000 });
});
