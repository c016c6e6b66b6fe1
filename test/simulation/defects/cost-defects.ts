/**
 * Defects that break no promise at once: memory that grows, loops without a pause, work without a limit.
 */
import type { Defect } from './defect.ts';

export const costDefects: readonly Defect[] = [
  {
    name: 'deadline-kept-beside-the-next-one',
    about: 'A new deadline of a game does not replace the one before: each stays until its time (cost).',
    edits: [
      {
        file: 'src/member/sessions/round-ends.ts',
        find: 'this.deadlines.set(slot, item.gameId, due);',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a piece of source text.
        replace: 'this.deadlines.set(slot, `${item.gameId} ${due}`, due);',
      },
      {
        file: 'src/member/sessions/round-ends.ts',
        find: 'this.ring(slot, gameId, at)',
        replace: "this.ring(slot, gameId.split(' ')[0] ?? '', at)",
      },
    ],
  },
  {
    name: 'sent-again-without-a-pause',
    about: 'What the store answers at once, but not finally, is asked again at once (cost).',
    edits: [
      {
        file: 'src/member/kit/retry.ts',
        find: 'pauseAfter(policy, failures, context.random.fraction())',
        replace: '1',
      },
    ],
  },
  {
    name: 'place-never-given-back',
    about: 'Whoever has loaded a session keeps the place at the limiter: after so many loads nobody loads any (I8).',
    edits: [{ file: 'src/member/kit/limiter.ts', find: '      this.underWay -= 1;\n', replace: '' }],
  },
  {
    name: 'limit-of-loads-without-a-least',
    about: 'Each answer that takes long halves the limit of loads, down to nothing: nobody loads any more (I8).',
    edits: [
      {
        file: 'src/member/kit/adaptive-limit.ts',
        find: 'this.limit = Math.max(least, Math.floor(this.limit / 2));',
        replace: 'this.limit = Math.floor(this.limit / 2);',
      },
    ],
  },
  {
    name: 'loads-without-a-limit',
    about: 'Whoever wants a session loads it at once, however many are being loaded (cost).',
    edits: [
      {
        file: 'src/member/sessions/session-loader.ts',
        find: 'await this.context.loads.run(at, () => this.load(gameId), shownOf(item)?.value.length)',
        replace: 'await this.load(gameId)',
      },
    ],
  },
  {
    name: 'looked-and-told',
    about: 'What is looked at each second is told each second, though nothing is stuck (cost).',
    edits: [
      {
        file: 'src/member/stuck-watch.ts',
        find: 'this.found.set(kind, stuck);',
        replace: "this.found.set(kind, stuck);\n    log.info({ kind }, 'what was stuck goes on, or is given up');",
      },
    ],
  },
];
