/** The picture of a kill: drawn from its recording and from nothing else, and safe to show anywhere. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { draw, summary } from '../../../bench/picture/draw.ts';
import { type Recording, recordingSchema } from '../../../bench/picture/recording.ts';

const textOf = (name: string) => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), 'utf8');

const command = { player: 'Ada', what: 'act', attempts: 1, owner: 'm2', version: 2, round: 1 } as const;
const recording: Recording = {
  about: 'made up',
  nats: '2.12.0',
  node: '24.0.0',
  members: ['m1', 'm2', 'm3'],
  killed: 'm2',
  commands: [
    { ...command, sentAt: -400, answeredAt: -395 },
    { ...command, player: 'Grace', what: 'commit', sentAt: -10, answeredAt: 90, owner: 'm3', version: 3 },
    { ...command, sentAt: 400, answeredAt: 405, owner: 'm3', version: 4 },
  ],
  versions: { before: 1, after: 4 },
};

test('docs/kill.svg is docs/kill.json, drawn', () => {
  assert.equal(textOf('kill.svg'), draw(recordingSchema.parse(JSON.parse(textOf('kill.json')))));
});

test('what is said of a recording is counted in it', () => {
  assert.match(summary(recording), /3 commands to a game that member m2 owns\. m2 is killed\. 90 ms later m3 owns/);
  assert.match(summary(recording), /3 commands sent, 3 answered, none lost/);
  assert.match(summary({ ...recording, versions: { before: 1, after: 3 } }), /1 lost/);
  assert.ok(draw(recording).includes('m3 answers, 90 ms later'));
  const soon = { ...command, sentAt: 0, answeredAt: 1, owner: 'm1' };
  assert.ok(
    draw({ ...recording, commands: recording.commands.toSpliced(1, 0, soon) }).includes('m1 answers, 1 ms later'),
  );
});

test('every command is a dot in the row of who owned the game', () => {
  const dots = [...draw(recording).matchAll(/<circle class="[^"]+" cx="[\d.]+" cy="(\d+)" r="[\d.]+"\/>\n/g)];
  const rows = dots.map(([, y]) => y);
  assert.equal(new Set(rows.slice(1)).size, 1);
  assert.equal(rows.length, recording.commands.length);
  assert.notEqual(rows[0], rows[1]);
});

test('the picture runs nothing, loads nothing, is small, and stands still for whoever asks for that', () => {
  const picture = textOf('kill.svg');
  assert.ok(picture.length < 60_000);
  assert.doesNotMatch(picture, /<script|\son\w+=|href|url\(|@import|<foreignObject/);
  assert.match(picture, /<title id="title">.+<\/title>\n<desc id="about">.+<\/desc>/);
  assert.match(picture, /prefers-color-scheme:dark/);
  const [still = ''] = picture.split('@media (prefers-reduced-motion:no-preference)');
  assert.doesNotMatch(still, /animation|@keyframes/);
});

test('a recording in which nothing was answered after the kill is refused', () => {
  assert.throws(() => draw({ ...recording, commands: recording.commands.slice(0, 1) }), /nothing was answered/);
});
