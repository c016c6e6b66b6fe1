/**
 * What is stored, read and mended past all members: for `fsck`, `get --stored`, `export` and `import`.
 *
 * Role: knows keys and snapshots; the adapter is behind nats.ts.
 * Invariant: every write names the revision that it replaces, so a member's write in between makes it fail instead of being lost (I1).
 */
import { slotOf } from '../cluster/slot-hash.ts';
import { decodeSlotRecord } from '../cluster/slot-table.ts';
import { CLUSTER_KEY, memberKey } from '../cluster/view.ts';
import { decode, listingHeaders, parseListing } from '../session/snapshot.ts';
import type { Environment } from './command.ts';
import { isBarrier, type Problem, type ReadSnapshot, type Stored, type StoredSlot } from './fsck/check-slot.ts';
import { type Inspection, openNats } from './nats.ts';

export interface StoredOfGame extends Stored {
  readonly bucket: 'sessions' | 'archive';
}

/** What is needed of an entry that comes from elsewhere. */
export type BroughtEntry = Omit<StoredOfGame, 'revision'>;

/** Rejects with ConfigError, or an Error that says why NATS does not let us in, or that there is no cluster. */
export async function openStored(environment: Environment): Promise<StoredCluster> {
  const nats = await openNats(environment);
  try {
    const cluster = await nats.entry('members', CLUSTER_KEY);
    if (cluster === null) throw new Error('there is no cluster in this MINOTAUR_NAMESPACE');
    const { slots, written } = JSON.parse(cluster.value.toString()) as {
      slots: number;
      written: { stateVersion: number };
    };
    return new StoredCluster(nats, slots, written.stateVersion, await snapshotReader(environment));
  } catch (error) {
    await nats.close();
    throw error;
  }
}

/** By the rules of the game that members play. */
async function snapshotReader(environment: Environment): Promise<ReadSnapshot> {
  const [{ defaultGame, loadGame }, { rulesWith }] = await Promise.all([
    import('../games.ts'),
    import('../game/rules.ts'),
  ]);
  const game = await loadGame(environment.MINOTAUR_GAME || defaultGame);
  const host = { game, guard: <T>(calls: () => T) => calls(), faulty: () => undefined };
  const rules = rulesWith({ abandonMs: Number.POSITIVE_INFINITY, host });
  return (value) => {
    const { gameId, state, stamp, commit } = decode(rules, value);
    return { gameId, round: state.round, status: state.status, epoch: stamp.epoch, commit };
  };
}

export class StoredCluster {
  readonly #nats: Inspection;
  readonly slots: number;
  /** In which states are stored here. */
  readonly writtenStateVersion: number;
  readonly readSnapshot: ReadSnapshot;

  constructor(nats: Inspection, slots: number, writtenStateVersion: number, readSnapshot: ReadSnapshot) {
    this.#nats = nats;
    this.slots = slots;
    this.writtenStateVersion = writtenStateVersion;
    this.readSnapshot = readSnapshot;
  }

  get numbers(): readonly number[] {
    return Array.from({ length: this.slots }, (_, slot) => slot);
  }

  /** Rejects with an Error. */
  async read(slot: number): Promise<StoredSlot> {
    const prefix = String(slot);
    const [record, keys, archived] = await Promise.all([
      this.#nats.entry('slots', prefix),
      this.#nats.keys('sessions', prefix),
      this.#nats.keys('archive', prefix),
    ]);
    const isOfGame = (key: string) => !isBarrier(key);
    const sessions = await this.#nats.entries('sessions', keys.filter(isOfGame));
    const epoch = epochOf(slot, record?.value);
    return { slot, slots: this.slots, epoch, sessions, archived: archived.filter(isOfGame) };
  }

  /** The snapshot of a game, alive or over; null: there is none. */
  async snapshot(gameId: string): Promise<Uint8Array | null> {
    const key = this.#keyOf(gameId);
    for (const bucket of ['sessions', 'archive'] as const) {
      const entry = await this.#nats.entry(bucket, key);
      if (entry !== null && !entry.deleted) return entry.value;
    }
    return null;
  }

