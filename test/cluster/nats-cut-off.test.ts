/**
 * A NATS server that leads streams is cut off for 20 s, from the other servers and from the members, and its election takes its time.
 * The Service is never empty: members that all wait for NATS stay ready (ADR 32). Requests wait, or are told honestly; afterwards all is well.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { expectStatus, type Reply, send } from '../support/client.ts';
import { TestCluster } from '../support/cluster.ts';
import type { MemberProcess } from '../support/member-process.ts';
import { RecordedGame } from '../support/recorded-game.ts';
import { pauseBetweenTries, waitFor } from '../support/wait.ts';

const cutMs = 20_000;
const silent = 'NATS acknowledges no renewals';
const gameId = 'CUT0FF00';

interface Readiness {
  readonly ready: boolean;
  readonly reasons?: readonly string[];
}

/** Asks all members again and again until stopped: their readiness, a read that may be old, and a command, each once. */
class Watch {
  readonly readiness: Readiness[][] = [];
  readonly reads: Reply[] = [];
  readonly commands: Reply[] = [];
  readonly #members: readonly MemberProcess[];
  readonly #open: Promise<unknown>[] = [];
  #stopped = false;

  constructor(members: readonly MemberProcess[]) {
    this.#members = members;
    this.#open.push(this.#lookAtReadiness());
    for (const member of members) this.#open.push(this.#read(member), this.#command(member));
  }

  /** Whether a look since `from` found every member to be like this. */
  found(like: (readiness: Readiness) => boolean, from = 0): boolean {
    return this.readiness.slice(from).some((all) => all.every(like));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    while (this.#open.length > 0) await Promise.all(this.#open.splice(0));
  }

  async #lookAtReadiness(): Promise<void> {
    while (!this.#stopped) {
      const replies = await Promise.all(this.#members.map((member) => member.send('GET', '/readyz')));
      this.readiness.push(replies.map(({ json }) => json as Readiness));
      await pauseBetweenTries(50);
    }
  }

  async #read({ url }: MemberProcess): Promise<void> {
    while (!this.#stopped) {
      this.reads.push(await send(url, 'GET', `/v1/games/${gameId}?consistency=eventual`));
      await pauseBetweenTries(200);
    }
  }

  /** One a second, whatever the last one waits for; not more than what one client may have open. */
  async #command({ url }: MemberProcess): Promise<void> {
    const body = { type: 'move', vector: { q: 1, r: 0 }, playerId: 'p0' };
    while (!this.#stopped) {
      const sent = send(url, 'POST', `/v1/games/${gameId}/actions`, { body, key: randomUUID() });
      this.#open.push(sent.then((reply) => this.commands.push(reply)));
      await pauseBetweenTries(1_000);
    }
  }
}

async function scene(t: TestContext) {
  const cluster = await TestCluster.start(t, { natsServers: 3 });
  const members = await cluster.addMembers('a', 'b', 'c');
  await cluster.settled();
  await RecordedGame.start(cluster.anyone, gameId);
  // Each member has the game's last state to answer old reads from.
  for (const member of members) expectStatus(await member.send('GET', `/v1/games/${gameId}?consistency=eventual`), 200);
  return { cluster, members };
}

test('a NATS leader that is cut off for 20 s empties no Service', { timeout: 120_000 }, async (t) => {
  const { cluster, members } = await scene(t);
  const watch = new Watch(members);
  t.after(() => watch.stop());
  await waitFor('commands are answered', () => watch.commands.length >= 6);
  const leader = await waitFor('renewals have a leader', () => cluster.nats.leaderOf(`${cluster.namespace}_members`));
  const [slow] = cluster.nats.servers.filter((server) => server !== leader);
  assert.ok(slow?.pid);

  const cutAt = performance.now();
  await cluster.natsNetwork(leader, 'blackhole');
  // Without one of the two others there is no election: it takes until this one goes on, for longer than a request is tried.
  process.kill(slow.pid, 'SIGSTOP');
  try {
    const isSilent = ({ reasons = [] }: Readiness) => reasons.includes(silent);
    await waitFor('all members are silent', () => watch.found(isSilent));
    assert.ok(
      watch.found((readiness) => isSilent(readiness) && readiness.ready),
      'silent, and ready',
    );
    await waitFor('some have waited in vain', () => watch.commands.some(({ status }) => status !== 200));
  } finally {
    process.kill(slow.pid, 'SIGCONT');
  }
  const looks = watch.readiness.length;
  await waitFor('others lead', () => watch.found(({ ready, reasons = [] }) => ready && reasons.length === 0, looks));
  t.diagnostic(`renewed ${Math.round(performance.now() - cutAt)} ms after the cut`);
  await waitFor('20 s are over', () => performance.now() - cutAt >= cutMs, { timeoutMs: cutMs });
  await cluster.natsNetwork(leader, 'open');

  await cluster.settled();
  const before = watch.commands.length;
  await waitFor(
    'commands flow again',
    () => watch.commands.slice(before).filter(({ status }) => status === 200).length >= 6,
  );
  await watch.stop();
  const empty = watch.readiness.filter((all) => all.every(({ ready }) => !ready));
  assert.deepEqual(empty, [], 'there was always somebody to ask');
  verify(t, watch, expectStatus((await members[0]?.send('GET', `/v1/games/${gameId}`)) ?? null, 200));
});

/** Every answer was honest, and nothing acknowledged is missing. */
function verify(t: TestContext, { reads, commands }: Watch, shown: unknown): void {
  assert.deepEqual(
    reads.filter(({ status }) => status !== 200).map(({ text }) => text),
    [],
  );
  const refused = commands.filter(({ status }) => status !== 200);
  t.diagnostic(`${commands.length} commands, ${refused.length} refused; ${reads.length} reads`);
  for (const { status, headers, json, text } of refused) {
    assert.equal(status, 503, text);
    assert.ok(headers['retry-after'], text);
    assert.match(String((json as { outcome?: string }).outcome), /^(unknown|notApplied)$/, text);
  }
  const { game } = shown as { game: { registeredActions: Record<string, { id: string }[]> } };
  const there = new Set(game.registeredActions.p0?.map(({ id }) => id));
  const acknowledged = commands.flatMap(({ status, json }) =>
    status === 200 ? [(json as { actionId: string }).actionId] : [],
  );
  assert.deepEqual(
    acknowledged.filter((id) => !there.has(id)),
    [],
  );
  const unknown = refused.filter(({ json }) => (json as { outcome: string }).outcome === 'unknown');
  assert.ok(there.size <= acknowledged.length + unknown.length, `${there.size} actions`);
}
