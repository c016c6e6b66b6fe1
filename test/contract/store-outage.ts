/**
 * The contract of the store port while what the members share is away, and after it came back: S2, S5, S9, S11, S16.
 *
 * One outage for all: the suite goes through it once and each test looks at what was seen.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Entry, StoreUnavailable, type WriteOutcome } from '../../src/ports/store.ts';
import { waitFor } from '../support/wait.ts';
import type { Backend, Member } from './backend.ts';
import { bytes, collect, land, type Recording, timeoutMs } from './store-steps.ts';

/** Three servers may need an election first. */
const recoveryMs = 30_000;
let attempts = 0;

interface Seen {
  /** Outcomes by key of writes that were under way when the outage began, and before. */
  readonly outcomes: ReadonlyMap<string, WriteOutcome>;
  readonly duringWrite: WriteOutcome;
  readonly duringRead: unknown;
  /** How long the write and the read during the outage took together. */
  readonly duringMs: number;
  readonly connections: readonly boolean[];
  readonly connectedDuring: boolean;
  readonly newestBefore: number;
  readonly firstAfter: number;
  readonly recording: Recording;
}

export function outageContract(name: string, make: () => Promise<Backend>): void {
  describe(`store, outage: ${name}`, () => {
    let backend: Backend;
    let writer: Member;
    let follower: Member;
    let seen: Seen;

    before(async () => {
      backend = await make();
      writer = await backend.join();
      follower = await backend.join();
      seen = await goThroughOutage(backend, writer, follower);
    });
    after(() => backend?.close());

    it('S2 every write that was acknowledged is there afterwards', async () => {
      const landed = [...seen.outcomes].filter(([, { kind }]) => kind === 'landed');
      assert.ok(landed.length > 0);
      for (const [key, outcome] of landed) {
        const entry = await find(writer, key);
        assert.equal(entry?.revision, outcome.kind === 'landed' ? outcome.revision : 0, key);
      }
    });

    it('S5 while away a write is unavailable at once, and was not applied', async () => {
      assert.deepEqual(seen.duringWrite, { kind: 'unavailable' });
      assert.ok(seen.duringMs < 1_000, `${seen.duringMs} ms`);
      assert.equal(await find(writer, 'o.during'), null);
      for (const [key, { kind }] of seen.outcomes) {
        assert.ok(['landed', 'unavailable', 'unknown'].includes(kind), kind);
        if (kind === 'unavailable') assert.equal(await find(writer, key), null, key);
      }
    });

    it('S9 while away a read rejects with StoreUnavailable', () => {
      assert.ok(seen.duringRead instanceof StoreUnavailable, String(seen.duringRead));
    });

    it('S11 after a reconnect a new pass over everything begins, and goes on', async () => {
      const { recording } = seen;
      const later = await land(writer.store.bucket('sessions'), 'o.later', 0);
      await waitFor('the later entry', () => recording.newest('o.later')?.revision === later);
      assert.ok(recording.passes.length >= 2);
      for (const [key, { kind }] of seen.outcomes) if (kind === 'landed') assert.ok(recording.newest(key), key);
      assert.deepEqual(recording.violations, []);
      recording.follow.stop();
    });

    it('S16 the same object works again by itself, and revisions go on rising', () => {
      assert.ok(seen.firstAfter > seen.newestBefore, `${seen.firstAfter} after ${seen.newestBefore}`);
    });

    it('connected and its listeners told both changes', () => {
      assert.equal(seen.connectedDuring, false);
      assert.equal(writer.store.connected, true);
      assert.deepEqual([seen.connections[0], seen.connections.at(-1)], [false, true]);
      for (const [index, connected] of seen.connections.entries()) assert.equal(connected, index % 2 === 1);
    });
  });
}

async function goThroughOutage(backend: Backend, writer: Member, follower: Member): Promise<Seen> {
  const bucket = writer.store.bucket('sessions');
  const recording = collect(follower.store.bucket('sessions'), { prefixes: ['o'] });
  const connections: boolean[] = [];
  writer.store.onConnection((connected) => connections.push(connected));
  const newestBefore = await waitFor('a write to land', () => landOnce(writer), { timeoutMs: recoveryMs });
  await waitFor('the follow', () => recording.passes[0]?.some(({ revision }) => revision === newestBefore));

  const writing = writeUntilItFails(writer);
  await waitFor('some writes', () => writing.outcomes.size > 20, { everyMs: 1 });
  await backend.stop();
  await waitFor('both to notice', () => !writer.store.connected && !follower.store.connected);
  await writing.ended;

  const began = performance.now();
  const duringWrite = await bucket.write('o.during', { value: bytes('x'), expected: 0, timeoutMs });
  const duringRead = await bucket.read('o.w0-0', timeoutMs).catch((error: unknown) => error);
  const duringMs = performance.now() - began;
  const connectedDuring = writer.store.connected;

  await backend.start();
  const firstAfter = await waitFor('a write to land', () => landOnce(writer), { timeoutMs: recoveryMs });
  await waitFor('both to be connected', () => writer.store.connected && follower.store.connected);
  return {
    outcomes: writing.outcomes,
    duringWrite,
    duringRead,
    duringMs,
    connections,
    connectedDuring,
    newestBefore,
    firstAfter,
    recording,
  };
}

/** Eight writers, each writing one new key after the other until one does not land. */
function writeUntilItFails({ store }: Member): { outcomes: Map<string, WriteOutcome>; ended: Promise<unknown> } {
  const outcomes = new Map<string, WriteOutcome>();
  const write = async (lane: number): Promise<void> => {
    for (let index = 0; ; index += 1) {
      const key = `o.w${lane}-${index}`;
      const outcome = await store.bucket('sessions').write(key, { value: bytes(key), expected: 0, timeoutMs });
      outcomes.set(key, outcome);
      if (outcome.kind !== 'landed') return;
    }
  };
  return { outcomes, ended: Promise.all(Array.from({ length: 8 }, (_, lane) => write(lane))) };
}

/** Writes a new key each time: an attempt whose outcome is unknown may have landed. Null unless this one lands. */
async function landOnce({ store }: Member): Promise<number | null> {
  attempts += 1;
  const write = { value: bytes('x'), expected: 0, timeoutMs: 1_000 };
  const outcome = await store.bucket('sessions').write(`o.attempt-${attempts}`, write);
  return outcome.kind === 'landed' ? outcome.revision : null;
}

/** Reads, asking again while there is no answer: just after an outage there may be none. */
async function find({ store }: Member, key: string): Promise<Entry | null> {
  const answer = await waitFor('an answer', async () => ({
    entry: await store.bucket('sessions').read(key, timeoutMs),
  }));
  return answer.entry;
}