  /** Everything that is stored of a game, without deletion markers. */
  async everything(gameId: string): Promise<readonly StoredOfGame[]> {
    const key = this.#keyOf(gameId);
    const rounds = await this.#nats.keys('archive', key);
    const [alive, over] = await Promise.all([
      this.#nats.entries('sessions', [key]),
      this.#nats.entries('archive', [key, ...rounds]),
    ]);
    return [
      ...alive.map((entry) => ({ bucket: 'sessions' as const, ...entry })),
      ...over.filter((entry) => !isBarrier(entry.key)).map((entry) => ({ bucket: 'archive' as const, ...entry })),
    ];
  }

  /** Whether it has joined the cluster that is stored here. */
  async hasMember(id: string, incarnation: string): Promise<boolean> {
    return (await this.#nats.keys('members')).includes(memberKey(id, incarnation));
  }

  async isThere(gameId: string): Promise<boolean> {
    return (await this.snapshot(gameId)) !== null;
  }

  /**
   * Writes what was stored of a game somewhere, under the keys that it has here, below every epoch: whoever owns its slot may claim it. Null, or
   * why it was given up; then some of it may be there.
   */
  async bring(gameId: string, entries: readonly BroughtEntry[]): Promise<string | null> {
    const key = this.#keyOf(gameId);
    if (await this.isThere(gameId)) return 'there is a game of that id here: --replace has it erased before';
    // The game itself last: until then nobody looks for its rounds.
    for (const entry of entries.toSorted((a, b) => Number(a.bucket === 'sessions') - Number(b.bucket === 'sessions'))) {
      const own = entry.key.replace(/^\d+/, String(slotOf(gameId, this.slots)));
      const before = await this.#nats.entry(entry.bucket, own);
      const headers = { ...entry.headers, 'Minotaur-Epoch': '0' };
      const value = own === key ? belowEveryEpoch(entry.value) : entry.value;
      const failure = await this.#nats.write(entry.bucket, own, { value, headers, expected: before?.revision ?? 0 });
      if (failure !== null) return `${own}: ${failure}`;
    }
    return null;
  }

  /** `mended`, or why it was not. */
  async repair({ key, repair }: Problem): Promise<string> {
    if (repair === null) return 'nothing can be done about it here';
    const entry = await this.#nats.entry('sessions', key);
    if (entry === null || entry.deleted) return 'mended';
    const [, id = ''] = key.split('.');
    if (repair === 'move') {
      const failure = await this.#nats.write('sessions', this.#keyOf(id), { ...entry, expected: 0 });
      if (failure !== null) return `nothing was moved: ${failure}`;
      return this.#remove(key, entry.revision, {});
    }
    const archived = await this.#nats.entry('archive', key);
    if (!archived?.value.equals(entry.value)) return 'what is archived is another state: its owner has to end it';
    // As its owner would: whoever reads the marker knows how the game ended, and since which revision the archive tells of it.
    const headers = listingHeaders({ ...parseListing(entry.headers), archived: archived.revision });
    return this.#remove(key, entry.revision, headers);
  }

  async close(): Promise<void> {
    await this.#nats.close();
  }

  async #remove(key: string, expected: number, headers: Readonly<Record<string, string>>): Promise<string> {
    const failure = await this.#nats.write('sessions', key, { value: null, headers, expected });
    return failure === null ? 'mended' : `somebody else is at it: ${failure}`;
  }

  #keyOf(gameId: string): string {
    return `${slotOf(gameId, this.slots)}.${gameId}`;
  }
}

function epochOf(slot: number, value: Uint8Array | undefined): number | null {
  try {
    return value === undefined ? null : decodeSlotRecord(slot, 0, value).epoch;
  } catch {
    return null;
  }
}

function belowEveryEpoch(snapshot: Uint8Array): Uint8Array {
  return Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(snapshot).toString()), epoch: 0 }));
}
