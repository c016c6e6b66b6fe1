/**
 * A crawl that is played again: what its records tell of wounds and deaths is what became of everybody.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GameState as Inner } from '../../../src/game/state.ts';
import { wrongCrawl } from '../../simulation/checks/replay-crawl.ts';
import type { Taken } from '../../simulation/checks/replays.ts';

type Play = NonNullable<Inner['play']>;
interface Told {
  readonly type: string;
  readonly character?: string;
  readonly target?: string;
  readonly hits?: number;
}

const struck = (target: string, hits: number): Told => ({ type: 'attacked', character: 'x', target, hits });
const died = (character: string): Told => ({ type: 'died', character });
const bitten = (target: string): Told => ({ type: 'minotaur_attacked', target });

/** Everybody begins with 60, and an attack takes 25. */
function judged(
  rounds: readonly (readonly Told[])[],
  ended: Readonly<Record<string, number>>,
  outcome: { winners: string[]; reason: string } | null,
  left: readonly string[] = [],
): string | null {
  const records = rounds.map((events) => ({ actions: [], events })) as unknown as Taken[];
  const over = { settings: { health: 60, table: { damage: 25 } } } as unknown as Inner;
  const characters = Object.fromEntries(Object.entries(ended).map(([id, health]) => [id, { health }]));
  const gone = Object.fromEntries(left.map((id) => [id, {}]));
  return wrongCrawl(records, over, {
    seats: Object.keys(ended),
    world: { characters },
    outcome,
    left: gone,
  } as never as Play);
}

test('what is right is right', () => {
  const rounds = [[struck('b', 1), bitten('a')], [], [struck('b', 1), struck('b', 1), died('b')]];
  assert.equal(judged(rounds, { a: 10, b: 0, c: 60 }, { winners: ['c'], reason: 'last_round' }), null);
  assert.equal(judged(rounds, { a: 10, b: 0, c: 0 }, { winners: ['a'], reason: 'last_standing' }, ['c']), null);
  assert.equal(judged([[]], { a: 60, b: 60 }, { winners: ['b', 'a'], reason: 'last_round' }), null);
  assert.equal(judged([[]], { a: 60, b: 60 }, { winners: ['a'], reason: 'forfeit' }), null, 'not by its own rules');
});

const wrongs: Record<string, Parameters<typeof judged>> = {
  'a wound that was not told': [[[]], { a: 35, b: 60 }, null],
  'a wound that was told and taken by nobody': [[[struck('a', 1)]], { a: 60, b: 60 }, null],
  'a death of nothing': [[[died('a')]], { a: 0, b: 60 }, null],
  'a death that was not told': [[[struck('a', 3)]], { a: 0, b: 60 }, null],
  'a death of one who lives': [[[struck('a', 1), died('a')]], { a: 35, b: 60 }, null],
  'a blow for the dead': [[[struck('a', 3), died('a')], [struck('a', 1)]], { a: 0, b: 60 }, null],
  'a winner with less': [[[struck('a', 1)]], { a: 35, b: 60 }, { winners: ['a'], reason: 'last_round' }],
  'one winner of two': [[[]], { a: 60, b: 60 }, { winners: ['a'], reason: 'last_round' }],
  'a dead winner': [
    [[bitten('a'), struck('a', 1), died('a')]],
    { a: 0, b: 60 },
    { winners: ['a'], reason: 'last_standing' },
  ],
};
for (const [what, given] of Object.entries(wrongs)) {
  test(`${what} is seen`, () => assert.notEqual(judged(...given), null));
}
