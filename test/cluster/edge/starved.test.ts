/**
 * Strangers that ask one member for a large game of another one, thousands of times a second: nobody is expelled for it, and whoever plays
 * is served, though requests, answers and renewals share one connection to NATS.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Child } from '../../support/child.ts';
import { adminToken, expectStatus, send } from '../../support/client.ts';
import { TestCluster } from '../../support/cluster.ts';
import type { FloodOptions, FloodReport } from '../../support/flood.ts';
import type { MemberProcess } from '../../support/member-process.ts';
import { RecordedGame } from '../../support/recorded-game.ts';
import { waitFor } from '../../support/wait.ts';

const sockets = 100;
const framesPerSecond = 8_000;
/** What honest clients get done while it lasts; each at its own time, one after the other. */
const moves = 60;
const strongReads = 120;
const looks = 60;
/** What any answer may take, as long as it comes: the flood and whoever makes it are on the same machine. */
const patienceMs = 20_000;
const megabyte = 1024 * 1024;
/** The gateway's heap, so that what the system shows is not what the collector has not come to yet: a member that needs more of it dies. */
const heapMegabytes = 256;
/** What a container may take in k8s/ is 1 GiB. */
const mostResidentBytes = 768 * megabyte;

class Attack {
  readonly #child: Child;

  constructor(t: TestContext, options: FloodOptions) {
    const program = fileURLToPath(new URL('../../support/flood.ts', import.meta.url));
    this.#child = new Child(process.execPath, [program, JSON.stringify(options)], {});
    t.after(() => this.#child.kill());
  }

  get report(): FloodReport {
    assert.equal(this.#child.exit, null, this.#child.output);
    const last = this.#child.lines.at(-1);
    return last === undefined ? { open: 0, asked: 0, answered: 0 } : (JSON.parse(last) as FloodReport);
  }

  end(): Promise<unknown> {
    return this.#child.kill();
  }
}

/** One that may take its time: the machine that is flooded is the one that the test runs on. */
async function slowlyStarted(cluster: TestCluster, id: string, nodeOptions = ''): Promise<MemberProcess> {
  const member = await cluster.prepareMember(id, { NODE_OPTIONS: nodeOptions });
  member.start();
  await member.ready(90_000);
  return member;
}

/** A game that takes nearly half a megabyte to show, of `owner`. */
async function largeGame(owner: MemberProcess): Promise<string> {
  const actions = Array.from({ length: 750 }, () => ({ type: 'move', vector: { q: -1_000, r: -1_000 } }));
  const registeredActions = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`p${index}`, actions]));
  const game = { registeredActions, settings: { actionPoints: 1_000, roundSeconds: 604_800 } };
  const id = await ownedId(owner, 'LARGE');
  expectStatus(await send(owner.url, 'POST', `/v1/games/${id}/continue`, { body: { game } }), 201);
  return id;
}

/** An id of a game that `owner` would own. */
async function ownedId({ url, id }: MemberProcess, name: string): Promise<string> {
  for (let number = 0; ; number += 1) {
    const gameId = `${name}${number}`;
    const { owner } = expectStatus(await send(url, 'GET', `/v1/games/${gameId}/location`), 200) as { owner: string };
    if (owner === id) return gameId;
  }
}

async function measured({ url }: MemberProcess): Promise<{ expulsions: number; residentBytes: number }> {
  const { text } = await send(url, 'GET', '/metrics');
  const expulsions = [...text.matchAll(/^minotaur_incidents_total\{kind="(?:expelled_\w+|rejoins)"\} (\d+)/gm)];
  return {
    expulsions: expulsions.reduce((sum, [, count]) => sum + Number(count), 0),
    residentBytes: Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1]),
  };
}

async function starve(t: TestContext, reads: boolean): Promise<void> {
  const cluster = await TestCluster.start(t);
  const owner = await slowlyStarted(cluster, 'a');
  const gateway = await slowlyStarted(cluster, 'b', `--max-old-space-size=${heapMegabytes}`);
  await cluster.settled(60_000);
  const large = await largeGame(owner);
  const through = () => gateway.url;
  const game = await RecordedGame.start(through, await ownedId(owner, 'HONEST'));
  const before = await measured(gateway);

  const url = `${gateway.url.replace('http', 'ws')}/v1/games/${large}/ws`;
  const attack = new Attack(t, { url, token: adminToken, sockets, framesPerSecond, seconds: 120, reads });
  await waitFor('the attack', () => attack.report.asked > framesPerSecond / 10, { timeoutMs: 30_000 });
  const slowest: number[] = [];
  const each = async (count: number, ask: () => Promise<unknown>) => {
    for (let done = 0; done < count; done += 1) {
      const began = performance.now();
      assert.notEqual(await ask(), null);
      slowest.push(performance.now() - began);
    }
  };
  const read = async ({ url }: MemberProcess) => expectStatus(await game.read(url, patienceMs), 200);
  const resident: number[] = [];
  await Promise.all([
    each(moves, () => game.register(through, 'p0')),
    each(strongReads, () => read(gateway)),
    each(strongReads, () => read(owner)),
    each(looks, () => measured(gateway).then(({ residentBytes }) => resident.push(residentBytes))),
  ]);
  const { asked, answered } = attack.report;
  await attack.end();
  slowest.sort((one, other) => one - other);
  const at = (part: number) => Math.round(slowest[Math.floor((slowest.length - 1) * part)] ?? 0);
  t.diagnostic(
    `${asked} asked, ${answered} answered; honest p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, slowest ${at(1)} ms`,
  );
  const most = Math.max(...resident);
  t.diagnostic(`memory ${[before.residentBytes, most].map((bytes) => Math.round(bytes / megabyte))} MiB`);
  for (const member of [owner, gateway]) assert.equal((await measured(member)).expulsions, 0, `at ${member.id}`);
  assert.deepEqual(await game.verdict(through), []);
  assert.ok(most < mostResidentBytes, `the gateway took ${most / megabyte} MiB`);
}

test('sockets that ask for a large game elsewhere starve nobody', { timeout: 300_000 }, (t) => starve(t, true));

test('nor do those that never read what they asked for', { timeout: 300_000 }, (t) => starve(t, false));
