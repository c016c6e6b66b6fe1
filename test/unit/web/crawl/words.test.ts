import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hexesOf } from '../../../../src/games/minotaur/hexes.ts';
import { events as told } from '../../../../src/games/minotaur/world.ts';
import {
  endingInWords,
  eventInWords,
  placeInWords,
  wallsInWords,
  wayInWords,
} from '../../../../src/web/crawl/words.ts';

const names = new Map([
  ['p1', 'Ada'],
  ['p2', 'Grace'],
  ['p3', 'Linus'],
]);
const telling = { me: 'p1', names, damage: 25 };
const event = (type: string, fields: object = {}) => ({ seq: 1, round: 1, at: '', type, ...fields });

test('places are told by at most two directions, and no two alike', () => {
  assert.equal(placeInWords({ q: 0, r: 0 }), 'here');
  assert.equal(placeInWords({ q: 1, r: 0 }), '1 step east');
  assert.equal(placeInWords({ q: 0, r: -2 }), '2 steps north-west');
  assert.equal(placeInWords({ q: 2, r: 1 }), '2 steps east and 1 south-east');
  assert.equal(placeInWords({ q: 1, r: -3 }), '2 steps north-west and 1 north-east');
  const all = hexesOf(5).map(placeInWords);
  assert.equal(new Set(all).size, all.length);
});

test('ways are told in the order in which they are gone', () => {
  assert.equal(wayInWords([0, 0, 4, 0]), 'east ×2, north-west, east');
  assert.equal(wayInWords([]), '');
});

test('walls are told by what is open', () => {
  assert.equal(wallsInWords(new Map([['0,0', 0b110110]]), { q: 0, r: 0 }), 'Open: east and west.');
  assert.equal(wallsInWords(new Map([['0,0', 0b111111]]), { q: 0, r: 0 }), 'Walls on every side.');
});

test('every event of the game is told', () => {
  const fields = { character: 'p2', target: 'p3', hits: 1, direction: 0 };
  for (const type of Object.keys(told)) assert.ok(eventInWords(event(type, fields), telling), type);
});

test('who did what to whom, and what it cost me', () => {
  const struck = { character: 'p2', target: 'p1', hits: 2 };
  assert.equal(eventInWords(event('attacked', struck), telling), 'Grace struck you twice, −50 health.');
  const mine = { character: 'p1', target: 'p3', hits: 3 };
  assert.equal(eventInWords(event('attacked', mine), telling), 'You struck Linus three times.');
  assert.equal(
    eventInWords(event('minotaur_attacked', { target: 'p1' }), telling),
    'The minotaur struck you, −50 health.',
  );
  assert.equal(eventInWords(event('died', { character: 'p9' }), telling), 'Somebody died.');
  assert.equal(eventInWords(event('stopped', { direction: 5 }), telling), 'A wall to the north-east stopped you.');
  assert.equal(eventInWords(event('something_new'), telling), null);
});

test('endings: alone, shared, lost, nobody, abandoned', () => {
  const of = (winners: readonly string[], reason?: string) =>
    endingInWords({ winners, ...(reason !== undefined && { reason }) }, 'p1', names, []);
  assert.deepEqual(of(['p1'], 'last_standing'), {
    title: 'You won',
    text: 'You are the last one standing.',
    tone: 'won',
  });
  assert.equal(of(['p1', 'p2'], 'last_round').title, 'A draw');
  assert.match(of(['p1', 'p2'], 'last_round').text, /Ada and Grace/);
  assert.deepEqual(of(['p2']).tone, 'lost');
  assert.equal(of(['p2']).title, 'Grace won');
  assert.equal(of([]).title, 'Nobody won');
  assert.equal(endingInWords(null, 'p1', names, []).tone, 'even');
  assert.equal(endingInWords({ winners: ['p2'] }, null, names, []).tone, 'even', 'who watches did not lose');
});

test('who lost is told how they died, as far as it is known', () => {
  const of = (...told: readonly ReturnType<typeof event>[]) =>
    endingInWords({ winners: ['p2'] }, 'p1', names, told).text;
  assert.equal(of(), '', 'nothing that the title says');
  assert.equal(of(event('died', { character: 'p3' })), '');
  const death = event('died', { character: 'p1' });
  assert.equal(of(death), 'You died in round 1.');
  const before = { ...event('attacked', { character: 'p3', target: 'p1', hits: 1 }), round: 0 };
  const strikes = [event('attacked', { character: 'p2', target: 'p1', hits: 1 }), before];
  const hunter = event('minotaur_attacked', { target: 'p1' });
  assert.equal(of(...strikes, hunter, death), 'You died in round 1, struck by Grace and the minotaur.');
});
