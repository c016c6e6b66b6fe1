/** What `npm start` shows of its members, on screens of any size, and of their logs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { statusText } from '../../../src/dev/guide.ts';
import type { Phase } from '../../../src/dev/local-member.ts';
import { readableLog } from '../../../src/dev/readable-log.ts';
import { fit } from '../../../src/dev/screen.ts';

const member = (phase: Phase, notReady: string | null = null, id = 'm1') => ({
  id,
  phase,
  notReady,
  pid: 7,
  url: 'http://127.0.0.1:3001',
});
const known = (slots: number, sessions: number | null, status: 'active' | 'leaving' = 'active', id = 'm1') => ({
  id,
  incarnation: 'i',
  status,
  slots,
  sessions,
  version: '1',
});
const report = (...members: ReturnType<typeof known>[]) => ({
  self: 'm1',
  revision: 1,
  members,
  slots: 256,
  unowned: 0,
});
const shown = (...asked: Parameters<typeof statusText>) => statusText(...asked).map(stripVTControlCharacters);

test('a member that is not ready is never called ready, and says why', () => {
  const reason = 'NATS acknowledges no renewals';
  const [line, total] = shown([member('ready', reason)], report(known(256, null)));
  assert.match(line ?? '', /^m1 {2}not ready: NATS acknowledges no renewals +http/);
  assert.equal(total, '256 slots, all owned');
  assert.match(
    shown([member('ready')], report(known(256, 0)))[0] ?? '',
    /^m1 {2}ready {5}256 slots {5}0 sessions +http/,
  );
});

test('one session is one session; what nobody said is no number', () => {
  assert.match(shown([member('ready')], report(known(1, 1)))[0] ?? '', / 1 slot +1 session {2,}http/);
  assert.match(shown([member('ready')], report(known(2, null)))[0] ?? '', / 2 slots +\? sessions /);
});

test('who left as planned is drained, also where it runs on; who was killed is dead', () => {
  assert.match(shown([member('drained')], report())[0] ?? '', /^m1 {2}drained {4,}http/);
  assert.match(shown([member('dead')], report())[0] ?? '', /^m1 {2}dead {4,}http/);
  const cordoned = (slots: number) => shown([member('ready', 'draining')], report(known(slots, 0, 'leaving')))[0] ?? '';
  assert.match(cordoned(3), /^m1 {2}draining +3 slots/);
  assert.match(cordoned(0), /^m1 {2}drained +0 slots/);
  assert.deepEqual(shown([member('ready')], null).length, 2);
});

test('a low screen shows what fits, the keys last', () => {
  const block = ['', 'm1', 'm2', 'm3', 'slots', 'keys'];
  assert.deepEqual(fit(block, 6), block);
  assert.deepEqual(fit(block, 5), ['m1', 'm2', 'm3', 'slots', 'keys']);
  assert.deepEqual(fit(block, 3), ['m1', 'm2', 'keys']);
  assert.deepEqual(fit(block, 1), ['m1']);
  assert.deepEqual(fit(block, 0), []);
});

test('a line of a log is shown for people; what is no JSON stays as it is', () => {
  const time = new Date(2030, 0, 31, 12, 0, 1).toISOString();
  const line = JSON.stringify({
    level: 'warn',
    time,
    event: 'handoff_failed',
    member: 'm1',
    slot: 3,
    to: 'm2',
    msg: 'a handoff did not come about',
  });
  assert.equal(stripVTControlCharacters(readableLog(line)), '12:00:01 warn  a handoff did not come about slot=3 to=m2');
  const failed = JSON.stringify({ level: 'fatal', time, msg: 'failed', err: { message: 'no way', stack: 'x' } });
  assert.equal(stripVTControlCharacters(readableLog(failed)), '12:00:01 fatal failed (no way)');
  const settings = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`SETTING_${index}`, index]));
  const start = stripVTControlCharacters(
    readableLog(JSON.stringify({ level: 'info', time, msg: 'in force', settings })),
  );
  assert.match(start, /^12:00:01 info {2}in force settings=\{"SETTING_0":0,.{65}…$/);
  for (const other of ['minotaur: wrong settings:', '{"half', '']) assert.equal(readableLog(other), other);
});
