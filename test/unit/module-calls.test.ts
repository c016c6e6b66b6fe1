/** How long calls into the game take: measured one by one, judged by what belongs together. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guarded } from '../../src/adapters/guard.ts';
import { systemStopwatch } from '../../src/adapters/system.ts';
import { bytesOfSeed } from '../../src/game/random-stream.ts';
import { finish, legalFor, openTable, take } from '../../src/game/table.ts';
import { loadGame } from '../../src/games.ts';
import { ModuleCalls, type SlowCalls } from '../../src/module-calls.ts';
import { TallyMeter } from '../support/meters.ts';

const ids = ['p1', 'p2'];
const seats = ids.map((id) => ({ id, bot: false, away: false, left: false }));
const defaults = { actions: 1, seconds: 60 };
const how = { now: 0, bytes: bytesOfSeed(1, 1), defaults };

/** Each call into the game takes `ms`, of which the processor worked `share`. */
async function stage({ share = 1 } = {}) {
  const takes = new Map<string, number>();
  let [passed, worked] = [0, 0];
  const work = (ms: number) => {
    passed += ms;
    worked += ms * share;
  };
  const slow: SlowCalls[] = [];
  const meter = new TallyMeter();
  const calls = new ModuleCalls(meter, { passed: () => passed, worked: () => worked }, (of) => slow.push(of));
  const plain = await loadGame('tic-tac-toe');
  const lasting = <Args extends unknown[], Answer>(name: string, ask: (...args: Args) => Answer) => {
    return (...args: Args): Answer => {
      work(takes.get(name) ?? 0);
      return ask(...args);
    };
  };
  const game = calls.measured({
    ...plain,
    setup: lasting('setup', plain.setup),
    turn: lasting('turn', plain.turn),
    resolve: lasting('resolve', plain.resolve),
    outcome: lasting('outcome', plain.outcome),
    view: lasting('view', plain.view),
    allows: lasting('allows', plain.allows),
    migrations: { 2: { up: lasting('migrations', (world) => world), down: (world) => world } },
  });
  const guard = calls.judged((run) => run());
  const table = guard(() =>
    openTable(game, { seats, settings: {}, round: 1, now: 0, bytes: bytesOfSeed(1, 0), defaults }),
  );
  /** The seconds of each. */
  const measured = (call: string) => meter.observed.get(`module_call_seconds ${call}`);
  return { game, guard, table, takes, slow, measured, wait: work };
}

test('every call is measured, and the game plays as without that', async () => {
  const { game, guard, table, takes, measured } = await stage();
  takes.set('view', 2).set('allows', 3).set('resolve', 4);
  const [mover = ''] = table.turn.players;
  assert.equal(legalFor(game, table, mover).length, 9);
  const taken = guard(() => take(game, table, mover, { type: 'mark', cell: 0 }));
  assert.deepEqual(taken, { action: { type: 'mark', cell: 0 } });
  const finished = guard(() => finish(game, { ...table, actions: { [mover]: [{ type: 'mark', cell: 0 }] } }, how));
  assert.equal(finished.outcome, null);
  game.migrations[2]?.up({});
  assert.deepEqual(measured('view'), [0.002, 0.002]);
  assert.deepEqual(measured('allows'), [0.003]);
  assert.deepEqual(measured('resolve'), [0.004]);
  assert.deepEqual(measured('migrations'), [0]);
  assert.equal(measured('turn')?.length, 2);
});

test('a command above 5 ms and a round above 50 ms are said, with the call that took longest', async () => {
  const { game, guard, table, takes, slow } = await stage();
  const [mover = ''] = table.turn.players;
  const act = () => guard(() => take(game, table, mover, { type: 'mark', cell: 0 }));
  const end = () => guard(() => finish(game, table, how));
  takes.set('view', 2).set('allows', 3);
  act();
  takes.set('resolve', 30).set('outcome', 20);
  end();
  assert.deepEqual(slow, [], 'neither is above');
  takes.set('allows', 4);
  act();
  takes.set('outcome', 21);
  end();
  const command = { kind: 'command', call: 'allows', ms: 6, mostMs: 5 } as const;
  const round = { kind: 'round', call: 'resolve', ms: 51, mostMs: 50 } as const;
  assert.deepEqual(slow, [command, round]);
});

test('what the machine did meanwhile is no fault of the game', async () => {
  const { game, guard, table, takes, slow } = await stage({ share: 0.1 });
  takes.set('allows', 40);
  guard(() => take(game, table, table.turn.players[0] ?? '', { type: 'mark', cell: 0 }));
  assert.deepEqual(slow, []);
});

test('a call whose time was up is measured and named, though nothing of it runs any more', async () => {
  const slow: SlowCalls[] = [];
  const meter = new TallyMeter();
  const calls = new ModuleCalls(meter, systemStopwatch, (of) => slow.push(of));
  const endless = (): never => {
    for (;;);
  };
  const game = calls.measured({ ...(await loadGame('tic-tac-toe')), outcome: endless });
  const guard = calls.judged(guarded);
  assert.throws(() => guard(() => game.outcome({}, { round: 1, settings: {}, players: seats })), {
    code: 'ERR_SCRIPT_EXECUTION_TIMEOUT',
  });
  assert.partialDeepStrictEqual(slow, [{ kind: 'command', call: 'outcome' }]);
  assert.ok((meter.observed.get('module_call_seconds outcome')?.[0] ?? 0) > 0.2);
});
