/**
 * What a member tells its meter: every row of the tables is fed by the code that it speaks of.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { act, allGames, type Joined, LittleCluster, read, SLOTS, start } from './little-cluster.ts';

let cluster: LittleCluster;

beforeEach(() => {
  cluster = new LittleCluster();
});

afterEach(() => cluster.end());

const counted = ({ meter }: Joined, what: string) => meter.counted.get(what) ?? 0;
const observed = ({ meter }: Joined, what: string) => meter.observed.get(what) ?? [];
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

test('operations count once, at the member that was asked, by kind and outcome', async () => {
  const [first, second] = await cluster.of('a', 'b');
  assert.ok(first && second);
  await cluster.games(first);
  const before = sum([counted(second, 'operations read done'), counted(second, 'operations command done')]);
  for (const gameId of allGames) {
    await cluster.ask(first, act(gameId));
    await cluster.ask(first, read(gameId));
  }
  await cluster.ask(first, read('nowhere'));
  assert.equal(counted(first, 'operations continue done'), allGames.length);
  assert.equal(counted(first, 'operations command done'), allGames.length);
  assert.equal(counted(first, 'operations read done'), allGames.length);
  assert.equal(counted(first, 'operations read refused'), 1);
  assert.equal(observed(first, 'operation_seconds command').length, allGames.length);
  const after = sum([counted(second, 'operations read done'), counted(second, 'operations command done')]);
  assert.equal(after, before, 'who only owns the game was not asked');
  const forwards = counted(first, 'forwards answer');
  const timed = [...observed(first, 'forward_seconds read'), ...observed(first, 'forward_seconds write')];
  assert.ok(forwards > 0 && timed.length === forwards, `${timed.length} of ${forwards} forwards were timed`);
  // A message takes 1 ms each way.
  assert.ok(timed.every((seconds) => seconds >= 0.002 && seconds < 1));
});

test('a request whose time runs out is unavailable', async () => {
  const alone = cluster.add('a', { requestDeadlineMs: 100 });
  assert.equal((await cluster.ask(alone, read('anywhere'))).status, 503);
  assert.equal(counted(alone, 'operations read unavailable'), 1);
  const [seconds = 0] = observed(alone, 'operation_seconds read');
  assert.ok(seconds >= 0.1 && seconds < 0.5, `${seconds} s`);
});

test('writes of games, with how many commands share one, and renewals', async () => {
  const [alone] = await cluster.of('a');
  assert.ok(alone);
  await cluster.ask(alone, start('G'));
  const writes = counted(alone, 'commits landed');
  const answers = await cluster.finish(Promise.all([1, 2, 3, 4].map(() => alone.member.execute(act('G')))));
  assert.ok(answers.every(({ status }) => status === 200));
  // The first is under way while the other three come.
  assert.equal(counted(alone, 'commits landed'), writes + 2);
  assert.deepEqual(observed(alone, 'commit_operations').slice(-2), [1, 3]);
  assert.equal(observed(alone, 'commit_seconds').length, writes + 2);
  assert.ok(counted(alone, 'renewals landed') > 1);
  assert.equal(observed(alone, 'renewal_seconds').length, counted(alone, 'renewals landed'));
});

test('a lease that has lapsed counts for each read that had to wait', async () => {
  const [alone] = await cluster.of('a');
  assert.ok(alone);
  await cluster.ask(alone, start('G'));
  await cluster.until('the lease has lapsed', () => (alone.member.renewedMsAgo ?? 0) > 90);
  const before = counted(alone, 'lease_lapses');
  await cluster.ask(alone, read('G'));
  assert.equal(counted(alone, 'lease_lapses'), before + 1);
});

test('slots that come and go: taken at first, handed over, taken over; listed in between, games loaded', async () => {
  const [first] = await cluster.of('a');
  assert.ok(first);
  assert.equal(counted(first, 'slots_taken initial'), SLOTS);
  await cluster.until('all is listed', () => observed(first, 'listing_seconds').length === SLOTS);
  await cluster.games(first);
  const second = await cluster.join('b');
  await cluster.settled([first, second]);
  const moved = counted(first, 'handoffs done');
  assert.ok(moved > 0);
  assert.equal(counted(second, 'slots_taken handoff'), moved);
  assert.equal(observed(first, 'handoff_seconds').length, moved);
  assert.equal(observed(second, 'listing_seconds').length, 0, 'what was handed over needs no list');
  cluster.kill(second);
  await cluster.settled([first]);
  assert.equal(counted(first, 'slots_taken takeover'), moved);
  await cluster.until('all is claimed', () => counted(first, 'game_loads found') > 0);
  const loads = [...first.meter.counted].filter(([what]) => what.startsWith('game_loads'));
  assert.equal(observed(first, 'load_seconds').length, sum(loads.map(([, count]) => count)));
});

test('how late the end of a round is begun', async () => {
  const [alone] = await cluster.of('a');
  assert.ok(alone);
  await cluster.ask(alone, start('G', { settings: { roundSeconds: 5 } }));
  await cluster.until('a round has ended', () => observed(alone, 'round_end_late_seconds').length > 0, 20_000);
  assert.ok(observed(alone, 'round_end_late_seconds').every((seconds) => seconds >= 0 && seconds < 0.1));
});
