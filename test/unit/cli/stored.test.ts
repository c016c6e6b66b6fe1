/** What the tool writes past all members: as members would. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Inspection } from '../../../src/cli/nats.ts';
import { StoredCluster } from '../../../src/cli/stored.ts';
import { CONCLUDED, type Listing, listingHeaders, parseListing } from '../../../src/session/snapshot.ts';

const listing: Listing = {
  status: CONCLUDED,
  listed: true,
  suspended: false,
  playedAt: 1_700_000_000_000,
  deadline: null,
  epoch: 3,
  commit: 9,
};

/** A game that is over and archived as revision 41, and still among the living as revision 7. */
function unfinished(archivedValue: string) {
  const written: { readonly key: string; readonly value: unknown; readonly listing: Listing; expected: number }[] = [];
  const entry = (revision: number, value: string, headers: Readonly<Record<string, string>>) => ({
    revision,
    headers,
    deleted: false,
    value: Buffer.from(value),
  });
  const nats = {
    entry: async (bucket: string) =>
      bucket === 'sessions'
        ? entry(7, 'the end', listingHeaders(listing))
        : entry(41, archivedValue, { 'Minotaur-Epoch': '3' }),
    write: async (_bucket: string, key: string, of: { value: unknown; headers: object; expected: number }) => {
      const { value, headers, expected } = of;
      written.push({ key, value, listing: parseListing(headers as Record<string, string>), expected });
      return null;
    },
  };
  const read = () => assert.fail('nothing is read');
  return { cluster: new StoredCluster(nats as unknown as Inspection, 256, 1, read), written };
}

const problem = { bucket: 'sessions', key: '5.ABC', sentence: 'is over', repair: 'finish' } as const;

test('a game that is taken out leaves the marker that its owner would: since which revision the archive tells of it', async () => {
  const { cluster, written } = unfinished('the end');
  assert.equal(await cluster.repair(problem), 'mended');
  assert.deepEqual(written, [{ key: '5.ABC', value: null, listing: { ...listing, archived: 41 }, expected: 7 }]);
});

test('a game whose archived state is another one is left to its owner', async () => {
  const { cluster, written } = unfinished('another end');
  assert.match(await cluster.repair(problem), /its owner has to end it/);
  assert.deepEqual(written, []);
});
