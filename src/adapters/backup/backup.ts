/**
 * Taking a backup and bringing it back.
 *
 * Role: which buckets, in which order, and what of them.
 * Invariants (ADR 45):
 *  - Each key is read by itself, at the stream's leader: the server's own snapshots miss keys that are overwritten while they are taken.
 *  - Sessions are read before the archive: a round's record is archived before its session moves on, and a concluded game before its session
 *    is deleted. Both before the slots: a record never gives way to one of a lower epoch, and epochs go on from the slots.
 *  - Only into empty streams: what is there is never mixed with what was.
 *  - Nothing is written before the whole file was read once.
 */
import { BUCKETS, type BucketName } from '../../ports/store.ts';
import { type BackupEntry, type Counts, noEntries, readBackup, writeBackup } from './backup-file.ts';
import { BackupFailed, type Streams } from './streams.ts';

const ORDER = ['sessions', 'archive', 'slots', 'members'] as const satisfies readonly BucketName[];
/** Reads or writes that are under way at a time. */
const WINDOW = 256;

/** What is read from; what is written to. */
type Source = Pick<Streams, 'keys' | 'get'>;
type Target = Pick<Streams, 'prepare' | 'put'>;

export interface Scope {
  /** Those that are not kept belong to members that will not be there any more. */
  readonly keeps: (entry: Pick<BackupEntry, 'bucket' | 'key'>) => boolean;
  /** Told now and then of how far it is. */
  readonly progress: (counts: Counts) => void;
}

/** Writes a backup to `path`. Resolves with what is in it. Rejects with BackupFailed or the file system's error. */
export async function save(streams: Source, namespace: string, path: string, scope: Scope): Promise<Counts> {
  const counts = noEntries();
  async function* all(): AsyncGenerator<BackupEntry> {
    for (const name of ORDER) {
      for await (const entry of entriesOf(streams, name)) {
        if (!scope.keeps(entry)) continue;
        counts[name] += 1;
        scope.progress(counts);
        yield entry;
      }
    }
  }
  await writeBackup(path, namespace, all());
  return counts;
}

/**
 * Every key that is there, with what it holds a moment later: however often keys are overwritten meanwhile, none is missed, and it ends. One
 * part at a time, so that no list is long.
 */
async function* entriesOf(streams: Source, name: BucketName): AsyncGenerator<BackupEntry> {
  const isBySlot = name === 'sessions' || name === 'archive';
  for (const part of isBySlot ? await streams.keys('slots', null) : [null]) {
    const keys = await streams.keys(name, part);
    for (let from = 0; from < keys.length; from += WINDOW) {
      const entries = await Promise.all(keys.slice(from, from + WINDOW).map((key) => streams.get(name, key)));
      yield* entries.filter((entry) => entry !== null);
    }
  }
}

/**
 * Brings back what `save` wrote. Resolves with what was written. Rejects with BackupUnreadable, the file system's error, or BackupFailed: if
 * that comes after something was written, the streams hold a part, and the next try is refused.
 */
export async function restore(streams: Target, path: string, { keeps, progress }: Scope): Promise<Counts> {
  await readBackup(path, () => {});
  await refuseFull(streams);
  const counts = noEntries();
  let batch: BackupEntry[] = [];
  const write = async (): Promise<void> => {
    await Promise.all(batch.map((entry) => streams.put(entry)));
    batch = [];
  };
  await readBackup(path, async (entry) => {
    if (!keeps(entry)) return;
    batch.push(entry);
    counts[entry.bucket] += 1;
    progress(counts);
    if (batch.length === WINDOW) await write();
  });
  await write();
  return counts;
}

async function refuseFull(streams: Target): Promise<void> {
  const full: string[] = [];
  for (const name of BUCKETS) {
    const entries = await streams.prepare(name);
    if (entries > 0) full.push(`${name} (${entries} entries)`);
  }
  if (full.length === 0) return;
  throw new BackupFailed(
    `something is stored here: ${full.join(', ')}. Stop all members and remove these streams, or choose another MINOTAUR_NAMESPACE`,
  );
}
