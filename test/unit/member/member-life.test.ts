/**
 * The life of a member: how it ends, how it begins again, and what is left of it.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { Write } from '../../../src/ports/store.ts';
import { MemoryMessaging } from '../../support/memory-messaging.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { type Joined, LittleCluster } from './little-cluster.ts';

let cluster: LittleCluster;

beforeEach(() => {
  cluster = new LittleCluster();
});

afterEach(() => cluster.end());

/** Deletes the member's key, as a peer does that expels it. */
async function expel(key: string): Promise<void> {
  for (let kind = ''; kind !== 'landed'; ) {
    // A renewal may come first.
    const { revision } = cluster.buckets.content('members').entries.get(key) ?? { revision: 0 };
    const removing = cluster.store.bucket('members').remove(key, { expected: revision, timeoutMs: 100 });
    kind = (await cluster.finish(removing)).kind;
  }
}

/** A store whose watch hides the member's first key, and in which writes of that key get no answer once `hangs`. */
class BlindStore {
  hidden: string | null = null;
  hangs = false;
  /** Whether writes without an answer land all the same. */
  lands = false;
  readonly store: MemoryStore;

  constructor(joined: Joined) {
    this.store = new MemoryStore(cluster.buckets, joined.link);
    const members = this.store.bucket('members');
    const bucket = this.store.bucket.bind(this.store);
    const blind = Object.assign(Object.create(members) as typeof members, {
      write: async (key: string, write: Write) => {
        if (key !== 'cluster' && write.expected === 0) this.hidden ??= key;
        if (key !== this.hidden || !this.hangs) return members.write(key, write);
        if (this.lands) await members.write(key, write);
        await new Promise<void>((resolve) => cluster.clock.after(write.timeoutMs, resolve));
        return { kind: 'unknown' } as const;
      },
      read: members.read.bind(members),
      remove: members.remove.bind(members),
      purge: members.purge.bind(members),
      follow: (options: Parameters<typeof members.follow>[0]) =>
        members.follow({
          ...options,
          onEntry: (entry) => {
            if (entry.key !== this.hidden || entry.deleted) options.onEntry(entry);
          },
        }),
    });
    this.store.bucket = (name) => (name === 'members' ? blind : bucket(name));
  }
}

/** A member that joins without ever seeing its own first key. */
async function joiningBlindly(isHeard = true): Promise<{ one: Joined; blind: BlindStore; joined: Promise<void> }> {
  const one = cluster.add('a');
  cluster.bus.addresses.set('a:1', {
    kind: 'answered',
    id: 'a',
    get incarnation() {
      return one.member.self.incarnation;
    },
  });
  const blind = new BlindStore(one);
  blind.hangs = !isHeard;
  blind.lands = !isHeard;
  const messaging = new MemoryMessaging(cluster.bus, one.link);
  const joined = one.member.start({ store: blind.store, messaging, addresses: ['a:1'] });
  joined.catch(() => undefined);
  await cluster.until('its key is written', () => blind.hidden !== null);
  await cluster.clock.advance(50);
  return { one, blind, joined };
}

test('expelled while it joins, with a renewal under way: it joins once more, and once only', async () => {
  const { one, blind, joined } = await joiningBlindly();
  blind.hangs = true;
  await cluster.clock.advance(150);
  await expel(blind.hidden ?? '');
  await cluster.finish(joined);
  const { incarnation } = one.member.self;
  await cluster.clock.advance(5_000);
  assert.deepEqual([one.failures, one.member.self.incarnation], [[], incarnation]);
  assert.deepEqual(await cluster.memberKeys(), [`a.${incarnation}`]);
  assert.equal(one.incidents.counts().get('rejoins'), 1);
});

test('stopped while the write of its key is under way: the key does not stay', async () => {
  const { one, blind, joined } = await joiningBlindly(false);
  assert.deepEqual(await cluster.memberKeys(), [blind.hidden], 'it has landed, and nobody said so');
  await cluster.finish(one.member.stop());
  await assert.rejects(joined, /stopped before it had joined/);
  await cluster.clock.advance(1_000);
  assert.deepEqual(await cluster.memberKeys(), []);
});

