/** The outbox alone: how much is under way, what a receiver costs that is dead, hangs, or refuses one game. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { NextNotice, NoticeSource } from '../../../../src/member/contract/outbox.ts';
import { Incidents } from '../../../../src/member/kit/incidents.ts';
import { WebhookOutbox } from '../../../../src/member/webhooks/webhook-outbox.ts';
import type { PostOutcome } from '../../../../src/ports/outgoing.ts';
import { SummedLog } from '../../../../src/summed-log.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { manualRandom } from '../../../support/manual-time.ts';
import { TallyMeter } from '../../../support/meters.ts';
import { ACCEPTED, RecordingReceiver } from '../../../support/recording-receiver.ts';
import { silentLog } from '../../../support/silent-log.ts';

const SLOT = 3;
const down: PostOutcome = { kind: 'answered', status: 503 };

/** Games whose events are numbered from 1. */
class Games implements NoticeSource {
  readonly newest = new Map<string, number>();
  readonly done = new Map<string, number>();
  readonly kept: string[] = [];
  looks = 0;
  answer: ((gameId: string) => NextNotice | Error) | null = null;

  async next(_: number, gameId: string): Promise<NextNotice> {
    this.looks += 1;
    const other = this.answer?.(gameId);
    if (other instanceof Error) throw other;
    if (other !== undefined) return other;
    const seq = (this.done.get(gameId) ?? 0) + 1;
    if (seq > (this.newest.get(gameId) ?? 0)) return { kind: 'none' };
    const body = JSON.stringify({ type: 'round_started', data: { gameId, round: seq } });
    const notice = { id: `${gameId}-${seq}`, seq, round: seq, at: this.at, type: 'round_started', body };
    return { kind: 'notice', notice };
  }

  at = 0;

  told(_: number, gameId: string, { seq }: { readonly seq: number }): void {
    this.done.set(gameId, Math.max(seq, this.done.get(gameId) ?? 0));
  }

  canKeep = true;

  async keep(_: number, gameId: string): Promise<boolean> {
    this.kept.push(gameId);
    return this.canKeep;
  }
}

let clock: ManualClock;
let games: Games;
let receiver: RecordingReceiver;
let meter: TallyMeter;
let lines: string[];
let outbox: WebhookOutbox;
let hasTime: boolean;
let incidents: Incidents;

beforeEach(() => {
  clock = new ManualClock();
  games = new Games();
  receiver = new RecordingReceiver();
  meter = new TallyMeter();
  lines = [];
  hasTime = true;
  incidents = new Incidents(silentLog);
  const note = (_: object, message: string) => lines.push(message);
  outbox = new WebhookOutbox({
    webhook: { outgoing: receiver, secrets: ['whsec_AAAA'], timeoutMs: 10_000, giveUpMs: 3_600_000 },
    source: games,
    clock,
    time: {
      now: () => {
        assert.ok(hasTime, 'there is no cluster time yet');
        return clock.monotonic();
      },
    },
    random: manualRandom(1),
    log: new SummedLog({ info: note, warn: note, error: note }, clock),
    meter,
    incidents,
  });
});

afterEach(() => outbox.stop());

function happen(gameId: string, isOver = false): boolean {
  games.newest.set(gameId, (games.newest.get(gameId) ?? 0) + 1);
  return outbox.outstanding(SLOT, gameId, isOver);
}

const failing = 'the webhook takes no deliveries: they are tried again';
const refusing = 'the webhook refuses what it is told of a game: it is tried again';
const givenUp = 'events are given up: the webhook was never told of them';

