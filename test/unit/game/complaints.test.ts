/** What is wrong is named where it is, with what was likely meant, and briefly. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { complain, complaintsOf, exactly, nearestOf } from '../../../src/game/complaints.ts';

const schema = z.object({ inner: exactly({ count: z.int().max(9), name: z.string().optional() }) });

function complaints(value: unknown, within: readonly string[] = []): readonly string[] {
  return complaintsOf(schema.safeParse(value, { error: complain }).error?.issues ?? [], within);
}

test('a field that is not known is named by its path, each on its own', () => {
  assert.deepEqual(complaints({ inner: { count: 1, cuont: 2, zzz: 3 } }, ['body']), [
    'body.inner.cuont: is not known; did you mean count?',
    'body.inner.zzz: is not known',
  ]);
  assert.deepEqual(complaints({ inner: { count: 1 }, zzz: 3 }), []);
});

test('whatever came, it is told briefly and in ASCII', () => {
  const many = Object.fromEntries(
    Array.from({ length: 1_000 }, (_, index) => [`\u0007é${index % 10}${'k'.repeat(5_000)}${index}`, 1]),
  );
  const told = complaints({ inner: { count: 1, ...many } });
  assert.equal(told.length, 5);
  for (const line of told) assert.match(line, /^inner\.\?\?\dk{37}: is not known$/);
});

test('the nearest name is near', () => {
  const names = ['roundSeconds', 'actionPoints', 'seed'];
  for (const [given, meant] of [
    ['roundSecs', 'roundSeconds'],
    ['round_seconds', 'roundSeconds'],
    ['RoundSeconds', 'roundSeconds'],
    ['actionPoint', 'actionPoints'],
    ['sed', 'seed'],
    ['sede', 'seed'],
    ['esed', 'seed'],
    ['banana', null],
    ['x', null],
    ['', null],
  ] as const) {
    assert.equal(nearestOf(given, names), meant, given);
  }
});
