/**
 * Webhooks in a whole cluster: what was outstanding when its owner went is told by the next one.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { Webhook } from '../../../../src/member/webhooks/webhook-outbox.ts';
import type { PostOutcome } from '../../../../src/ports/outgoing.ts';
import { ACCEPTED, RecordingReceiver } from '../../../support/recording-receiver.ts';
import { type Joined, LittleCluster, start } from '../little-cluster.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const GAME = 'G1';

let cluster: LittleCluster;
let receiver: RecordingReceiver;
let webhook: Webhook;
let commands = 0;

beforeEach(() => {
  cluster = new LittleCluster();
  receiver = new RecordingReceiver();
  webhook = { outgoing: receiver, secrets: [SECRET], timeoutMs: 1_000, giveUpMs: 86_400_000 };
});

afterEach(() => cluster.end());

const down = { kind: 'answered', status: 500 } as const;
const players = { p0: { id: 'p0', displayName: 'Ada' } };
const game = { players, settings: { roundSeconds: 3_600, idleRounds: 0 } };

function join(id: string): Promise<Joined> {
  return cluster.join(id, {}, { webhook });
}

function nextKey() {
  commands += 1;
  return { principal: 'admin', key: `key${commands}`, fingerprint: `f${commands}` };
}

async function erase(by: Joined): Promise<void> {
  const caller = { kind: 'admin' } as const;
  const operation = { kind: 'erase', gameId: GAME, caller, may: ['admin'], command: nextKey() } as const;
  const { status, body } = await cluster.ask(by, operation as never);
  assert.equal(status, 204, body);
}

async function command(by: Joined, input: object): Promise<void> {
  const caller = { kind: 'admin' } as const;
  const operation = { kind: 'command', gameId: GAME, caller, may: ['admin'], input, command: nextKey() } as const;
  const { status, body } = await cluster.ask(by, operation as never);
  assert.ok(status < 300, body);
}

const endRound = (by: Joined, round: number) => command(by, { type: 'end_round', round });
const leave = (by: Joined) => command(by, { type: 'leave', playerId: 'p0', kicked: false });

function told(...events: string[]): Promise<number> {
  const limitMs = 3 * 120_000;
  return cluster.until(`${events} is told`, () => receiver.told(GAME).join() === events.join(), limitMs);
}

const FIRST = ['game_started 1', 'round_started 1'];
const SECOND = ['round_ended 1', 'round_started 2'];

test('each event is told once, in order, to a receiver that takes it', async () => {
  const one = await join('one');
  await cluster.games(one, []);
  await cluster.ask(one, start(GAME, game));
  await told(...FIRST);
  await endRound(one, 1);
  await leave(one);
  await told(...FIRST, ...SECOND, 'round_ended 2', 'game_concluded 2');
  assert.equal(receiver.accepted.length, 6);
  assert.deepEqual(
    receiver.accepted.map(({ data }) => data),
    [
      { gameId: GAME, round: 1, players: ['p0'] },
      { gameId: GAME, round: 1, asked: ['p0'], roundEndTime: receiver.accepted[1]?.data.roundEndTime },
      { gameId: GAME, round: 1, reason: 'command' },
      { gameId: GAME, round: 2, asked: ['p0'], roundEndTime: receiver.accepted[3]?.data.roundEndTime },
      { gameId: GAME, round: 2, reason: 'deserted' },
      { gameId: GAME, round: 2, reason: 'abandoned' },
    ],
  );
});

test('what a member that dies had not delivered, over many rounds, is told by the one that takes its slots', async () => {
  receiver.answer = () => down;
  const one = await join('one');
  await cluster.ask(one, start(GAME, game));
  for (const round of [1, 2, 3, 4]) await endRound(one, round);
  cluster.kill(one);
  receiver.answer = () => ACCEPTED;
  await join('two');
  const later = [2, 3, 4].flatMap((round) => [`round_ended ${round}`, `round_started ${round + 1}`]);
  await told(...FIRST, ...SECOND, ...later);
  const asked = receiver.accepted.filter(({ type }) => type === 'round_started').map(({ data }) => data.asked);
  // Of the rounds that are over nobody is asked for anything.
  assert.deepEqual(asked, [[], [], [], [], ['p0']]);
});

test('that a game is over is told though it is archived, deleted, and its owner dead', async () => {
  receiver.answer = () => down;
  const one = await join('one');
  await cluster.ask(one, start(GAME, game));
  await endRound(one, 1);
  await leave(one);
  const { slot } = one.member.location(GAME);
  const { entries } = cluster.buckets.content('sessions');
  await cluster.until('the deletion', () => entries.get(`${slot}.${GAME}`)?.deleted === true);
  cluster.kill(one);
  receiver.answer = () => ACCEPTED;
  const two = await join('two');
  await told(...FIRST, ...SECOND, 'round_ended 2', 'game_concluded 2');
  // Once all is told the marker says so, and goes when its time is up.
  await cluster.until('the marker says that all is told', () => {
    const [seq, , newest] = (entries.get(`${slot}.${GAME}`)?.headers['Minotaur-Told'] ?? '').split(' ');
    return seq !== undefined && seq !== '' && seq === newest;
  });
  cluster.kill(two);
  const before = receiver.accepted.length;
  const three = await join('three');
  await cluster.clock.advance(10_000);
  assert.equal(receiver.accepted.length, before);
  assert.equal(three.member.measurements().webhookGames, 0);
});

test('a handoff tells the next owner how far the game was told, and what is still outstanding', async () => {
  const [one] = [await join('one')];
  await cluster.ask(one, start(GAME, game));
  await told(...FIRST);
  receiver.answer = () => down;
  await endRound(one, 1);
  const two = await join('two');
  await cluster.finish(one.member.drain());
  await cluster.until('two has it', () => two.member.location(GAME).owner === 'two');
  receiver.answer = () => ACCEPTED;
  await told(...FIRST, ...SECOND);
  // Nothing twice: nobody died.
  assert.equal(receiver.accepted.length, 4);
});

test('what was told is stored within a minute, so that a death repeats nothing', async () => {
  const one = await join('one');
  await cluster.ask(one, start(GAME, game));
  await told(...FIRST);
  await cluster.clock.advance(60_000);
  cluster.kill(one);
  await join('two');
  await cluster.clock.advance(60_000);
  assert.equal(receiver.accepted.length, 2);
});

test('a death right after a delivery repeats it under its id', async () => {
  const one = await join('one');
  await cluster.ask(one, start(GAME, game));
  await told(...FIRST);
  cluster.kill(one);
  await join('two');
  await cluster.until('all is told again', () => receiver.accepted.length === 4, 60_000);
  const ids = receiver.accepted.map(({ id }) => id);
  assert.deepEqual(ids.slice(2), ids.slice(0, 2));
});

test('what is too old is given up, whatever the receiver does; the next one is tried', async () => {
  receiver.answer = () => down;
  webhook = { ...webhook, giveUpMs: 300_000 };
  const one = await join('one');
  await cluster.ask(one, start(GAME, game));
  await cluster.clock.advance(280_000);
  await endRound(one, 1);
  const givenUp = () => one.meter.counted.get('webhook_given_up age');
  await cluster.until('the first two are given up', () => givenUp() === 2, 120_000);
  receiver.answer = () => ACCEPTED;
  await cluster.until('the next ones are told', () => receiver.told(GAME).join() === SECOND.join(), 400_000);
  assert.equal(givenUp(), 2);
});

test('an erased game is silent', async () => {
  receiver.answer = () => down;
  const one = await join('one');
  await cluster.ask(one, start(GAME, game));
  await erase(one);
  receiver.answer = () => ACCEPTED;
  await cluster.clock.advance(240_000);
  assert.deepEqual(receiver.told(GAME), []);
  assert.equal(one.member.measurements().webhookGames, 0);
});

test('what was told of a game that is not in memory is stored too, so that a death repeats nothing', async () => {
  receiver.answer = () => down;
  const one = await join('one');
  await cluster.ask(one, start(GAME, game));
  await cluster.clock.advance(300_000);
  receiver.answer = () => ACCEPTED;
  await told(...FIRST);
  await cluster.clock.advance(60_000);
  cluster.kill(one);
  await join('two');
  await cluster.clock.advance(90_000);
  assert.equal(receiver.accepted.length, 2);
});

test('what was given up is given up once, whoever owns the game next', async () => {
  receiver.answer = () => down;
  webhook = { ...webhook, giveUpMs: 120_000 };
  const one = await join('one');
  await cluster.ask(one, start(GAME, game));
  await cluster.clock.advance(300_000);
  assert.equal(one.meter.counted.get('webhook_given_up age'), 2);
  cluster.kill(one);
  const two = await join('two');
  await cluster.clock.advance(90_000);
  assert.equal(two.meter.counted.get('webhook_given_up age'), undefined);
});

for (const ms of [0, 1, 2, 3, 4, 6, 8]) {
  test(`a game that ends is told once, though the receiver answers after ${ms} ms, and its marker says so`, async () => {
    const one = await join('one');
    await cluster.ask(one, start(GAME, game));
    await told(...FIRST);
    receiver.answer = () => new Promise((resolve) => cluster.clock.after(ms, () => resolve(ACCEPTED)));
    await leave(one);
    await told(...FIRST, 'round_ended 1', 'game_concluded 1');
    await cluster.clock.advance(10_000);
    assert.equal(receiver.accepted.length, 4);
    const { slot } = one.member.location(GAME);
    const { headers } = cluster.buckets.content('sessions').entries.get(`${slot}.${GAME}`) ?? {};
    const [seq, , newest] = (headers?.['Minotaur-Told'] ?? '').split(' ');
    assert.ok(seq !== undefined && seq !== '' && seq === newest, JSON.stringify(headers));
  });
}

test('what cannot be decoded is given up, loudly, and the outbox is done with it', async () => {
  receiver.answer = () => down;
  const one = await join('one');
  await cluster.ask(one, start(GAME, game));
  await leave(one);
  const { slot } = one.member.location(GAME);
  const { entries } = cluster.buckets.content('sessions');
  await cluster.until('the deletion', () => entries.get(`${slot}.${GAME}`)?.deleted === true);
  const archive = cluster.buckets.content('archive');
  for (const [key, entry] of archive.entries) {
    archive.entries.set(key, { ...entry, value: new TextEncoder().encode('no state') });
  }
  receiver.answer = () => ACCEPTED;
  await cluster.until('it is given up', () => one.meter.counted.get('webhook_given_up unreadable') === 1, 1_200_000);
  await cluster.until('nothing waits', () => one.member.measurements().webhookGames === 0);
  assert.deepEqual(receiver.told(GAME), []);
});

test('a game that is made anew under an erased id is told from its first event, whatever was under way of the old one', async () => {
  const one = await join('one');
  await cluster.ask(one, start(GAME, game));
  for (const round of [1, 2, 3]) await endRound(one, round);
  await cluster.until('the old one is told', () => receiver.accepted.length === 8, 60_000);
  let answer: (outcome: PostOutcome) => void = () => undefined;
  receiver.answer = () => new Promise((resolve) => (answer = resolve));
  await endRound(one, 4);
  await cluster.until('one is under way', () => receiver.underWay === 1, 60_000);
  await erase(one);
  receiver.answer = () => down;
  const again = await cluster.ask(one, { ...start(GAME, game), command: nextKey() } as never);
  assert.equal(again.status, 201, again.body);
  const before = receiver.accepted.length;
  receiver.answer = () => ACCEPTED;
  answer(ACCEPTED);
  const told = () => receiver.accepted.slice(before).map(({ type, round }) => `${type} ${round}`);
  await cluster.until('the new one is told', () => told().includes('round_started 1'), 300_000);
  await endRound(one, 1);
  await cluster.until('and what comes after', () => told().includes('round_started 2'), 300_000);
  assert.deepEqual(told(), ['round_ended 4', ...FIRST, ...SECOND]);
});

test('games that began before there was a webhook are told from their next event on', async () => {
  const one = await cluster.join('one');
  await cluster.ask(one, start(GAME, game));
  cluster.kill(one);
  const two = await join('two');
  await cluster.until('two has it', () => two.member.location(GAME).owner === 'two');
  await endRound(two, 1);
  await told(...SECOND);
});