test('events of one game go one after another, those of others beside them, 16 at once', async () => {
  const waiting: (() => void)[] = [];
  receiver.answer = () => new Promise((resolve) => waiting.push(() => resolve(ACCEPTED)));
  for (let game = 0; game < 40; game += 1) {
    happen(`G${game}`);
    happen(`G${game}`);
  }
  await clock.advance(10);
  assert.equal(receiver.underWay, 16);
  for (let rounds = 0; rounds < 100; rounds += 1) {
    for (const answer of waiting.splice(0)) answer();
    await clock.advance(1);
  }
  assert.equal(receiver.mostUnderWay, 16);
  assert.equal(receiver.accepted.length, 80);
  for (let game = 0; game < 40; game += 1) {
    assert.deepEqual(receiver.told(`G${game}`), ['round_started 1', 'round_started 2']);
  }
});

test('a dead receiver gets one request a pause, however many games wait, and everything once it is back', async () => {
  receiver.answer = () => down;
  for (let game = 0; game < 500; game += 1) happen(`G${game}`);
  await clock.advance(1_000);
  const atFirst = receiver.attempts;
  assert.ok(atFirst <= 16 + 2, String(atFirst));
  await clock.advance(600_000);
  // Pauses of a minute at least by now.
  assert.ok(receiver.attempts - atFirst <= 20, String(receiver.attempts));
  assert.ok(lines.filter((line) => line === failing).length === 1);
  assert.deepEqual(outbox.sizes.games, 500);
  receiver.answer = () => ACCEPTED;
  await clock.advance(400_000);
  assert.equal(new Set(receiver.accepted.map(({ id }) => id)).size, 500);
  assert.equal(outbox.sizes.games, 0);
});

test('a game that the receiver refuses holds up no other', async () => {
  receiver.answer = ({ gameId }) => (gameId === 'BAD' ? down : ACCEPTED);
  happen('BAD');
  for (let round = 1; round <= 60; round += 1) {
    happen('GOOD');
    await clock.advance(5_000);
  }
  assert.equal(receiver.told('GOOD').length, 60);
  assert.ok(receiver.attempts - 60 < 12, 'and its pauses grow');
});

test('300 games that the receiver refuses hold up no other, though they come first', async () => {
  receiver.answer = ({ gameId }) => (gameId.startsWith('BAD') ? { kind: 'answered', status: 400 } : ACCEPTED);
  for (let game = 0; game < 300; game += 1) happen(`BAD${game}`);
  for (let count = 0; count < 3_000; count += 1) {
    happen(`GOOD${count % 1_000}`);
    await clock.advance(100);
  }
  await clock.advance(1_000);
  assert.equal(receiver.accepted.length, 3_000);
  // The bad ones are tried, and their pauses grow.
  assert.ok(receiver.attempts >= 3_300 && receiver.attempts < 3_000 + 300 * 12, String(receiver.attempts));
});

test('100 games over which the receiver fails, one after another, cost the others a pause or two', async () => {
  receiver.answer = ({ gameId }) => (gameId.startsWith('BAD') ? down : ACCEPTED);
  for (let count = 0; count < 3_000; count += 1) {
    if (count % 30 === 0) happen(`BAD${count}`);
    happen(`GOOD${count % 1_000}`);
    await clock.advance(100);
  }
  await clock.advance(10_000);
  assert.equal(receiver.accepted.length, 3_000);
});

test('operators hear of a game that is refused again and again, and again only in sums', async () => {
  receiver.answer = () => ({ kind: 'answered', status: 400 });
  for (let game = 0; game < 50; game += 1) happen(`BAD${game}`);
  await clock.advance(300_000);
  assert.ok(lines.includes(refusing));
  assert.ok(lines.length <= 6, String(lines.length));
});

test('a receiver that hangs is a failure when the time of the attempt is up', async () => {
  receiver.answer = () => new Promise((resolve) => clock.after(10_000, () => resolve({ kind: 'silent' })));
  happen('G');
  await clock.advance(10_001);
  assert.equal(meter.counted.get('webhook_attempts silent'), 1);
  receiver.answer = () => ACCEPTED;
  await clock.advance(3_000);
  assert.deepEqual(receiver.told('G'), ['round_started 1']);
});

