/**
 * The clients of simulated worlds, in a calm one: they do what their plan says, keep their promises and report everything.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { REUSED } from '../../simulation/clients/client.ts';
import { Load } from '../../simulation/clients/load.ts';
import type { LoadPlan } from '../../simulation/clients/load-plan.ts';
import { CommandWindow } from '../../simulation/clients/window.ts';
import type { GameView } from '../../simulation/world/game.ts';
import type { MemberHost } from '../../simulation/world/member-host.ts';
import { CalmWorld, calmLoad, type Story } from './served-world.ts';

const RUN_MS = 30_000;
const STOP_MS = 80_000;

interface Run {
  readonly world: CalmWorld;
  readonly load: Load;
}

/** Three members, ready; then the load begins. */
async function begin(plan: Partial<LoadPlan>, seed = 1): Promise<Run> {
  const world = new CalmWorld(seed);
  for (const id of ['m0', 'm1', 'm2']) world.start(id);
  await world.pass(5_000);
  const load = new Load(world.context, { ...calmLoad, ...plan });
  load.begin();
  return { world, load };
}

async function stop({ world, load }: Run): Promise<void> {
  let isOver = false;
  const stopped = load.stop().then(() => {
    isOver = true;
  });
  for (let waited = 0; !isOver && waited < STOP_MS; waited += 100) await world.pass(100);
  assert.ok(isOver, 'it stops');
  await stopped;
}

async function runThrough(plan: Partial<LoadPlan>, seed?: number): Promise<Run> {
  const run = await begin(plan, seed);
  await run.world.pass(RUN_MS);
  await stop(run);
  return run;
}

function isReused({ asked }: Story): boolean {
  return asked.tag?.startsWith(REUSED) === true;
}

test('in a calm world every operation is answered, with 200 or 201', async () => {
  const { world, load } = await runThrough({});
  const stories = world.notes.all.filter((story) => !isReused(story));
  for (const { asked, heard, gaveUpAt } of stories) {
    assert.equal(gaveUpAt, null, `operation ${asked.number} was given up`);
    assert.ok(heard.length > 0, `operation ${asked.number} was not answered`);
    for (const { status, body } of heard) assert.ok([200, 201].includes(status), JSON.stringify({ asked, body }));
  }
  for (const kind of ['create', 'resume', 'act', 'strong', 'eventual']) {
    assert.ok(load.tally.get(`asked ${kind}`) > 0, `nobody asked for ${kind}`);
  }
});

test('each game is made by exactly one creation, however many clients race for it', async () => {
  const { world } = await runThrough({ games: 12, keyed: 1 });
  const made = new Map<string, number>();
  for (const { asked, heard } of world.notes.all) {
    if (heard.some(({ status }) => status === 201)) made.set(asked.gameId, (made.get(asked.gameId) ?? 0) + 1);
  }
  assert.deepEqual(
    [...made].sort(),
    Array.from({ length: 12 }, (_, index): [string, number] => [`G${index}`, 1]).sort(),
  );
});

test('commands sent twice and sent again after their answer get the same answer', async () => {
  const { world, load } = await runThrough({ lateRetries: 0.5, keyed: 1, refusals: 0.1, throws: 0.1 });
  const asked = world.notes.all.filter(({ asked: { kind }, heard }) => kind === 'act' && heard.length > 1);
  assert.ok(asked.length > 50, `${asked.length} commands were answered more than once`);
  for (const { asked: command, heard, copies } of asked) {
    assert.ok(heard.length <= copies);
    const [first, ...others] = heard.map(({ status, body }) => [status, status === 200 ? body : null]);
    for (const other of others) assert.deepEqual(other, first, `command ${command.number}`);
  }
  assert.ok(load.tally.get('late copies') > 20 && load.tally.get('doubled') > 20);
});

