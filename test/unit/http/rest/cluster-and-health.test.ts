/** Routes of the cluster, liveness and readiness. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemberSilent } from '../../../../src/member/contract/gateway.ts';
import { StoreUnavailable } from '../../../../src/ports/store.ts';
import { asAdmin, injectedEdge } from '../edge-fixture.ts';

test('the cluster as this member sees it', async (t) => {
  const { app, gateway } = await injectedEdge(t);
  const reply = await app.inject('/v1/cluster');
  const nats = { renewedMsAgo: 40, buckets: { sessions: true, archive: false } };
  assert.deepEqual(reply.json(), { self: 'm1', revision: 5, members: [], slots: 256, unowned: 0, nats });
  gateway.failure = new StoreUnavailable('away');
  const away = await app.inject('/v1/cluster');
  assert.equal(away.statusCode, 503);
  assert.equal(away.json().code, 'cluster_unavailable');
  assert.ok(away.json().outcome);
  assert.equal(away.headers['retry-after'], '1');
});

test('what makes no progress is told to everybody, and its names, which let people in, to administrators', async (t) => {
  const { app, gateway } = await injectedEdge(t);
  const stuck = [{ kind: 'claim', count: 2, oldest: [{ what: '7.ABCDEFGH', forMs: 61_000 }] }];
  const member = { id: 'm1', incarnation: 'i1', status: 'active', slots: 1, sessions: 1, version: '1' } as const;
  gateway.members = [
    { ...member, stuck },
    { ...member, id: 'm2' },
  ];
  const [named, plain] = (await app.inject({ url: '/v1/cluster', headers: asAdmin })).json().members;
  assert.deepEqual([named.stuck, plain.stuck], [stuck, undefined]);
  const everybody = await app.inject('/v1/cluster');
  assert.deepEqual(everybody.json().members[0].stuck, [{ kind: 'claim', count: 2, oldest: [] }]);
  assert.ok(!everybody.body.includes('ABCDEFGH'));
});

test('who owns which slot is told to whoever asks for it', async (t) => {
  const { app, gateway } = await injectedEdge(t);
  const asked = '/v1/cluster?include=slots';
  assert.equal((await app.inject(asked)).json().slotMap, null);
  const lists = { owners: ['m1', null], desiredOwners: ['m1', 'm2'], epochs: [3, 1], acquired: ['handoff', 'initial'] };
  gateway.slotMap = { ...lists, unowned: 1 };
  assert.deepEqual((await app.inject(asked)).json().slotMap, lists);
  assert.ok(!('slotMap' in (await app.inject('/v1/cluster')).json()));
  const wrong = await app.inject('/v1/cluster?include=games');
  assert.deepEqual([wrong.statusCode, wrong.json().detail], [400, 'include: must be slots']);
});

test('a member is cordoned and taken back', async (t) => {
  const { app, gateway } = await injectedEdge(t);
  const send = (method: 'POST' | 'DELETE', id: string) =>
    app.inject({ method, url: `/v1/cluster/members/${id}/drain`, headers: asAdmin });
  const cordoned = await send('POST', 'm1');
  assert.equal(cordoned.statusCode, 202);
  assert.deepEqual(cordoned.json(), { memberId: 'm1', draining: true });
  assert.equal(gateway.drained.get('m1'), true);
  const back = await send('DELETE', 'm1');
  assert.equal(back.statusCode, 200);
  assert.deepEqual(back.json(), { memberId: 'm1', draining: false });
  assert.equal(gateway.drained.get('m1'), false);
  assert.equal((await send('POST', 'nobody')).json().code, 'member_not_found');
  assert.equal((await send('POST', 'a.b')).json().code, 'bad_request');
  gateway.failure = new MemberSilent('m1 did not take it');
  const silent = await send('POST', 'm1');
  assert.equal(silent.statusCode, 503);
  const { code, detail, outcome } = silent.json();
  assert.deepEqual([code, detail, outcome], ['cluster_unavailable', 'm1 did not take it', 'unknown']);
});

test('livez answers whatever the cluster does, and says who answers', async (t) => {
  const { app, gateway, edge } = await injectedEdge(t);
  gateway.readiness = { ready: false, reasons: ['no lease'] };
  gateway.draining = true;
  edge.stage = 'draining';
  gateway.failure = new StoreUnavailable('away');
  const reply = await app.inject('/livez');
  assert.equal(reply.statusCode, 200);
  assert.equal(reply.headers['x-minotaur-member'], 'm1');
  assert.equal(reply.headers['x-minotaur-incarnation'], 'i1');
});

test('livez says how old the last renewal is, readyz what is waited for by all', async (t) => {
  const { app, gateway } = await injectedEdge(t);
  assert.equal((await app.inject('/livez')).headers['x-minotaur-renewed-ms'], '40');
  gateway.renewedMsAgo = null;
  assert.ok(!('x-minotaur-renewed-ms' in (await app.inject('/livez')).headers));
  gateway.readiness = { ready: true, reasons: ['NATS acknowledges no renewals'] };
  const reply = await app.inject('/readyz');
  assert.deepEqual(
    [reply.statusCode, reply.json()],
    [200, { ready: true, reasons: ['NATS acknowledges no renewals'] }],
  );
});

test('readyz says what is missing', async (t) => {
  const { app, gateway, edge } = await injectedEdge(t);
  const ready = await app.inject('/readyz');
  assert.equal(ready.statusCode, 200);
  assert.deepEqual(ready.json(), { ready: true });

  gateway.readiness = { ready: false, reasons: ['joining'] };
  const joining = await app.inject('/readyz');
  assert.equal(joining.statusCode, 503);
  assert.deepEqual(joining.json(), { ready: false, reasons: ['joining'] });

  gateway.readiness = { ready: true, reasons: [] };
  gateway.draining = true;
  assert.deepEqual((await app.inject('/readyz')).json(), { ready: false, reasons: ['draining'] });
  gateway.draining = false;
  edge.stage = 'draining';
  assert.equal((await app.inject('/readyz')).statusCode, 503);
});
