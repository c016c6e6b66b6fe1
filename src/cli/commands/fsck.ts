/**
 * `fsck`: reads everything that is stored and says what does not belong together; `--repair` mends what can be mended without losing anything.
 *
 * Role: slot by slot, so that little is held at once. What is wrong is looked at once more before it is said: members may be at it.
 */
import type { Context, Outcome } from '../command.ts';
import { checkSlot, type Problem } from '../fsck/check-slot.ts';
import { counted, table } from '../table.ts';

const MOST_TOLD = 1_000;
const SAY_EVERY_MS = 2_000;

export async function fsck(context: Context): Promise<Outcome> {
  const { openStored } = await import('../stored.ts');
  const stored = await openStored(context.environment);
  try {
    const problems: Problem[] = [];
    let games = 0;
    let sayAt = context.wall() + SAY_EVERY_MS;
    const { numbers } = stored;
    for (const [index, slot] of numbers.entries()) {
      const found = await lookAt(slot);
      problems.push(...found.slice(0, MOST_TOLD - problems.length));
      if (context.wall() < sayAt) continue;
      sayAt = context.wall() + SAY_EVERY_MS;
      context.say(`${index + 1} of ${counted(numbers.length, 'slot')}, ${counted(games, 'game')} …`);
    }
    const told = context.flags.repair === true ? await repairAll(problems) : problems;
    return { value: { games, problems: told }, text: textOf(games, told), isWell: told.every(isMended) };

    async function lookAt(slot: number): Promise<readonly Problem[]> {
      const first = await stored.read(slot);
      games += first.sessions.length;
      const suspected = checkSlot(first, stored.readSnapshot);
      if (suspected.length === 0) return [];
      const again = checkSlot(await stored.read(slot), stored.readSnapshot);
      return again.filter(({ key, sentence }) => suspected.some((one) => one.key === key && one.sentence === sentence));
    }

    async function repairAll(all: readonly Problem[]): Promise<readonly Told[]> {
      const done: Told[] = [];
      for (const problem of all) done.push({ ...problem, outcome: await stored.repair(problem) });
      return done;
    }
  } finally {
    await stored.close();
  }
}

/** `outcome`: `mended`, or why not; absent: it was not tried. */
type Told = Problem & { readonly outcome?: string };

function isMended({ outcome }: Told): boolean {
  return outcome === 'mended';
}

function textOf(games: number, problems: readonly Told[]): string {
  const looked = `${counted(games, 'stored game')} looked at`;
  if (problems.length === 0) return `${looked}: all of it belongs together.`;
  const rows = problems.map(({ bucket, key, sentence, repair, outcome }) => [
    bucket,
    key,
    sentence,
    outcome ?? (repair === null ? '' : '--repair can mend it'),
  ]);
  return `${table([['bucket', 'key', 'what', ''], ...rows])}\n\n${looked}, ${counted(problems.length, 'problem')} found.`;
}