test('a key that is used again for something else is refused, and shown as such', async () => {
  const { world, load } = await runThrough({ keyed: 1 });
  const reused = world.notes.all.filter(isReused);
  assert.ok(reused.length > 0);
  assert.equal(load.tally.get('reused keys'), reused.length);
  for (const { asked, heard } of reused) {
    const original = world.notes.all.find(({ asked: { key, tag } }) => key === asked.key && tag !== asked.tag);
    assert.ok(original !== undefined && original.asked.number < asked.number);
    for (const { status, body } of heard) {
      assert.deepEqual([status, (body as { code: string }).code], [422, 'key_reused']);
    }
  }
});

test('what has no key is asked once only', async () => {
  const run = await begin({ keyed: 0, lateRetries: 1, sockets: 0, around: 0.3 });
  await run.world.pass(10_000);
  run.world.kill(hostOf(run, 'm1'));
  await run.world.pass(10_000);
  await stop(run);
  assert.ok(run.load.tally.get('given up') > 0);
  assert.equal(run.load.tally.get('retries') + run.load.tally.get('late copies') + run.load.tally.get('doubled'), 0);
  assert.ok(run.world.notes.all.every(({ heard }) => heard.length <= 1));
  assert.ok(run.world.notes.all.every(({ copies }) => copies === 1));
});

test('the window holds back what would be too far ahead, and ends late copies', () => {
  const window = new CommandWindow();
  const oldest = window.begin();
  const others = Array.from({ length: 47 }, () => window.begin());
  assert.equal(window.hasRoom, false);
  for (const place of others) window.end(place);
  assert.equal(window.hasRoom, false);
  assert.ok(window.reopen(oldest));
  window.end(oldest);
  assert.equal(window.hasRoom, false, 'somebody still waits for it');
  window.end(oldest);
  assert.ok(window.hasRoom);
  window.end(window.begin());
  assert.equal(window.reopen(oldest), false);
  assert.ok(window.reopen(1));
});

test('sockets see versions rise to the last one', async () => {
  const { world, load } = await runThrough({ sockets: 6, rounds: 0 });
  await world.pass(8_000);
  const last = new Map<string, number>();
  for (const { asked, heard } of world.notes.all) {
    for (const { body } of heard) {
      const { version = 0 } = body as { version?: number };
      last.set(asked.gameId, Math.max(version, last.get(asked.gameId) ?? 0));
    }
  }
  const seenBy = new Map<string, number>();
  for (const { socket, seen } of world.notes.sockets.values()) {
    const versions = seen.filter(({ game }) => game !== null).map(({ version }) => version);
    assert.deepEqual(
      versions,
      [...new Set(versions)].sort((one, other) => one - other),
      socket.name,
    );
    const name = `${socket.name} ${socket.gameId}`;
    seenBy.set(name, Math.max(seenBy.get(name) ?? 0, ...versions));
    for (const { game, version } of seen) if (game !== null) assert.equal((game as GameView).count, version);
  }
  assert.equal(seenBy.size, 6);
  for (const [socket, version] of seenBy) assert.equal(version, last.get(socket.split(' ')[1] ?? ''), socket);
  load.close();
  assert.ok([...world.notes.sockets.values()].every(({ closedAt }) => closedAt !== null));
});

test('after a kill commands are retried elsewhere and sockets open again', async () => {
  const run = await begin({ keyed: 1, sockets: 6, bursts: 0.3 });
  const { world, load } = run;
  await world.pass(10_000);
  const victim = hostWithSocket(run);
  world.kill(victim);
  const killedAt = world.timeline.monotonic();
  await world.pass(15_000);
  await stop(run);
  const commands = world.notes.all.filter(({ asked }) => asked.key !== null);
  assert.ok(commands.every(({ gaveUpAt, heard }) => gaveUpAt === null && heard.length > 0));
  assert.ok(load.tally.get('refused') > 0 && load.tally.get('retries') > 0, 'the kill was not felt');
  const sockets = [...world.notes.sockets.values()];
  const torn = sockets.filter(({ socket, closedAt }) => socket.at === victim.name && (closedAt ?? 0) >= killedAt);
  assert.ok(torn.length > 0);
  for (const { socket, seen, closedAt } of torn) {
    assert.ok((closedAt ?? Number.POSITIVE_INFINITY) < killedAt + 5);
    assert.ok(seen.every(({ at }) => at <= (closedAt ?? 0)));
    assert.ok(
      sockets.some(
        ({ socket: { name, at, openedAt } }) => name === socket.name && at !== victim.name && openedAt > killedAt,
      ),
    );
  }
});

