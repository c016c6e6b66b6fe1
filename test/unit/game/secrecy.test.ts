/**
 * What is nobody else's business is seen by nobody else: two games that differ in whispered words alone look the same, to the byte, to whoever
 * may not know the words, in views, events, records and refusals.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { GameCommand } from '../../../src/game/commands.ts';
import type { Viewer } from '../../../src/session/rules.ts';
import { commit, Played, whisper } from './worlds.ts';

const ids = ['ann', 'bob', 'cid'] as const;
/** Who may know nothing of what Ann tells Bob. */
const outsiders: readonly Viewer[] = ['public', 'player:cid'];

const id = fc.constantFrom(...ids);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('whisper' as const), from: id, to: id }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('commit' as const), from: id }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('retract' as const), back: fc.integer({ min: 0, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('ready' as const), from: id }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('ring' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** Everything that the outsiders are shown on the way. `word`: what Ann says to Bob. */
function shownTo(steps: readonly Step[], word: string): string[] {
  const game = new Played().begun('bob', 'cid');
  const shown: string[] = [];
  const show = (what: unknown) => shown.push(JSON.stringify(what));
  for (const step of steps) {
    if (game.state.status !== 'active') break;
    const command = commandOf(game, step, word);
    if (command === null) {
      if (game.rules.deadline(game.state) === null) break;
      game.ring();
    } else {
      const outcome = game.attempt(command);
      if (outcome.kind === 'rejected') {
        const isPrivate = step.kind === 'whisper' && step.from === 'ann' && step.to === 'bob';
        if (!isPrivate) show([outcome.code, outcome.detail]);
        continue;
      }
      game.keep(outcome);
      if (outcome.record !== undefined) {
        const stored: unknown = JSON.parse(JSON.stringify(outcome.record.content));
        for (const viewer of outsiders) show(game.rules.record(stored, viewer));
      }
    }
    for (const viewer of outsiders) show([game.see(viewer), game.rules.events(game.state, viewer)]);
  }
  return shown;
}

function commandOf(game: Played, step: Step, word: string): GameCommand | null {
  switch (step.kind) {
    case 'whisper': {
      const isPrivate = step.from === 'ann' && step.to === 'bob';
      return whisper(step.from, step.to, isPrivate ? word : 'hello');
    }
    case 'commit':
      return commit(step.from, game.state.round);
    case 'retract':
      return { type: 'retract_action', actionId: `a${game.version - step.back}` };
    case 'ready':
      return { type: 'set_ready', playerId: step.from, ready: true };
    case 'ring':
      return null;
  }
}

test('whoever may not know what was said is shown the same, whatever was said', () => {
  const words = fc.string({ maxLength: 20 });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25, size: 'max' }), words, words, (steps, one, other) => {
      assert.deepEqual(shownTo(steps, one), shownTo(steps, other));
    }),
    { numRuns: 150 },
  );
});
