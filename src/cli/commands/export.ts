/**
 * `export <game> <file>`: everything that is stored of a game: its state, or its last one, and the records of its rounds.
 *
 * Role: a file of the form of backups. It is read past all members, so it works for a game that none of them can read.
 */
import { type Context, type Outcome, WronglyCalled } from '../command.ts';
import { gameOf } from '../game-id.ts';
import type { BackupEntry } from '../nats.ts';
import type { StoredOfGame } from '../stored.ts';
import { counted } from '../table.ts';

export async function exportGame(context: Context): Promise<Outcome> {
  const [id, file, ...rest] = context.given;
  if (file === undefined || rest.length > 0) throw new WronglyCalled('export names a game and a file');
  const gameId = gameOf({ given: [id ?? ''] });
  const [{ openStored }, { writeBackup }] = await Promise.all([import('../stored.ts'), import('../nats.ts')]);
  const cluster = await openStored(context.environment);
  try {
    const entries = await cluster.everything(gameId);
    if (entries.length === 0) return { value: null, text: `Nothing is stored of ${gameId}.`, isWell: false };
    await writeBackup(file, context.environment.MINOTAUR_NAMESPACE || 'minotaur', asBackup(entries));
    const text = `${file} holds ${gameId}, in ${counted(entries.length, 'part')}.`;
    return { value: { gameId, file, keys: entries.map(({ bucket, key }) => `${bucket} ${key}`) }, text, isWell: true };
  } finally {
    await cluster.close();
  }
}

async function* asBackup(entries: readonly StoredOfGame[]): AsyncGenerator<BackupEntry> {
  for (const { bucket, key, headers, value } of entries) {
    yield { bucket, key, headers: { ...headers }, deleted: false, value: Buffer.from(value) };
  }
}
