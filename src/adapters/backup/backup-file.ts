/**
 * The file of a backup: JSON lines, compressed with gzip.
 *
 * Role: one line that says what it is, one for each entry, one with their number. The tools of every system can read it.
 * Invariants:
 *  - A file without its last line is no backup: whoever reads it gets an error. (gzip's checksum finds bytes that were changed.)
 *  - Both directions hold a few entries in memory at once, whatever the size of the file.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { z } from 'zod';
import { BUCKETS, type BucketName } from '../../ports/store.ts';

const FORMAT = 1;

const beginning = z.object({ minotaurBackup: z.literal(FORMAT), namespace: z.string() });
const entry = z.object({
  bucket: z.enum(BUCKETS),
  key: z.string().min(1),
  headers: z.record(z.string(), z.string()),
  deleted: z.boolean(),
  value: z.base64().transform((text) => Buffer.from(text, 'base64')),
});
const end = z.object({ entries: z.int().min(0) });

/** An entry of a bucket, without what belongs to the place where it was stored. */
export type BackupEntry = z.output<typeof entry>;

/** How many entries of each bucket. */
export type Counts = Readonly<Record<BucketName, number>>;

/** The file cannot be used; the message says why. */
class BackupUnreadable extends Error {
  override readonly name = 'BackupUnreadable';
}

export function noEntries(): Record<BucketName, number> {
  return { members: 0, slots: 0, sessions: 0, archive: 0 };
}

/**
 * Writes all of `entries` to `path`, which appears when it is complete. Rejects with what `entries` or the file system throws; then nothing is
 * left behind.
 */
export async function writeBackup(path: string, namespace: string, entries: AsyncIterable<BackupEntry>): Promise<void> {
  const part = `${path}.part`;
  try {
    await pipeline(linesOf(namespace, entries), createGzip(), createWriteStream(part));
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

async function* linesOf(namespace: string, entries: AsyncIterable<BackupEntry>): AsyncGenerator<string> {
  let count = 0;
  yield line({ minotaurBackup: FORMAT, namespace });
  for await (const { value, ...rest } of entries) {
    count += 1;
    yield line({ ...rest, value: value.toString('base64') });
  }
  yield line({ entries: count });
}

function line(content: object): string {
  return `${JSON.stringify(content)}\n`;
}

/** Tells `each` of every entry, one after the other. Rejects with BackupUnreadable, or with what `each` rejects with. */
export async function readBackup(path: string, each: (entry: BackupEntry) => Promise<void> | void): Promise<void> {
  let place = 'beginning' as 'beginning' | 'entries' | 'end';
  let count = 0;
  const take = async (text: string): Promise<void> => {
    const content = parse(text);
    if (place === 'beginning') {
      if (!beginning.safeParse(content).success) throw new BackupUnreadable('it is no backup that this version knows');
      place = 'entries';
      return;
    }
    const last = end.safeParse(content);
    if (last.success) {
      if (place === 'end' || last.data.entries !== count) throw new BackupUnreadable('entries are missing in it');
      place = 'end';
      return;
    }
    const parsed = entry.safeParse(content);
    if (!parsed.success || place === 'end') throw new BackupUnreadable(`entry ${count + 1} makes no sense`);
    count += 1;
    await each(parsed.data);
  };
  try {
    await pipeline(createReadStream(path), createGunzip(), async (chunks: AsyncIterable<Buffer>) => {
      for await (const text of splitLines(chunks)) await take(text);
    });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    // zlib's own: no gzip at all, cut off, or changed.
    throw code.startsWith('Z_') ? new BackupUnreadable(`it is damaged (${code})`) : error;
  }
  if (place !== 'end') throw new BackupUnreadable('its end is missing');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BackupUnreadable('a line of it is no JSON');
  }
}

async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}