test('what is too old is given up though the receiver is dead, with one line and then a sum', async () => {
  receiver.answer = () => down;
  games.at = -3_700_000;
  for (let game = 0; game < 50; game += 1) happen(`G${game}`);
  await clock.advance(40_000);
  assert.equal(meter.counted.get('webhook_given_up age'), 50);
  assert.equal(outbox.sizes.games, 0);
  await clock.advance(60_000);
  assert.ok(lines.includes(givenUp));
  assert.ok(lines.filter((line) => line === givenUp).length <= 4);
});

test('it reports what waits, what was taken and refused last, and what was given up', async () => {
  const report = () => outbox.report;
  const nothing = { waiting: 0, oldestMs: 0, givenUp: 0, deliveredMsAgo: null, failure: null };
  assert.deepEqual(report(), nothing);
  happen('G');
  await clock.advance(2_000);
  assert.deepEqual(report(), { ...nothing, deliveredMsAgo: 2_000 });
  receiver.answer = () => ({ kind: 'answered', status: 401 });
  happen('H');
  await clock.advance(200);
  assert.deepEqual(report(), {
    waiting: 1,
    oldestMs: 2_200,
    givenUp: 0,
    deliveredMsAgo: 2_200,
    failure: { outcome: 'rejected', status: 401, msAgo: 200, ofOneGame: false },
  });
  receiver.answer = () => ({ kind: 'answered', status: 422 });
  await clock.advance(3_000);
  assert.equal(report().failure?.ofOneGame, true);
  await clock.advance(4_000_000);
  assert.equal(report().givenUp, 1);
});

test('an event that comes while nothing seems outstanding is not overlooked', async () => {
  let release: () => void = () => undefined;
  const late = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { next } = games;
  games.next = async (slot, gameId) => {
    const found = await next.call(games, slot, gameId);
    if (found.kind === 'none') await late;
    return found;
  };
  happen('G');
  await clock.advance(10);
  happen('G');
  release();
  await clock.advance(10);
  assert.deepEqual(receiver.told('G'), ['round_started 1', 'round_started 2']);
});

test('how far a game was told is stored half a minute after its last delivery, once', async () => {
  happen('G');
  await clock.advance(29_000);
  assert.deepEqual(games.kept, []);
  await clock.advance(2_000);
  assert.deepEqual(games.kept, ['G']);
  await clock.advance(120_000);
  assert.deepEqual(games.kept, ['G']);
});

test('what cannot be stored now is stored later', async () => {
  games.canKeep = false;
  happen('G');
  await clock.advance(70_000);
  assert.deepEqual(games.kept, ['G', 'G']);
  games.canKeep = true;
  await clock.advance(300_000);
  assert.deepEqual(games.kept, ['G', 'G', 'G']);
});

test('what fails while it is stored is stored later', async () => {
  const { keep } = games;
  games.keep = async (slot, gameId) => {
    await keep.call(games, slot, gameId);
    throw new Error('broken');
  };
  happen('G');
  await clock.advance(31_000);
  assert.deepEqual(games.kept, ['G']);
  games.keep = keep;
  await clock.advance(300_000);
  assert.deepEqual(games.kept, ['G', 'G']);
});

test('what fails unexpectedly holds no place: others are told, and so is the game at last', async () => {
  const { failed } = incidents;
  games.answer = (gameId) => (gameId.startsWith('BAD') ? new Error('broken') : ({ kind: 'none' } as const));
  incidents.failed = (what, error) => {
    if (what.includes('BAD')) throw new Error('so is the log');
    failed.call(incidents, what, error);
  };
  for (let game = 0; game < 16; game += 1) happen(`BAD${game}`);
  await clock.advance(10);
  games.answer = null;
  happen('GOOD');
  await clock.advance(10);
  assert.deepEqual(receiver.told('GOOD'), ['round_started 1']);
  await clock.advance(300_000);
  assert.equal(receiver.accepted.length, 17);
});

