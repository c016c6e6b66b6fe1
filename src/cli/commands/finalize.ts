/**
 * `finalize`: from now on what is stored may be what older versions cannot read; the end of the time in which an update can be rolled back.
 *
 * Role: calls finalize.ts with NATS, and puts into words how it ended, and where the cluster stands if it did not.
 */
import { type Format, isHalfWay, type Speaker } from '../../cluster/finalize.ts';
import { NatsClusterKeys } from '../cluster-keys.ts';
import { type Context, exitCodes, type Outcome } from '../command.ts';
import { type Ending, finalize as performed, wordsOf } from '../finalize.ts';
import { inWords } from '../table.ts';

export async function finalize(context: Context): Promise<Outcome> {
  const { openNats } = await import('../nats.ts');
  const nats = await openNats(context.environment);
  try {
    const ending = await performed(new NatsClusterKeys(nats), {
      takeBack: context.flags['take-back'] === true,
      say: (line) => context.say(line),
      pause: (ms) => context.pause(ms),
      isStopped: () => context.stopped.aborted,
    });
    return told(ending);
  } finally {
    await nats.close();
  }
}

/** How it ended, for people and for scripts. */
export function told(ending: Ending): Outcome {
  const done = (text: string): Outcome => ({ value: ending, text, isWell: true });
  const failed = (text: string, exitCode?: number): Outcome => ({
    value: ending,
    text,
    isWell: false,
    ...(exitCode !== undefined && { exitCode }),
  });
  switch (ending.is) {
    case 'finalized':
      return done(
        `${wordsOf(ending.written)} is written from now on (it was ${wordsOf(ending.from)}).\n` +
          'Members follow as they are. Older versions cannot join any more: there is no way back but a backup.',
      );
    case 'nothing':
      return done(`There is nothing to do: ${wordsOf(ending.written)} is written, and nobody speaks more.`);
    case 'takenBack':
      return done(
        `${wordsOf(ending.written)} is written, and whoever speaks that is let in: an update can be rolled back.`,
      );
    case 'behind':
      return failed(
        `Nothing is finalized, and whoever speaks ${wordsOf(ending.written)} is let in: ${behindInWords(ending.behind)}.\n` +
          'Replace them by the newer version, or wait until they have gone, and call this again.',
      );
    case 'nobody':
      return failed(
        'There are no members: start them first, so that it can be seen what they speak.' +
          (isHalfWay(ending) ? `\n${whereItStands(ending)}` : ''),
      );
    case 'noCluster':
      return failed('There is no cluster in this MINOTAUR_NAMESPACE.');
    case 'stopped':
    case 'gaveUp':
      return failed(`Not finished: ${ending.reason}.\n${whereItStands(ending.at)}`, exitCodes.unavailable);
  }
}

export function behindInWords(behind: readonly Speaker[]): string {
  return inWords(behind.map((member) => `${member.id} speaks ${wordsOf(member)} at most`));
}

function whereItStands(record: { readonly minimum: Format; readonly written: Format } | null): string {
  if (record === null) return 'Nothing was changed.';
  if (!isHalfWay(record)) return `${wordsOf(record.written)} was written when it was last read: call this again.`;
  return (
    `${wordsOf(record.written)} was written when it was last read, and members that do not speak ${wordsOf(record.minimum)} cannot join.\n` +
    'That harms nobody who runs. Go on: minotaur finalize. Undo: minotaur finalize --take-back'
  );
}
