/**
 * A game that loops, throws or grows in any of its functions harms the games that do so, and nothing else: members stay, and other games go on.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { expectStatus, type Reply, send } from '../support/client.ts';
import { TestCluster } from '../support/cluster.ts';
import type { MemberProcess } from '../support/member-process.ts';
import type { EndedSpan } from '../support/memory-tracer.ts';
import { createdSeat, type Seat } from '../support/player.ts';
import { pauseBetweenTries } from '../support/wait.ts';

/** Does what its settings say, where they say. */
const module = `import { defineGame, z } from 'minotaur/game';

const mischief = { where: z.string().default(''), how: z.string().default('') };

function misbehave({ where, how }, here) {
  if (where !== here) return;
  if (how === 'loop') for (;;);
  if (how === 'throw') throw new Error('on purpose, in ' + here);
}

export default defineGame({
  name: 'hostile',
  version: 1,
  players: { min: 1, max: 4 },
  settings: z.object(mischief),
  world: z.object({ ...mischief, filling: z.string() }),
  actions: { wait: z.object({}) },
  setup({ settings }) {
    misbehave(settings, 'setup');
    return { ...settings, filling: '' };
  },
  turn(world, { players }) {
    misbehave(world, 'turn');
    return { players: players.filter(({ left }) => !left).map(({ id }) => id) };
  },
  resolve(world) {
    misbehave(world, 'resolve');
    if (world.where === 'resolve' && world.how === 'grow') world.filling = 'x'.repeat(500_000);
  },
  outcome(world) {
    misbehave(world, 'outcome');
    return null;
  },
  view(world) {
    misbehave(world, 'view');
    return { where: world.where, how: world.how, size: world.where === 'view' && world.how === 'grow' ? 'x'.repeat(200_000) : '' };
  },
  allows(view) {
    misbehave(view, 'allows');
    return true;
  },
  legal(view) {
    misbehave(view, 'legal');
    return [{ type: 'wait' }];
  },
  bot(view) {
    misbehave(view, 'bot');
    return [{ type: 'wait' }];
  },
});
`;
const places = ['setup', 'turn', 'resolve', 'outcome', 'view', 'allows', 'legal', 'bot'] as const;
const ways = ['loop', 'throw', 'grow'] as const;
const roundSeconds = 604_800;
/** As an operator would load one. */
const sdk = import.meta.resolve('../support/printed-spans.ts');

interface Stage {
  readonly members: readonly MemberProcess[];
  readonly cluster: TestCluster;
}

async function stage(t: TestContext): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'minotaur-hostile-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'hostile.mjs');
  writeFileSync(file, module);
  // A call that hardly got the processor is given up to 8 s (src/adapters/guard.ts): who stands still for as long is not lost here.
  const patience = { MINOTAUR_SUSPECT_MS: '120000', MINOTAUR_REQUEST_DEADLINE_MS: '120000' };
  const environment = { MINOTAUR_GAME: file, NODE_OPTIONS: `--import ${sdk}`, ...patience };
  const cluster = await TestCluster.start(t, { environment });
  const members = await cluster.addMembers('a', 'b');
  await cluster.settled();
  return { cluster, members };
}

/** Spans that a member printed about a request. */
function spansAbout(requestId: string, { output }: MemberProcess): readonly EndedSpan[] {
  const lines = output.split('\n').filter((line) => line.startsWith('{"span":') && line.includes(`"${requestId}"`));
  return lines.map((line) => (JSON.parse(line) as { span: EndedSpan }).span);
}

/** Which incarnations there are, as a member sees it. */
async function incarnations({ url }: MemberProcess): Promise<readonly string[]> {
  const { members } = expectStatus(await send(url, 'GET', '/v1/cluster'), 200) as {
    members: { id: string; incarnation: string }[];
  };
  return members.map(({ id, incarnation }) => `${id}.${incarnation}`).toSorted();
}

/** A request that waits for as long as the members may. */
function ask(base: string, method: string, path: string, token: string | null | undefined, body?: object) {
  const who = token === undefined ? {} : { token };
  return send(base, method, path, { timeoutMs: 130_000, key: randomUUID(), ...who, ...(body && { body }) });
}

async function open(base: string, settings: object): Promise<Seat> {
  return createdSeat(await ask(base, 'POST', '/v1/games', null, { displayName: 'Ada', settings }));
}

/** Of the log lines about a request. */
function eventsAbout(requestId: string, { output }: MemberProcess): readonly string[] {
  const lines = output
    .split('\n')
    .filter((line) => line.startsWith('{"level"') && line.includes(`"requestId":"${requestId}"`));
  return lines.map((line) => (JSON.parse(line) as { event: string }).event);
}

