/**
 * Repeated trouble: its first line is written at once, the others are summed at growing intervals, and nothing goes untold.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logEvents } from '../../src/log-events.ts';
import { type Now, SummedLog, summary, type Trouble } from '../../src/summed-log.ts';
import { ManualClock } from '../support/manual-clock.ts';

type Line = readonly [afterS: number, event: string, count: number | undefined];

/** A log, what it wrote, and when. */
function world() {
  const clock = new ManualClock();
  const begin = clock.monotonic();
  const lines: Line[] = [];
  const fields: object[] = [];
  const names = new Map<string, string>(Object.entries(logEvents).map(([name, { message }]) => [message, name]));
  const write = (of: object, message: string) => {
    fields.push(of);
    const afterS = (clock.monotonic() - begin) / 1_000;
    lines.push([afterS, names.get(message) ?? message, (of as { count?: number }).count]);
  };
  const log = new SummedLog({ info: write, warn: write, error: write }, clock);
  const failed = (bucket = 'slots', reason = 'timeout') =>
    log.warn({ bucket, reason }, logEvents.follow_failed.message);
  return { clock, log, lines, fields, failed };
}

test('what comes each second for ten minutes: a line at once, then at growing intervals, the last one when it is over', async () => {
  const { clock, lines, fields, failed } = world();
  for (let second = 0; second < 600; second += 1) {
    failed();
    await clock.advance(1_000);
  }
  const rounded = lines.map(([afterS, , count]) => [Math.round(afterS), count]);
  assert.deepEqual(rounded, [[0, undefined], ...[10, 30, 70, 150, 310].map((at) => [at, at])]);
  await clock.advance(120_000);
  const last = fields.at(-1) as { count: number; since: string; until: string };
  assert.equal(lines.length, 7);
  assert.deepEqual([last.count, Date.parse(last.until) - Date.parse(last.since)], [600, 599_000]);
});

test('what came once, or comes again only when it is over, is written as it is', async () => {
  const { clock, lines, failed } = world();
  failed();
  await clock.advance(90_000);
  failed();
  await clock.advance(90_000);
  assert.deepEqual(
    lines.map(([, , count]) => count),
    [undefined, undefined],
  );
  assert.equal(clock.pending, 0, 'no timer is left');
});

test('another cause is another trouble; an event that is a record is never summed', () => {
  const { log, lines, failed } = world();
  failed('slots');
  failed('slots', 'no responders');
  failed('sessions');
  failed('sessions');
  for (let times = 0; times < 3; times += 1) log.warn({ peer: 'b' }, logEvents.peer_expelled.message);
  log.info({}, 'words that nobody listed');
  assert.deepEqual(
    lines.map(([, event]) => event),
    [...Array(3).fill('follow_failed'), ...Array(3).fill('peer_expelled'), 'words that nobody listed'],
  );
});

test('causes without end are summed as one, and the table of them has an end', async () => {
  const { clock, log, lines, fields } = world();
  for (let number = 0; number < 1_000; number += 1) {
    log.error({ what: 'x', err: new Error(`number ${number}`) }, logEvents.failed.message);
  }
  log.warn({ bucket: 'slots', reason: 'x' }, logEvents.follow_failed.message);
  assert.equal(lines.length, 16 + 1 + 1);
  await clock.advance(10_000);
  assert.deepEqual(lines.slice(18), [[10, 'failed', 984]]);
  assert.match(String((fields.at(-1) as { err: Error }).err), /number 999/);
});

test('lines about requests: 20 of an event in 10 s, 4 of one trouble; the next one says how many were left out', async () => {
  const { clock, log, lines, fields } = world();
  const refused = (gameId: string, requestId: string) =>
    log.warn({ requestId, gameId, code: 'rule_failed' }, logEvents.request_refused.message);
  for (let index = 0; index < 100; index += 1) refused('loud', `l${index}`);
  assert.equal(lines.length, 4);
  for (let index = 0; index < 100; index += 1) refused(`G${index}`, `g${index}`);
  assert.equal(lines.length, 20, 'the loud game left lines to the others');
  const unsaid = () => fields.map((of) => (of as { unsaid?: number }).unsaid).filter((count) => count !== undefined);
  assert.deepEqual(unsaid(), [96]);
  log.warn({ requestId: 'other', gameId: 'loud', cause: 'conflict' }, logEvents.command_in_doubt.message);
  assert.equal(lines.at(-1)?.[1], 'command_in_doubt', 'each event has lines of its own');
  await clock.advance(10_000);
  refused('loud', 'later');
  assert.deepEqual(unsaid(), [96, 84]);
  assert.equal(clock.pending, 0, 'no timer is needed');
});

test('equal defects that two requests met are told by the id of each; those of nobody are summed', () => {
  const { log, lines, fields } = world();
  const err = new Error('equal');
  for (const event of ['request_failed', 'socket_failed', 'failed'] as const) {
    for (const requestId of ['r1', 'r2']) log.error({ requestId, where: 'w', err }, logEvents[event].message);
  }
  const ids = fields.map((of) => (of as { requestId?: string }).requestId);
  assert.deepEqual(ids, ['r1', 'r2', 'r1', 'r2', 'r1', 'r2']);
  for (let times = 0; times < 3; times += 1) log.error({ what: 'w', err }, logEvents.failed.message);
  assert.equal(lines.length, 7);
});

test('what NATS denies is told by the grant that is missing, where none is known by the subject', () => {
  const { log, fields } = world();
  const denied = (subject: string, grant?: string) =>
    log.error({ action: 'publish', subject, grant }, logEvents.nats_denied.message);
  denied('a.1', 'a.*');
  denied('a.2', 'a.*');
  denied('b');
  denied('c');
  assert.deepEqual(
    fields.map((of) => (of as { subject: string }).subject),
    ['a.1', 'b', 'c'],
  );
});

test('at the stop what was not told is told, and nothing goes on', async () => {
  const { clock, log, lines, failed } = world();
  for (let times = 0; times < 5; times += 1) failed();
  log.stop();
  assert.deepEqual(lines, [
    [0, 'follow_failed', undefined],
    [0, 'follow_failed', 5],
  ]);
  assert.equal(clock.pending, 0);
});

test('whenever it comes and is looked at: all is told in the end, and lines are few', () => {
  let random = 1;
  const next = (below: number) => {
    random = (random * 48_271) % 2_147_483_647;
    return random % below;
  };
  for (let run = 0; run < 200; run += 1) {
    let state: Trouble | null = null;
    let now: Now = { wall: 0, monotonic: 0 };
    let came = 0;
    let told = 0;
    let lines = 0;
    let counted = 0;
    for (let step = 0; step < 500; step += 1) {
      const ms = next(run % 2 === 0 ? 500 : 90_000);
      now = { wall: now.wall + ms, monotonic: now.monotonic + ms };
      const event = next(3) === 0 ? 'looked' : 'came';
      if (event === 'came') came += 1;
      const [after, said] = summary(state, event, now);
      if (said !== null) lines += 1;
      if (said === 'first') [told, counted] = [told + 1, 1];
      else if (said !== null) [told, counted] = [told + said.count - counted, said.count];
      state = after;
    }
    const [, last] = summary(state, 'stopped', now);
    if (last !== null && last !== 'first') told += last.count - counted;
    assert.equal(told, came, `run ${run}`);
    if (run % 2 === 0) assert.ok(lines <= 6, `${lines} lines in ${now.monotonic} ms`);
  }
});
