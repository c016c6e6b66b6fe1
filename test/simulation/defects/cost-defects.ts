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
        file: 'src/member/session-host.ts',
        find: 'this.deadlines.set(slot, item.gameId, due);',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a piece of source text.
        replace: 'this.deadlines.set(slot, `${item.gameId} ${due}`, due);',
      },
      {
        file: 'src/member/session-host.ts',
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
    name: 'loads-without-a-limit',
    about: 'Whoever wants a session loads it at once, however many are being loaded (cost).',
    edits: [
      {
        file: 'src/member/session-loader.ts',
        find: 'await this.context.loads.run(at, () => this.load(gameId))',
        replace: 'await this.load(gameId)',
      },
    ],
  },
];
