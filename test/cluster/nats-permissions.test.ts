/**
 * Three members whose NATS user may do exactly what src/adapters/nats/permissions.ts lists live through everything that a cluster
 * lives through: NATS refuses nothing, and of what is listed all is used.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { memberPermissions, type Permissions, permissionFor } from '../../src/adapters/nats/permissions.ts';
import { minotaur } from '../../src/client/index.ts';
import { expectStatus } from '../support/client.ts';
import { TestCluster } from '../support/cluster.ts';
import { Followed } from '../support/followed.ts';
import { natsAccount, natsAccounts } from '../support/nats-users.ts';
import { Player } from '../support/player.ts';
import { RecordedGame } from '../support/recorded-game.ts';
import { waitFor } from '../support/wait.ts';

const namespace = 'guarded';
const password = 'a-password';
const permissions = memberPermissions(namespace, true);
/**
 * Used after an hour; by those who fall behind a megabyte; and, of the sessions, after five minutes and where a slot holds very many:
 * test/contract/nats-permissions.test.ts does all of that.
 */
const rare = /^\$JS\.(FC|API\.STREAM\.PURGE|API\.CONSUMER\.\w+\.KV_\w+_sessions)\./;

/** The tests' own tools come without a user. */
const config = `${natsAccounts(
  natsAccount('MEMBERS', [
    { user: 'member', password, permissions },
    { user: 'tools', password },
  ]),
)}no_auth_user: tools\ntrace: true\nmax_traced_msg_len: 1\n`;

/** Subjects that clients published or subscribed to, as the server tells. */
function tracedSubjects(output: string): Readonly<Record<keyof Permissions, ReadonlySet<string>>> {
  const subjects = (verbs: string) =>
    new Set([...output.matchAll(new RegExp(`<<- \\[(?:${verbs}) (\\S+)`, 'g'))].map(([, subject = '']) => subject));
  return { publish: subjects('PUB|HPUB'), subscribe: subjects('SUB') };
}

test('a cluster needs the permissions that are listed, and no other', { timeout: 90_000 }, async (t) => {
  const environment = { MINOTAUR_NAMESPACE: namespace };
  const cluster = await TestCluster.start(t, { natsConfig: config, natsLogin: `member:${password}@`, environment });
  const [a, b, c] = await cluster.addMembers('a', 'b', 'c');
  assert.ok(a && b && c);
  await cluster.settled();

  const games = await Promise.all([0, 1, 2, 3, 4, 5].map((index) => RecordedGame.start(cluster.anyone, `P${index}`)));
  const everybodyActs = () => Promise.all(games.map((game) => game.register(cluster.anyone, 'p0')));
  await everybodyActs();
  const player = await Player.create(a.url);
  const sockets = [a, b, c].map(({ url }) => new Followed(minotaur(url).rejoin(player)));
  t.after(() => {
    for (const socket of sockets) socket.close();
  });
  await waitFor('all sockets watch', () => sockets.every(({ versions }) => versions.length > 0));
  expectStatus(await player.start(b.url), 200);
  expectStatus(await player.commit(c.url, 1), 200);
  const { version } = expectStatus(await player.read(a.url), 200) as { version: number };
  await waitFor('all sockets see it', () => sockets.every(({ versions }) => versions.at(-1) === version));

  await cluster.drainAndTakeBack(a, 'b');
  await everybodyActs();
  await c.kill();
  await everybodyActs();
  c.start({ MINOTAUR_RETENTION_DAYS: '7' });
  await c.ready();
  for (const member of [a, b]) {
    assert.deepEqual(await member.terminate(), { code: 0, signal: null });
    member.start({ MINOTAUR_RETENTION_DAYS: '7' });
    await member.ready();
    await everybodyActs();
  }
  expectStatus(await a.send('DELETE', `/v1/games/${player.gameId}`, { key: randomUUID() }), 204);
  for (const game of games) assert.deepEqual(await game.verdict(cluster.anyone), []);

  const traced = await cluster.nats.output();
  assert.doesNotMatch(traced, /(permissions|publish|subscription) violation/i);
  for (const { output } of cluster.members) assert.doesNotMatch(output, /NATS does not allow/);
  const used = tracedSubjects(traced);
  for (const action of ['publish', 'subscribe'] as const) {
    const unused = permissions[action].filter(
      (permission) =>
        !rare.test(permission) && ![...used[action]].some((subject) => permissionFor([permission], subject)),
    );
    assert.deepEqual(unused, [], `never used to ${action}`);
  }
});