/** A game that has nothing to hide: every request is answered well, once. */
async function playFairly(base: string, stopped: () => boolean): Promise<number> {
  const { gameId, token } = await open(base, { roundSeconds });
  const path = `/v1/games/${gameId}`;
  const well = async (method: string, below: string, body?: object) =>
    expectStatus(await ask(base, method, `${path}${below}`, token, body), 200);
  await well('POST', '/start');
  for (let round = 1; ; round += 1) {
    await well('POST', '/actions', { type: 'wait', round });
    await well('POST', `/rounds/${round}/commit`);
    const { game } = (await well('GET', '')) as { game: { round: number; worldError?: string } };
    assert.deepEqual([game.round, game.worldError], [round + 1, undefined]);
    if (stopped()) return round;
    await pauseBetweenTries(30);
  }
}

/** Plays a round of a game that misbehaves so. What is answered; nobody waits in vain, and nothing goes wrong that is not said. */
async function misbehave(base: string, where: string, how: string): Promise<readonly Reply[]> {
  const { gameId, playerId, token } = await open(base, {
    roundSeconds,
    bots: 1,
    maxPlayers: 2,
    table: { where, how },
  });
  const path = `/v1/games/${gameId}`;
  return [
    await ask(base, 'POST', `${path}/start`, token),
    await ask(base, 'POST', `${path}/actions`, token, { type: 'wait' }),
    await ask(base, 'POST', `${path}/rounds/1/commit`, token),
    await ask(base, 'POST', `${path}/rounds/1/end`, undefined),
    await ask(base, 'GET', path, token),
    await ask(base, 'GET', path, null),
    await ask(base, 'GET', path, undefined),
    await ask(base, 'DELETE', `${path}/players/${playerId}`, token),
  ];
}

test('whatever a game does in whichever function, its own games alone suffer', { timeout: 170_000 }, async (t) => {
  const { members } = await stage(t);
  const [a, b] = members as readonly [MemberProcess, MemberProcess];
  const before = await incarnations(a);
  let stop = false;
  const fair = Promise.all([a, b].map(({ url }) => playFairly(url, () => stop)));
  fair.catch(() => undefined);
  const failed = new Map<string, string>();
  const unserved: Reply[] = [];
  for (const [index, where] of places.entries()) {
    for (const how of ways) {
      const replies = await misbehave((index % 2 ? a : b).url, where, how);
      for (const { status, code, text } of replies) {
        assert.ok(status < 500 || code === 'rule_failed', `${where}, ${how}: ${text}`);
      }
      unserved.push(...replies.filter(({ status }) => status === 500));
      const told = replies.filter(({ code, text }) => code === 'rule_failed' || text.includes('view_failed'));
      if (told.length > 0) failed.set(`${where}, ${how}`, String(told[0]?.code ?? 'view_failed'));
    }
  }
  stop = true;
  const rounds = await fair;
  assert.deepEqual(await incarnations(b), before, 'no member was lost');
  for (const { url } of members) expectStatus(await send(url, 'GET', '/readyz'), 200);
  for (const output of members.map((member) => member.output)) assert.doesNotMatch(output, /"level":60/);
  // Somebody tells the operators the id of a request that failed elsewhere: both members say what they know of it.
  const elsewhere = unserved.find(({ headers }) => headers['x-minotaur-owner'] !== headers['x-minotaur-member']);
  assert.ok(elsewhere, 'none of the games that failed was asked for at the other member');
  const { requestId } = elsewhere.json as { requestId: string };
  const [gateway, owner] = ['x-minotaur-member', 'x-minotaur-owner'].map((name) =>
    members.find(({ id }) => id === elsewhere.headers[name]),
  );
  assert.ok(gateway && owner);
  assert.equal(elsewhere.headers['x-request-id'], requestId);
  assert.deepEqual(eventsAbout(requestId, gateway), ['request_unserved']);
  // Of a game that loops the owner may be asked again, and refuses each time.
  assert.deepEqual(new Set(eventsAbout(requestId, owner)), new Set(['request_refused']));
  // Who traces sees the same: the request, the messages within it, a command within each.
  const asked = spansAbout(requestId, gateway);
  const request = asked.find(({ parent }) => parent === null);
  const messages = asked.filter((span) => span !== request);
  const commands = spansAbout(requestId, owner);
  assert.ok(commands.length > 0 && messages.every(({ parent }) => parent === request?.id));
  assert.ok(commands.every(({ parent }) => messages.some(({ id }) => id === parent)));
  // The player is told wherever its own request needed what failed.
  for (const where of ['setup', 'turn', 'resolve', 'outcome', 'view']) {
    for (const how of ['loop', 'throw']) assert.ok(failed.has(`${where}, ${how}`), `${where}, ${how}: ${[...failed]}`);
  }
  assert.ok(failed.has('resolve, grow'), `${[...failed]}`);
  t.diagnostic(
    `${rounds} rounds of games beside them; ${failed.size} of ${places.length * ways.length} ways were told`,
  );
});
