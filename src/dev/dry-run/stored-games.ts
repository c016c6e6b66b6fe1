/**
 * Games as they are stored now, for whoever wants to try something on them.
 *
 * Why from the store: no member shows a whole world, not even to an administrator.
 */
import { openStreams } from '../../adapters/backup/streams.ts';
import { readNatsConfig } from '../../config.ts';

export interface StoredGames {
  /** Snapshots. */
  readonly values: readonly Uint8Array[];
  /** How many are stored in all. */
  readonly total: number;
}

/** `slot.game`; what members leave there to see each other's lists end is no game. */
const keyOfGame = /^\d+\.[^.]+$/;
/** So many at once are asked for. */
const together = 20;

/** At most `most` of them. Rejects with BackupFailed. */
export async function storedGames(natsUrl: string, namespace: string, most: number): Promise<StoredGames> {
  const settings = readNatsConfig({ MINOTAUR_NATS_URL: natsUrl, MINOTAUR_NAMESPACE: namespace });
  const streams = await openStreams({ ...settings, clientName: 'minotaur dry run' });
  try {
    const keys = (await streams.keys('sessions', null)).filter((key) => keyOfGame.test(key));
    const values: Uint8Array[] = [];
    for (let at = 0; at < Math.min(keys.length, most); at += together) {
      const some = keys.slice(at, Math.min(at + together, most));
      const entries = await Promise.all(some.map((key) => streams.get('sessions', key)));
      for (const entry of entries) if (entry !== null && !entry.deleted) values.push(entry.value);
    }
    return { values, total: keys.length };
  } finally {
    await streams.close();
  }
}
