/**
 * The window of remembered results: what it keeps, what it forgets, and that it knows what it has forgotten.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { type Result, Results } from '../../../src/session/results.ts';

const WINDOW = 96;

function result(id: string, receivedAt = 1_000, outcome = ''): Result {
  return { id, receivedAt, fingerprint: `f-${id}`, version: 7, outcome };
}

function filled(principal: string, count: number, receivedAt = (index: number) => index): Results {
  const results = new Results();
  for (let index = 1; index <= count; index += 1) results.record(principal, result(`c${index}`, receivedAt(index)));
  return results;
}

function stored(results: Results): Results {
  return Results.restore(JSON.parse(JSON.stringify(results.store())));
}

test('a result is found by its principal and id, with everything that was recorded', () => {
  const results = new Results();
  results.record('p', result('a', 1_234_567_890_123, 'round_over'));
  assert.deepEqual(results.find('p', 'a'), result('a', 1_234_567_890_123, 'round_over'));
  assert.equal(results.find('p', 'b'), undefined);
  assert.equal(results.find('q', 'a'), undefined);
});

test('exactly the last 96 results of a principal are kept', () => {
  const results = filled('p', WINDOW);
  assert.ok(results.find('p', 'c1'));
  assert.equal(results.isTooLate('p', 1), false, 'nothing is forgotten yet');
  results.record('p', result(`c${WINDOW + 1}`, WINDOW + 1));
  assert.equal(results.find('p', 'c1'), undefined);
  assert.ok(results.find('p', 'c2'));
});

test('what could have been forgotten is too late, what came later is not', () => {
  const results = filled('p', WINDOW + 3);
  assert.equal(results.isTooLate('p', 3), true);
  assert.equal(results.isTooLate('p', 4), false);
});

test('the window of one principal does not move for another', () => {
  const results = filled('p', WINDOW + 10);
  assert.equal(results.isTooLate('q', 1), false);
  results.record('q', result('a', 5));
  assert.ok(results.find('q', 'a'));
  assert.equal(results.isTooLate('q', 1), false);
});

test('times that have not come yet count as now, wherever they stand', () => {
  const HOUR = 3_600_000;
  const results = filled('p', WINDOW + 3, (index) => HOUR + index);
  for (let index = 0; index < 128; index += 1) results.record(`other${index}`, result('a', HOUR));
  const now = 5_000;
  const corrected = stored(results);
  corrected.correct(now);
  assert.deepEqual(corrected.find('other7', 'a'), result('a', now));
  for (const principal of ['other7', 'unheard of']) assert.equal(corrected.isTooLate(principal, now + 1), false);
  for (let index = 0; index <= WINDOW; index += 1) corrected.record('other7', result(`b${index}`, now + 1 + index));
  assert.equal(corrected.isTooLate('other7', now), true, 'what it forgot was received before it was corrected');
  assert.equal(corrected.isTooLate('other7', now + 2), false);
  const size = Object.values(corrected.store().principals).reduce((sum, { results: text }) => sum + text.length + 1, 0);
  assert.equal(corrected.sizeBytes, size);
});

test('times that are right within a second stay as they are', () => {
  const results = filled('p', WINDOW + 3, (index) => 6_000 + index);
  results.correct(6_000 + WINDOW + 3 - 1_000);
  assert.equal(results.isTooLate('p', 6_003), true);
  assert.equal(results.isTooLate('p', 6_004), false);
});

test('receive times out of order: what is forgotten never gets younger', () => {
  const results = filled('p', WINDOW + 2, (index) => (index === 1 ? 900 : index));
  assert.equal(results.isTooLate('p', 900), true, 'the first one, received at 900, was evicted');
  assert.equal(results.isTooLate('p', 901), false);
});

test('an evicted principal leaves behind how late is too late, for itself and for newcomers', () => {
  const results = new Results();
  results.record('eldest', result('a', 500));
  for (let index = 0; index < 128; index += 1) results.record(`p${index}`, result('a', 1_000));
  assert.equal(results.find('eldest', 'a'), undefined);
  assert.equal(results.isTooLate('eldest', 500), true);
  assert.equal(results.isTooLate('eldest', 501), false);
  assert.equal(stored(results).isTooLate('eldest', 500), true, 'stored and restored as well');
  results.record('eldest', result('b', 2_000));
  assert.equal(results.isTooLate('eldest', 500), true, 'it still is once the principal is back');
  assert.equal(results.isTooLate('p127', 500), false, 'those who stayed know all of theirs');
});

test('an evicted principal hands down the time that it had forgotten itself', () => {
  const results = filled('eldest', WINDOW + 1, (index) => (index === 1 ? 9_000 : 10));
  for (let index = 0; index < 128; index += 1) results.record(`p${index}`, result('a', 1));
  assert.equal(results.isTooLate('eldest', 9_000), true);
});

test('the principal that was used longest ago goes first', () => {
  const results = new Results();
  for (let index = 0; index < 128; index += 1) results.record(`p${index}`, result('a'));
  results.record('p0', result('b'));
  results.record('new', result('a'));
  assert.ok(results.find('p0', 'a'));
  assert.equal(results.find('p1', 'a'), undefined);
});

test('stored and restored it knows the same, and forgets in the same order', () => {
  const before = filled('p', WINDOW + 5);
  before.record('q', result('rejected', 77, 'no_action_points'));
  const after = stored(before);
  assert.deepEqual(after.store(), before.store());
  assert.deepEqual(after.find('q', 'rejected'), result('rejected', 77, 'no_action_points'));
  assert.equal(after.isTooLate('p', 5), true);
  after.record('p', result('next', 100));
  assert.equal(after.find('p', 'c6'), undefined);
  assert.ok(after.find('p', 'c7'));
});

test('order among principals survives storing', () => {
  const results = new Results();
  for (let index = 0; index < 128; index += 1) results.record(`p${index}`, result('a'));
  results.record('p0', result('b'));
  const after = stored(results);
  after.record('new', result('a'));
  assert.ok(after.find('p0', 'a'));
  assert.equal(after.find('p1', 'a'), undefined);
});

test('a stored result is small', () => {
  const digest = 'AbCdEfGhIjKl';
  const results = new Results();
  results.record('p', {
    id: digest,
    receivedAt: Date.UTC(2030, 0, 1),
    fingerprint: 'abcdefghij',
    version: 1_000,
    outcome: '',
  });
  const [text] = results.store().principals.p?.results ?? [];
  assert.ok(text !== undefined && text.length <= 40, `${text?.length} characters`);
});

test('a renewed result is the newest, as large as it was, and its time never goes back', () => {
  const results = filled('p', WINDOW);
  const { sizeBytes } = results;
  results.renew('p', result('c1', 1), 700);
  results.renew('p', result('c1', 700), 5);
  assert.deepEqual(results.find('p', 'c1'), result('c1', 700));
  results.record('p', result('next', 1_000));
  assert.equal(results.find('p', 'c2'), undefined, 'the one after it went first');
  assert.equal(results.isTooLate('p', 3), false);
  for (const principal of ['p', 'unheard of']) results.renew(principal, result('unheard of'), 1);
  const [text] = Object.values(results.store().principals).map((row) => row.results);
  assert.equal(results.sizeBytes, (text ?? '').length + 1);
  assert.ok(results.sizeBytes >= sizeBytes);
  assert.equal((text ?? '').split(',').length, WINDOW);
});

test('property: a recorded command is either found or too late, in any order, stored at any moment', () => {
  const step = fc.record({ principal: fc.nat(300), receivedAt: fc.nat(50) });
  // Mostly few principals, so that windows overflow; sometimes many, so that principals do.
  const steps = fc.tuple(fc.boolean(), fc.array(step, { minLength: 150, maxLength: 400 }), fc.nat(400));
  fc.assert(
    fc.property(steps, ([crowded, given, storedAt]) => {
      let results = new Results();
      const all: { principal: string; id: string; receivedAt: number }[] = [];
      for (const [index, { principal, receivedAt }] of given.entries()) {
        const name = `p${crowded ? principal : principal % 3}`;
        all.push({ principal: name, id: `c${index}`, receivedAt });
        results.record(name, result(`c${index}`, receivedAt));
        if (index === storedAt) results = stored(results);
      }
      for (const { principal, id, receivedAt } of all) {
        assert.ok(results.find(principal, id) !== undefined || results.isTooLate(principal, receivedAt));
      }
    }),
    { numRuns: 60 },
  );
});

test('a command that is recorded is not kept: what is in memory is the stored text', () => {
  const results = new Results();
  const command = { ...result('a'), input: { type: 'register_action' }, caller: { kind: 'admin' } };
  results.record('p', command);
  assert.doesNotMatch(inspect(results, { depth: Number.POSITIVE_INFINITY }), /register_action|admin/);
});

test('property: whatever was recorded is found, or is too late', () => {
  const recorded = fc.array(fc.record({ principal: fc.nat(3), receivedAt: fc.nat(1_000_000) }), { maxLength: 300 });
  fc.assert(
    fc.property(recorded, (commands) => {
      let results = new Results();
      for (const [index, { principal, receivedAt }] of commands.entries()) {
        results.record(`p${principal}`, result(`c${index}`, receivedAt));
        if (index % 50 === 49) results = stored(results);
      }
      for (const [index, { principal, receivedAt }] of commands.entries()) {
        const found = results.find(`p${principal}`, `c${index}`);
        if (found === undefined) assert.ok(results.isTooLate(`p${principal}`, receivedAt));
        else assert.deepEqual(found, result(`c${index}`, receivedAt));
        // An id that begins or ends like another one is another one.
        assert.equal(results.find(`p${principal}`, `${index}`), undefined);
        assert.equal(results.find(`p${principal}`, `c${index} `), undefined);
      }
    }),
    { numRuns: 50 },
  );
});
