/** The game that an operator chose: one that comes with the server, or a file that lies anywhere; what is wrong is said by name. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { z } from 'zod';
import { guarded } from '../../src/adapters/guard.ts';
import { ConfigError } from '../../src/config-error.ts';
import { amongSeats, player } from '../../src/game/player-field.ts';
import { rulesWith } from '../../src/game/rules.ts';
import { readAction, readSettings } from '../../src/game/table.ts';
import { hostOf } from '../../src/game-host.ts';
import { loadGame, minotaurGame } from '../../src/games.ts';
import { decodeState, encodeState, ownVersions } from '../../src/session/snapshot.ts';
import { plainHost } from '../support/minotaur-rules.ts';
import { silentLog } from '../support/silent-log.ts';

const folder = mkdtempSync(join(tmpdir(), 'minotaur-games-'));
after(() => rmSync(folder, { recursive: true }));

let files = 0;
function fileWith(text: string): string {
  files += 1;
  const file = join(folder, `game-${files}.ts`);
  writeFileSync(file, text);
  return file;
}

async function problemsOf(chosen: string): Promise<string> {
  const error = await loadGame(chosen).then(
    () => assert.fail('it was loaded'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ConfigError);
  return error.problems.join('\n').replaceAll(folder, '');
}

const coin = `import { defineGame, z } from 'minotaur/game';
export default defineGame({
  name: 'coin', version: 1, players: { min: 1, max: 2 }, settings: z.object({}), world: z.object({ heads: z.boolean() }),
  actions: { guess: z.object({ heads: z.boolean() }) },
  setup: ({ random }) => ({ heads: random.int(2) === 0 }),
  turn: (_world, { players }) => ({ players: players.map(({ id }: { id: string }) => id), actions: 1, ends: 'all' }),
  resolve() {}, outcome: () => ({ winners: [] }), view: () => ({}),
});
`;

test('games that come with the server go by their names', async () => {
  assert.equal((await loadGame('minotaur')).name, minotaurGame.name);
  assert.equal((await loadGame('tic-tac-toe')).name, 'tic-tac-toe');
});

test('a file is loaded wherever it lies', async () => {
  assert.equal((await loadGame(fileWith(coin))).name, 'coin');
});

test('what is wrong is said by the setting, the file and the member', async () => {
  assert.match(
    await problemsOf('chess'),
    /^MINOTAUR_GAME: chess: is no game that comes with the server \(minotaur, tic-tac-toe\)/,
  );
  assert.match(
    await problemsOf(fileWith('export const game = 1;')),
    /^MINOTAUR_GAME: \/game-\d\.ts: default: must be what/,
  );
  assert.match(await problemsOf(fileWith("throw new Error('at once');")), /: cannot be loaded: at once$/);
  assert.match(await problemsOf(fileWith('export default {')), /: cannot be loaded: /);
  const several = await problemsOf(
    fileWith(coin.replace("name: 'coin'", "name: ''").replace('view: () => ({})', 'vew: 1')),
  );
  assert.match(several, /name: must be/);
  assert.match(several, /view: is missing/);
  assert.match(several, /vew: is no member of a game; did you mean view\?/);
});

test('whatever is played, a document of before games were modules is answered as it was', async () => {
  const settings = { worldRadius: 5, health: 70 };
  const players = { p0: { id: 'p0', displayName: 'Ada' }, p1: { id: 'p1', displayName: 'Grace', health: 3 } };
  const shown = {
    settings: { roundSeconds: 60, actionPoints: 3, worldRadius: 5, visionRadius: 3, maxPlayers: 2, health: 70 },
    players: { p0: { health: 70 }, p1: { health: 3 } },
  };
  for (const chosen of ['minotaur', 'tic-tac-toe', fileWith(coin)]) {
    const rules = rulesWith({ abandonMs: 1, host: { ...plainHost, game: await loadGame(chosen) } });
    const origin = { nonce: 'n', host: null };
    const begun = (document: object) => rules.create('ABC', document, origin, { now: 1_000, version: 1 });
    const made = begun({ settings: { ...settings, maxPlayers: 2 }, players });
    assert.ok(made.kind === 'applied', JSON.stringify(made));
    assert.partialDeepStrictEqual(rules.view(made.state, 'admin'), shown);
    const own = rules.view(made.state, 'player:p1') as { players: Record<string, object> };
    assert.deepEqual(own.players, { p0: omit(own.players.p0), p1: { ...omit(own.players.p1), health: 3 } });
    const stored = encodeState(rules, made.state, ownVersions(rules));
    assert.deepEqual(JSON.parse(JSON.stringify(decodeState(rules, stored, rules.stateVersion))), JSON.parse(stored));
    for (const name of ['worldRadius', 'visionRadius', 'health']) {
      const without = JSON.parse(stored, (key, value) => (key === name ? undefined : value));
      assert.throws(() => decodeState(rules, JSON.stringify(without), rules.stateVersion), new RegExp(name));
      const wrong = begun({ settings: { [name]: -1 } });
      assert.match(
        wrong.kind === 'rejected' ? wrong.detail : '',
        new RegExp(`^game\\.settings\\.${name}: is too small`),
      );
    }
    const blind = begun({ settings: { worldRadius: 2, visionRadius: 3 } });
    assert.match(blind.kind === 'rejected' ? blind.detail : '', /^game\.settings\.visionRadius: must not be above/);
  }
});

/** What everybody sees of a player. */
function omit(player: object | undefined): object {
  const { health: _, ...rest } = player as { health?: number };
  return rest;
}

test('a guarded call answers, throws what it throws, and ends when its time is up', () => {
  assert.equal(
    guarded(() => guarded(() => 7) + 1),
    8,
  );
  assert.throws(() => guarded(() => assert.fail('as asked')), /as asked/);
  const endless = () => {
    for (let turn = 0; ; turn += 1) if (turn < 0) return turn;
  };
  assert.throws(() => guarded(endless), { code: 'ERR_SCRIPT_EXECUTION_TIMEOUT' });
  assert.equal(
    guarded(() => 'and the next one is answered'),
    'and the next one is answered',
  );
});

test('a call that was held up once, however much of the processor that seems to have taken, answers', () => {
  let runs = 0;
  const heldUp = () => {
    runs += 1;
    for (let turn = 0; runs === 1; turn += 1) if (turn < 0) return 'never';
    return 'an answer';
  };
  assert.equal(guarded(heldUp), 'an answer');
  assert.equal(runs, 2);
});

test('a call that was ended while it looked at a player leaves nothing behind for other games', async () => {
  const never = (): never => {
    for (let turn = 0; ; turn += 1) if (turn < 0) throw new Error('the end');
  };
  const crawl = await loadGame('minotaur');
  const attack = { type: 'attack', targetPlayerId: 'p9' };
  const { guard } = hostOf(crawl, guarded, silentLog);
  const interrupt = () =>
    assert.throws(() => guard(() => amongSeats(['p1'], never)), { code: 'ERR_SCRIPT_EXECUTION_TIMEOUT' });

  interrupt();
  assert.ok('value' in readSettings({ ...crawl, settings: z.object({ champion: player() }) }, { champion: 'p9' }));
  interrupt();
  assert.ok('action' in readAction(crawl, attack, null), 'a gateway');
  interrupt();
  assert.ok('action' in readAction(crawl, attack, ['p9']), 'an owner of another game');
  interrupt();
  assert.ok(
    guard(() => player().safeParse('p9').success),
    'the module of another game',
  );
});
