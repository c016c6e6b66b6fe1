/** What zod builds lazily of a module's schemas is there before the first call into the game: a guard may end that call in the middle. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guarded } from '../../../src/adapters/guard.ts';
import { buildAtOnce } from '../../../src/game/built-schemas.ts';
import { defineGame, z } from '../../../src/game/module.ts';
import { gameOf } from '../../../src/game/module-check.ts';

const never = (): never => {
  for (let turn = 0; ; turn += 1) if (turn < 0) throw new Error('the end');
};

/** The first time that its inner type is asked for lasts for ever, unless that is at the load. */
function world(isLoading: () => boolean) {
  const inner = z.string();
  let isFirst = true;
  return z.object({
    name: z.lazy(() => {
      if (isFirst && !isLoading()) never();
      isFirst = false;
      return inner;
    }),
  });
}

test('a parse that a guard ends in the middle of building would break the schema for good', () => {
  const schema = world(() => false);
  // Its time is up; or, where the machine was busy and it is tried again, the schema is broken by then.
  assert.throws(() => guarded(() => schema.safeParse({ name: 'a' })));
  assert.throws(() => schema.safeParse({ name: 'a' }), 'else this is needed no more');
});

test('what a game brings is built as it is loaded', () => {
  let isLoading = true;
  const schema = world(() => isLoading);
  const kinds = z.discriminatedUnion('is', [z.object({ is: z.literal('one') }), z.object({ is: z.literal('two') })]);
  const game = gameOf(
    defineGame({
      ...{ name: 'lazy', version: 1, players: { min: 1, max: 2 }, settings: z.object({}) },
      world: z.object({ schema, kinds }),
      actions: {},
      setup: () => ({ schema: { name: 'a' }, kinds: { is: 'one' as const } }),
      turn: () => ({ players: [] }),
      resolve() {},
      outcome: () => null,
      view: () => ({}),
    }),
  );
  isLoading = false;
  assert.ok(guarded(() => game.world.safeParse({ schema: { name: 'a' }, kinds: { is: 'two' } }).success));
  const { propValues } = kinds._zod;
  assert.deepEqual(Object.keys(propValues ?? {}), ['is']);
});

test('what cannot be walked is left as it is', () => {
  const schema = z.object({ when: z.date(), any: z.custom<Map<string, string>>() });
  buildAtOnce([schema]);
  assert.ok(schema.safeParse({ when: new Date(0), any: new Map() }).success);
});