test('a join that fails takes its key back', async () => {
  const { one, blind } = await joiningBlindly();
  const first = blind.hidden ?? '';
  // Longer than it waits for the watch to show it.
  await cluster.until('it joins again', () => one.member.readiness.ready, 40_000);
  assert.deepEqual([await cluster.memberKeys(), one.failures], [[`a.${one.member.self.incarnation}`], []]);
  assert.notEqual(first, `a.${one.member.self.incarnation}`);
});

test('a member that does not hear itself leaves: its key goes at once, others need not wait', async () => {
  const [first, second] = await cluster.of('a', 'b');
  assert.ok(first && second);
  const before = first.member.self.incarnation;
  // Its subscription is gone, and nobody told it.
  const { handlers } = cluster.bus;
  const at = handlers.at.bind(handlers);
  handlers.at = (name) => (name === `a.${before}` ? [] : at(name));
  const gone = await cluster.until('it is another one', () => first.member.self.incarnation !== before, 10_000);
  assert.ok(gone > 2_000);
  await cluster.until('its old key is gone', () => !isThere(`a.${before}`), 100);
  await cluster.until('it is back', () => first.member.memberCount === 2);
  assert.equal(first.incidents.counts().get('rejoins'), 1);
});

function isThere(key: string): boolean {
  return cluster.buckets.content('members').entries.get(key)?.deleted === false;
}

test('an incarnation that does not last is followed by a longer pause each time', async () => {
  const alone = await cluster.join('a');
  const pauses: number[] = [];
  for (let time = 0; time < 6; time += 1) {
    const before = alone.member.self.incarnation;
    await expel(`a.${before}`);
    await cluster.until('it is out', () => alone.member.memberCount === 0);
    pauses.push(await cluster.until('it is back', () => alone.member.memberCount === 1));
  }
  assert.ok((pauses[5] ?? 0) > 4 * (pauses[0] ?? 0), pauses.join());
  // One that lasted was no failure.
  await cluster.clock.advance(15_000);
  await expel(`a.${alone.member.self.incarnation}`);
  await cluster.until('it is out', () => alone.member.memberCount === 0);
  assert.ok((await cluster.until('it is back', () => alone.member.memberCount === 1)) < (pauses[5] ?? 0) / 2);
});

test('it becomes ready by itself: nobody has to ask', async () => {
  const first = await cluster.join('a');
  // Asked for the first time when it owns nothing any more, it had its share before.
  const second = cluster.add('b');
  await cluster.finish(cluster.begin(second));
  await cluster.settled([first, second]);
  await cluster.clock.advance(100);
  const { slots } = (second.member as unknown as { incarnation: { slots: { holds(): boolean } } }).incarnation;
  slots.holds = () => false;
  assert.deepEqual(second.member.readiness, { ready: true, reasons: [] });
});

test('no timer is left after it has stopped, whatever it was doing', async () => {
  const ways: readonly (readonly [string, (one: Joined) => Promise<void> | void])[] = [
    ['at rest', () => cluster.clock.advance(1_000)],
    ['drained', (one) => cluster.finish(one.member.drain())],
    ['expelled just now', (one) => expel(`a.${one.member.self.incarnation}`)],
    [
      'between two incarnations',
      async (one) => {
        await expel(`a.${one.member.self.incarnation}`);
        await cluster.until('it is out', () => one.member.memberCount === 0);
      },
    ],
    [
      'while NATS is away',
      (one) => {
        one.link.cut();
        return cluster.clock.advance(3_000);
      },
    ],
    [
      'while it joins again',
      async (one) => {
        await expel(`a.${one.member.self.incarnation}`);
        await cluster.until('it is out', () => one.member.memberCount === 0);
        one.link.toMember.hold();
        await cluster.clock.advance(100);
      },
    ],
  ];
  for (const [what, doing] of ways) {
    cluster = new LittleCluster();
    const alone = await cluster.join('a');
    await cluster.games(alone);
    await doing(alone);
    await cluster.finish(alone.member.stop());
    assert.equal(cluster.clock.pending, 0, what);
  }
});

test('a start that is refused leaves no timer either', async () => {
  await cluster.join('a');
  const other = cluster.add('b', { slots: 8 });
  await assert.rejects(cluster.finish(cluster.begin(other)), /MINOTAUR_SLOTS/);
  await cluster.end();
  assert.equal(cluster.clock.pending, 0);
});
