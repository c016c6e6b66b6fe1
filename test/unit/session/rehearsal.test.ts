/**
 * What a member runs before it is needed: all of it, by the rules that it plays by. Rules that refused the rehearsed game would end it early,
 * and nobody would see it but those who wait at the first takeover.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rehearse } from '../../../src/session/rehearsal.ts';
import { minotaurRules } from '../../support/minotaur-rules.ts';

test('a thousand times a game is made, written, read and shown', () => {
  const times = { create: 0, parse: 0, view: 0 };
  const count = <Name extends keyof typeof times>(name: Name): (typeof minotaurRules)[Name] => {
    const own = minotaurRules[name] as (...args: unknown[]) => unknown;
    return ((...args: unknown[]) => {
      times[name] += 1;
      return own(...args);
    }) as (typeof minotaurRules)[Name];
  };
  rehearse({ ...minotaurRules, create: count('create'), parse: count('parse'), view: count('view') });
  assert.deepEqual(times, { create: 1_000, parse: 1_000, view: 1_000 });
});
