/**
 * `import <file> <game>`: one game out of a file of `export`, or out of a backup of many.
 *
 * Role: writes what was stored of it, then has a member look at it, so that nobody is told meanwhile that there is no such game.
 * Invariants:
 *  - Nothing is written that this version and this cluster cannot read.
 *  - Nothing is written over a game that a member may have in memory: what is to be replaced is erased by its owner before.
 */
import { type ClusterAnswer, memberIn } from '../cluster-findings.ts';
import { type Context, type Outcome, WronglyCalled } from '../command.ts';
import { gameOf } from '../game-id.ts';
import type { BroughtEntry, StoredCluster } from '../stored.ts';
import { counted, inWords } from '../table.ts';

/** Games of a backup of many that are counted, where the one that was asked for is not in it. */
const MOST_NAMED = 1_000;

export async function importGame(context: Context): Promise<Outcome> {
  const [file, id, ...rest] = context.given;
  if (file === undefined || id === undefined || rest.length > 0) {
    throw new WronglyCalled('import names a file and a game in it');
  }
  const gameId = gameOf({ given: [id] });
  const { openStored } = await import('../stored.ts');
  const { entries, others } = await partsOf(file, gameId);
  const failed = (text: string): Outcome => ({ value: { gameId, error: text }, text, isWell: false });
  if (entries.length === 0)
    return failed(`There is no ${gameId} in ${file}: it holds ${inWords([...others]) || 'no game'}.`);
  const cluster = await openStored(context.environment);
  try {
    const unfit = whyUnfit(cluster, entries, gameId);
    if (unfit !== null) return failed(`Nothing was written: ${unfit}.`);
    const obstacle = context.flags.replace === true ? await clear(context, cluster, gameId) : null;
    if (obstacle !== null) return failed(`Nothing was replaced: ${obstacle}.`);
    const failure = await cluster.bring(gameId, entries);
    if (failure !== null) return failed(`${gameId} was not imported: ${failure}.`);
  } finally {
    await cluster.close();
  }
  const isOver = !entries.some(({ bucket }) => bucket === 'sessions');
  // By the only request that writes where nothing is known to be, and so finds what is there.
  const told = isOver
    ? null
    : await context.server.post(`/v1/games/${gameId}/continue`, { game: { id: gameId } }).then(() => null, String);
  const records = `${counted(entries.length - 1, 'record')} of rounds or ends`;
  const more = told === null ? '' : `\nIts owner hears of it within 5 minutes: nobody could be told now (${told}).`;
  return {
    value: { gameId, entries: entries.length },
    text: `${gameId} is back, with ${records}.${more}`,
    isWell: true,
  };
}

/**
 * Has the owner erase what is there, so that it forgets what it has in memory, which it would go on with. Null: nothing is there any more. Rejects
 * with Unreachable or Refused.
 */
async function clear({ server }: Context, cluster: StoredCluster, gameId: string): Promise<string | null> {
  if (!(await cluster.isThere(gameId))) return null;
  const { self, members } = await server.get<ClusterAnswer>('/v1/cluster');
  const incarnation = memberIn({ members }, self)?.incarnation ?? '';
  // Else the game of another cluster would be erased.
  if (!(await cluster.hasMember(self, incarnation))) {
    return `${self} at ${server.base} is no member of the cluster in this MINOTAUR_NAMESPACE`;
  }
  await server.erase(`/v1/games/${gameId}`);
  return null;
}

/** What a file holds of a game, and which others it holds. Rejects with an Error that names the file. */
async function partsOf(
  file: string,
  gameId: string,
): Promise<{ readonly entries: readonly BroughtEntry[]; readonly others: ReadonlySet<string> }> {
  const { readBackup } = await import('../nats.ts');
  const entries: BroughtEntry[] = [];
  const others = new Set<string>();
  const reading = readBackup(file, ({ bucket, key, headers, value, deleted }) => {
    if ((bucket !== 'sessions' && bucket !== 'archive') || deleted) return;
    const [, id] = /^\d+\.([^.]+)(?:\.\d+)?$/.exec(key) ?? [];
    if (id === gameId) entries.push({ bucket, key, headers, value });
    else if (id !== undefined && others.size < MOST_NAMED) others.add(id);
  });
  await reading.catch(({ code, message }: NodeJS.ErrnoException) => {
    throw new Error(code === 'ENOENT' ? `there is no file ${file}` : `${file} cannot be used: ${message}`);
  });
  return { entries, others };
}

function whyUnfit(cluster: StoredCluster, entries: readonly BroughtEntry[], gameId: string): string | null {
  for (const { key, value } of entries.filter(({ key }) => key.endsWith(`.${gameId}`))) {
    try {
      if (cluster.readSnapshot(value).gameId !== gameId) return `${key} holds another game`;
      const { stateVersion } = JSON.parse(Buffer.from(value).toString()) as { stateVersion: number };
      if (stateVersion > cluster.writtenStateVersion) {
        return `it is of state version ${stateVersion}, this cluster writes ${cluster.writtenStateVersion}`;
      }
    } catch (error) {
      return `${key} cannot be read (${error instanceof Error ? error.message.split('\n')[0] : String(error)})`;
    }
  }
  return null;
}