test('what is too old is given up after an attempt at that failed', async () => {
  receiver.answer = () => down;
  games.at = -3_700_000;
  for (let game = 0; game < 50; game += 1) happen(`G${game}`);
  hasTime = false;
  await clock.advance(40_000);
  assert.equal(meter.counted.get('webhook_given_up age'), undefined);
  hasTime = true;
  await clock.advance(31_000);
  assert.equal(meter.counted.get('webhook_given_up age'), 50);
});

test('what happens while it is being stored how far a game was told is told, and stored after that', async () => {
  let stored: (isKept: boolean) => void = () => undefined;
  const { keep } = games;
  games.keep = (slot, gameId) => {
    void keep.call(games, slot, gameId);
    return new Promise((resolve) => (stored = resolve));
  };
  happen('G');
  await clock.advance(31_000);
  happen('G');
  await clock.advance(100);
  assert.deepEqual(receiver.told('G'), ['round_started 1', 'round_started 2']);
  stored(true);
  await clock.advance(32_000);
  assert.deepEqual(games.kept, ['G', 'G']);
  stored(true);
  await clock.advance(120_000);
  assert.deepEqual(games.kept, ['G', 'G']);
});

test('how far a game was given up is stored as well', async () => {
  receiver.answer = () => down;
  games.at = -3_700_000;
  happen('G');
  await clock.advance(70_000);
  assert.equal(meter.counted.get('webhook_given_up age'), 1);
  assert.deepEqual(games.kept, ['G']);
});

test('of games that are over 10,000 are kept; the next one is given up, loudly', async () => {
  receiver.answer = () => down;
  for (let game = 0; game < 10_000; game += 1) assert.ok(happen(`E${game}`, true));
  assert.equal(happen('ONE-MORE', true), false);
  assert.equal(meter.counted.get('webhook_given_up full'), 1);
  outbox.forget(SLOT, 'E7');
  assert.ok(happen('ANOTHER', true));
});

test('what cannot be read is looked for again, and a failure of the source is none of the outbox', async () => {
  games.answer = () => new Error('broken');
  happen('G');
  await clock.advance(60_000);
  const looks = games.looks;
  assert.ok(looks > 2 && looks < 10, String(looks));
  games.answer = null;
  await clock.advance(120_000);
  assert.deepEqual(receiver.told('G'), ['round_started 1']);
});

test('its sizes can be asked for before there is a cluster time, and say how long the oldest event waits', async () => {
  hasTime = false;
  assert.deepEqual(outbox.sizes, { games: 0, oldestMs: 0 });
  hasTime = true;
  receiver.answer = () => down;
  games.at = -5_000;
  happen('G');
  await clock.advance(1_000);
  assert.deepEqual(outbox.sizes, { games: 1, oldestMs: 5_000 + clock.monotonic() });
});

test('its sizes can be asked for with 130,000 games that wait', async () => {
  receiver.answer = () => down;
  for (let game = 0; game < 130_000; game += 1) happen(`G${game}`);
  // Each is looked at once in half a minute.
  await clock.advance(35_000);
  while (games.looks < 130_000) await new Promise(setImmediate);
  assert.deepEqual(outbox.sizes, { games: 130_000, oldestMs: clock.monotonic() });
});

test('a slot that is not held any more is forgotten, with what is under way', async () => {
  let answer: (outcome: PostOutcome) => void = () => undefined;
  receiver.answer = () => new Promise((resolve) => (answer = resolve));
  happen('G');
  happen('G');
  await clock.advance(10);
  outbox.forgetSlot(SLOT);
  answer(ACCEPTED);
  await clock.advance(10);
  // What there is under its id by now may be another game.
  assert.equal(games.done.get('G'), undefined);
  assert.equal(receiver.attempts, 1);
  assert.equal(outbox.sizes.games, 0);
});
