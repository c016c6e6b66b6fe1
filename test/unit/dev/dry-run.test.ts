/** A saved game is tried on stored ones: what suits new games alone is refused, with the game that it does not suit. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { dryRun, type Tried } from '../../../src/dev/dry-run/dry-run.ts';
import { resolveInterface } from '../../../src/game-interface.ts';
import { Results } from '../../../src/session/results.ts';
import { encode, ownVersions } from '../../../src/session/snapshot.ts';
import { Played } from '../game/worlds.ts';

const folder = mkdtempSync(join(tmpdir(), 'minotaur-dry-run-'));
// A game finds the interface wherever its file is.
const hooks = resolveInterface();
after(() => {
  hooks.deregister();
  rmSync(folder, { recursive: true });
});

const source = `
import { defineGame, player, z } from 'minotaur/game';
export default defineGame({
  name: 'counter', version: 1, players: { min: 1, max: 4 }, settings: z.object({}),
  world: z.object({ count: z.int(), order: z.array(player()) }),
  actions: { add: z.object({}) },
  setup: ({ players }) => ({ count: 0, order: players }),
  turn: (world) => ({ players: world.order }),
  resolve: (world, actions) => { world.count += actions.length; },
  outcome: () => null,
  view: (world) => ({ count: world.count }),
});
`;

const fileOf = (name: string, text: string) => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};

/** A game that runs, as members that play \`source\` store it; or its lobby. */
async function stored(isLobby = false): Promise<Uint8Array> {
  const { default: game } = (await import(fileOf('first.ts', source))) as { default: object };
  const played = new Played({}, {}, game);
  if (!isLobby) played.play({ type: 'start' });
  const stamp = { owner: 'm1', incarnation: 'i', epoch: 1 };
  const { state, version, rules } = played;
  const snapshot = { gameId: 'G', commit: 1, version, state, results: Results.restore(new Results().store()), stamp };
  return encode(rules, snapshot, ownVersions(rules));
}

const tried = async (name: string, text: string, values: readonly Uint8Array[]): Promise<Tried> =>
  dryRun({ file: fileOf(name, text), values, now: 0 }, 20_000);

test('what suits every running game says how many there were; lobbies have no world', async () => {
  const values = [await stored(), await stored(true), await stored()];
  const text = source.replace('count: world.count', 'count: world.count, more: true');
  assert.deepEqual(await tried('more.ts', text, values), { games: 2, problem: null });
});

test('a field that worlds did not have before', async () => {
  const text = source.replace('count: z.int(),', 'count: z.int(), trump: z.string(),');
  const { problem } = await tried('trump.ts', text, [await stored()]);
  assert.equal(problem?.gameId, 'G');
  assert.match(problem.text, /trump/);
});

test('a turn and a view that stumble over a world of before', async () => {
  for (const [name, before, then] of [
    ['turn', 'players: world.order }', 'players: world.later.order }'],
    ['view', '({ count: world.count })', '({ count: world.later.count })'],
  ] as const) {
    const { problem } = await tried(`${name}.ts`, source.replace(before, then), [await stored()]);
    assert.match(problem?.text ?? '', new RegExp(`^${name}: Cannot read properties of undefined`), name);
  }
});

test('one that does not end, and one that cannot be loaded', async () => {
  const endless = source.replace('view: (world) =>', 'view: (world) => { for (;;); },\n  legal: (world) =>');
  const work = dryRun({ file: fileOf('endless.ts', endless), values: [await stored()], now: 0 }, 3_000);
  await assert.rejects(work, /longer than 3000 ms/);
  await assert.rejects(tried('broken.ts', 'export default 1;', []), /MINOTAUR_GAME/);
});

test('one that takes all memory, and one that ends what it runs in', async () => {
  for (const [name, does, says] of [
    // With this V8 ends a whole process, not the thread alone.
    ['memory', 'const all = new Map(); for (let next = 0; ; next += 1) all.set(next, [next]);', /more than \d+ MB/],
    ['thread', 'process.exit();', /ended the thread/],
    ['process', "process.kill(process.pid, 'SIGKILL');", /ended the thread/],
  ] as const) {
    const text = source.replace('view: (world) => (', `view: (world) => { ${does} },\n  legal: (world) => (`);
    const work = dryRun({ file: fileOf(`${name}.ts`, text), values: [await stored()], now: 0 }, 50_000);
    await assert.rejects(work, says, name);
  }
});