test('the balancer sends nobody to a member that drains, and its sockets move', async () => {
  const run = await begin({ sockets: 6 });
  const { world, load } = run;
  await world.pass(10_000);
  const host = hostWithSocket(run);
  host.process.enter(() => void host.member.drain());
  await world.pass(3_000);
  const since = world.timeline.monotonic();
  await world.pass(10_000);
  const later = world.notes.all.filter(({ asked }) => asked.invokedAt > since);
  assert.ok(later.length > 50);
  assert.ok(later.every(({ heard }) => heard.every(({ via }) => via !== host.name)));
  assert.ok(load.tally.get('sockets drained') > 0);
  assert.ok([...world.notes.sockets.values()].every(({ socket, closedAt }) => socket.at !== host.name || closedAt));
  await stop(run);
});

test('whoever goes around the balancer also asks the dead', async () => {
  const run = await begin({ around: 1 });
  run.world.kill(hostOf(run, 'm2'));
  await run.world.pass(10_000);
  await stop(run);
  assert.ok(run.load.tally.get('refused') > 20);
});

test('after stop nothing begins any more', async () => {
  const run = await begin({ lateRetries: 1, bursts: 0.2 });
  await run.world.pass(10_000);
  for (const { process } of run.world.hosts.values()) process.stall(5_000);
  await run.world.pass(500);
  const isOpen = ({ heard, gaveUpAt }: Story) => gaveUpAt === null && heard.every(({ status }) => status === 503);
  assert.ok(run.world.notes.all.some(isOpen));
  const asked = run.world.notes.all.length;
  await stop(run);
  assert.ok(!run.world.notes.all.some(isOpen));
  const heard = () => run.world.notes.all.reduce((sum, story) => sum + story.heard.length, 0);
  const heardAtStop = heard();
  await run.world.pass(STOP_MS);
  assert.equal(run.world.notes.all.length, asked);
  assert.equal(heard(), heardAtStop);
});

test('the same seed does the same, another one does not', async () => {
  const report = async (seed: number) => {
    const { world, load } = await runThrough({ around: 0.2 }, seed);
    return JSON.stringify([world.notes.all, [...world.notes.sockets.values()], [...load.tally.counts]]);
  };
  const first = await report(7);
  assert.equal(await report(7), first);
  assert.notEqual(await report(8), first);
});

function hostOf({ world }: Run, id: string): MemberHost {
  const host = world.hosts.get(id);
  assert.ok(host !== undefined);
  return host;
}

function hostWithSocket(run: Run): MemberHost {
  const open = [...run.world.notes.sockets.values()].find(({ closedAt }) => closedAt === null);
  return hostOf(run, open?.socket.at.split('#')[0] ?? '');
}

test('browsers follow lists to their end, and read rounds that are over', async () => {
  const { world, load } = await runThrough({ browsers: 2, unlisted: 0.5, rounds: 1, games: 6 });
  const pages = world.notes.pages.filter(({ heard }) => heard !== null && !heard.page.partial);
  const last = (viewer: string) =>
    pages.findLast(({ asked }) => asked.viewer === viewer && asked.limit === 100 && asked.status === null);
  assert.equal(last('admin')?.heard?.page.games.length, 6);
  assert.ok(Number(last('public')?.heard?.page.games.length) < 6, 'what is not listed is not shown to everybody');
  const followed = pages.filter(({ asked }) => asked.cursor !== null);
  assert.ok(followed.length > 0, 'nobody followed a cursor');
  const left = pages.filter(({ heard }) => heard?.page.nextCursor != null).length - followed.length;
  assert.ok(left <= 2, `${left} lists were not followed to their end`);
  assert.ok(load.tally.get('pages') > 0 && load.tally.get('asked round') > 0);
  const rounds = world.notes.all.filter(({ asked }) => asked.kind === 'round');
  assert.ok(rounds.some(({ heard }) => heard[0]?.status === 200));
});
