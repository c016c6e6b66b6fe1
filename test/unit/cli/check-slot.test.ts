/** `fsck`: what does not belong together in a slot is found, each kind by itself, and what may be so is not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  checkSlot,
  isBarrier,
  type ReadSnapshot,
  type Stored,
  type StoredSlot,
} from '../../../src/cli/fsck/check-slot.ts';
import { slotOf } from '../../../src/cluster/slot-hash.ts';

const slots = 8;
const ids = Array.from({ length: 100 }, (_, index) => `G${index}`);
const inSlot = (slot: number) => ids.filter((id) => slotOf(id, slots) === slot);
const [id = '', other = ''] = inSlot(3);
const [stranger = ''] = inSlot(4);

/** The snapshots of these tests are JSON of what is looked at. */
const read: ReadSnapshot = (value) => JSON.parse(Buffer.from(value).toString());
const usual = { gameId: id, round: 3, status: 'active', epoch: 5, commit: 9 };

function stored(
  game: string,
  change: Partial<typeof usual> = {},
  headers: Readonly<Record<string, string>> = {},
): Stored {
  const snapshot = { ...usual, gameId: game, ...change };
  const { status, epoch, commit } = snapshot;
  const listing = { 'Minotaur-Status': status, 'Minotaur-Epoch': `${epoch}`, 'Minotaur-Commit': `${commit}` };
  return {
    key: `3.${game}`,
    revision: 7,
    headers: { ...listing, ...headers },
    value: Buffer.from(JSON.stringify(snapshot)),
  };
}

function problems(change: Partial<StoredSlot>): readonly string[] {
  const slot: StoredSlot = { slot: 3, slots, epoch: 5, sessions: [stored(id)], archived: [], ...change };
  return checkSlot(slot, read).map(
    ({ bucket, key, sentence, repair }) => `${bucket} ${key} ${sentence}${repair ? ` [${repair}]` : ''}`,
  );
}

test('what belongs together is let be', () => {
  assert.deepEqual(problems({}), []);
  const whole = [`3.${id}.1`, `3.${id}.2`];
  assert.deepEqual(problems({ archived: whole }), []);
  // The oldest records have aged out; the next round's is written before the game moves on.
  assert.deepEqual(problems({ archived: [`3.${id}.2`, `3.${id}.3`] }), []);
  assert.deepEqual(['3._.barrier', `3.${id}._.barrier`, `3.${id}`].map(isBarrier), [true, true, false]);
  // A game that is over has no session, and no record of its own is demanded of one that began late.
  assert.deepEqual(problems({ sessions: [], archived: [`3.${other}`, `3.${other}.4`, `3.${other}.5`] }), []);
  assert.deepEqual(problems({ sessions: [stored(id, { round: 40 })] }), []);
  // Slots that nobody ever owned have no epoch.
  assert.deepEqual(problems({ epoch: null }), []);
});

const damages: Readonly<Record<string, readonly [Partial<StoredSlot>, string]>> = {
  'the key of no game': [{ sessions: [{ ...stored(id), key: '3.a.b' }] }, 'sessions 3.a.b is the key of no game'],
  'a wrong slot': [
    { sessions: [stored(stranger)] },
    `sessions 3.${stranger} belongs into slot 4: nobody finds it here [move]`,
  ],
  'another game': [{ sessions: [{ ...stored(other), key: `3.${id}` }] }, `sessions 3.${id} holds the game ${other}`],
  'something unreadable': [
    { sessions: [{ ...stored(id), value: Buffer.from('{') }] },
    `sessions 3.${id} cannot be read: Expected property name or '}' in JSON at position 1 (line 1 column 2)`,
  ],
  'other headers': [
    { sessions: [stored(id, {}, { 'Minotaur-Commit': '8', 'Minotaur-Status': 'lobby' })] },
    `sessions 3.${id} says in its headers another status and commit than in its value`,
  ],
  'a later epoch than its slot': [
    { sessions: [stored(id, { epoch: 6 })] },
    `sessions 3.${id} was written in epoch 6, but slot 3 is in 5: streams of different moments`,
  ],
  'an end that is not finished': [
    { sessions: [stored(id, { status: 'concluded' })], archived: [`3.${id}`] },
    `sessions 3.${id} is over and archived, but still among the living [finish]`,
  ],
  'a round without a record': [
    { sessions: [stored(id, { round: 5 })], archived: [`3.${id}.1`, `3.${id}.3`] },
    `sessions 3.${id} has no record of rounds 2 and 4 in the archive`,
  ],
  'a gap in a game that is over': [
    { sessions: [], archived: [`3.${id}`, `3.${id}.1`, `3.${id}.3`] },
    `archive 3.${id} has no record of round 2`,
  ],
  'records without a game': [
    { sessions: [], archived: [`3.${id}.1`, `3.${id}.2`] },
    `archive 3.${id} has 2 records of rounds, but there is no such game: an orphan`,
  ],
  'records in a wrong slot': [
    { sessions: [stored(stranger)], archived: [`3.${stranger}.2`] },
    `archive 3.${stranger} has records that belong into slot 4`,
  ],
  'an archived key of no game': [{ archived: ['3.a.b.c'] }, 'archive 3.a.b.c is the key of no game'],
};

for (const [what, [change, sentence]] of Object.entries(damages)) {
  test(`${what} is found`, () => {
    const found = problems(change);
    const expected = what === 'records in a wrong slot' ? 2 : 1;
    assert.equal(found.length, expected, found.join('\n'));
    assert.equal(found.at(-1), sentence);
  });
}
