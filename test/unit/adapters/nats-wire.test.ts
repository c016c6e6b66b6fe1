/**
 * The wire against a server that answers late, twice, to nobody, or not at all.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { waitFor } from '../../support/wait.ts';
import { Lab } from './nats-lab.ts';

const kinds = (replies: readonly { kind: string }[]): string[] => replies.map(({ kind }) => kind);

test('a request has the answer that is meant for it, once, however often and in whatever order they come', async (t) => {
  const lab = await Lab.start(t);
  const [one, two] = [lab.ask('one'), lab.ask('two')];
  const [toOne, toTwo] = [await lab.replyTo('one'), await lab.replyTo('two')];
  assert.notEqual(toOne, toTwo);
  for (const reply of [toTwo, toOne, toTwo, toOne, 'ns.inbox.me.re.nobody']) lab.server.deliver(reply, `for ${reply}`);
  await lab.settled();
  const payloads = [one, two].map(([reply]) => reply?.kind === 'message' && reply.message.payload.toString());
  assert.deepEqual(payloads, [`for ${toOne}`, `for ${toTwo}`]);
  assert.deepEqual([one.length, two.length], [1, 1]);
});

test('a stream that is cut into bytes says the same', async (t) => {
  const lab = await Lab.start(t);
  lab.server.pieces = 1;
  const replies = lab.ask('q');
  lab.server.deliver(await lab.replyTo('q'), 'ä\r\nMSG x 1 3\r\n', { headers: 'NATS/1.0\r\nA: b' });
  await waitFor('the answer', () => replies[0]);
  const [reply] = replies;
  const message = reply?.kind === 'message' ? reply.message : assert.fail(reply?.kind);
  assert.deepEqual(
    [message.payload.toString(), String(message.headers)],
    ['ä\r\nMSG x 1 3\r\n', 'NATS/1.0\r\nA: b\r\n\r\n'],
  );
});

test('nobody listens only if the server says exactly that', async (t) => {
  const lab = await Lab.start(t);
  const [nobody, another] = [lab.ask('nobody'), lab.ask('another')];
  lab.server.deliver(await lab.replyTo('nobody'), '', { headers: 'NATS/1.0 503' });
  lab.server.deliver(await lab.replyTo('another'), 'a payload', { headers: 'NATS/1.0 503' });
  const status = lab.ask('status');
  lab.server.deliver(await lab.replyTo('status'), '', { headers: 'NATS/1.0 404' });
  await lab.settled();
  assert.deepEqual([...kinds(nobody), ...kinds(another), ...kinds(status)], ['noResponders', 'message', 'message']);
});

test('without an answer it is a timeout, not before its time, and what comes later is nobody’s', async (t) => {
  const lab = await Lab.start(t);
  const [short, long] = [lab.ask('short', 100), lab.ask('long', 200)];
  const late = await lab.replyTo('short');
  await lab.clock.advance(99);
  assert.deepEqual(kinds(short), []);
  await lab.clock.advance(11);
  assert.deepEqual([kinds(short), kinds(long)], [['timeout'], []]);
  lab.server.deliver(late, 'late');
  await lab.settled();
  await lab.clock.advance(1_000);
  assert.deepEqual([kinds(short), kinds(long)], [['timeout'], ['timeout']]);
});

test('a connection that ends settles all that is under way, and nothing of it is heard or sent on the next', async (t) => {
  const lab = await Lab.start(t);
  const changes: boolean[] = [];
  lab.wire.onConnection((connected) => changes.push(connected));
  const sent = lab.ask('sent');
  const reply = await lab.replyTo('sent');
  // In the same turn: it was taken to be sent, and is not yet with the system.
  const waiting = lab.ask('waiting');
  assert.equal(lab.wire.publish('waiting', Buffer.from('!')), true);
  lab.link.end();
  const away = lab.ask('away');
  assert.equal(lab.wire.publish('away', Buffer.from('!')), false);
  await waitFor('all to be settled', () => waiting[0]);
  assert.deepEqual([kinds(sent), kinds(waiting), kinds(away)], [['lost'], ['lost'], ['notSent']]);
  assert.deepEqual(changes, [false]);
  await lab.connect();
  assert.deepEqual(changes, [false, true]);
  lab.server.deliver(reply, 'late');
  const next = lab.ask('next');
  lab.server.deliver(await lab.replyTo('next'), 'in time');
  await lab.settled();
  await lab.clock.advance(10_000);
  assert.deepEqual([kinds(sent), kinds(waiting), kinds(next)], [['lost'], ['lost'], ['message']]);
  assert.deepEqual([lab.server.to('waiting'), lab.server.to('away')], [[], []]);
});

test('what is larger than the server takes is not sent; what it refuses is denied, and nothing else', async (t) => {
  const lab = await Lab.start(t);
  lab.server.say(`INFO ${JSON.stringify({ ...lab.server.info, max_payload: 1_000 })}\r\n`);
  await waitFor('it to be told', () => lab.wire.largestMessage === 1_000);
  const refusals: string[] = [];
  await lab.wire.request({
    subject: 'large',
    payload: Buffer.alloc(900),
    headers: Buffer.alloc(101),
    timeoutMs: 100,
    conclude: ({ kind }) => refusals.push(kind),
  });
  assert.deepEqual(refusals, ['tooLarge']);
  assert.equal(lab.wire.publish('large', Buffer.alloc(1_001)), false);
  assert.equal(lab.wire.publish('largest', Buffer.alloc(1_000)), true);
  const [denied, other] = [lab.ask('ns.secret'), lab.ask('ns.open')];
  await lab.replyTo('ns.secret');
  lab.server.say(`-ERR 'Permissions Violation for Publish to "ns.secret"'\r\n`);
  await waitFor('the denial', () => denied[0]);
  assert.deepEqual([kinds(denied), kinds(other)], [['denied'], []]);
  assert.deepEqual(
    lab.server.to('large').map(({ subject }) => subject),
    ['largest'],
  );
  assert.ok(
    lab.lines.some((line) => line.startsWith('NATS does not allow this')),
    lab.lines.join(),
  );
  assert.equal(lab.wire.connected, true);
});

test('an outcome that the caller cannot conclude from rejects; a callback that throws harms nobody', async (t) => {
  const lab = await Lab.start(t);
  const conclude = (): never => {
    throw new TypeError('on purpose');
  };
  const asked = lab.wire.request({ subject: 'q', payload: Buffer.alloc(0), timeoutMs: 100, conclude });
  const rejected = assert.rejects(asked, TypeError);
  lab.server.deliver(await lab.replyTo('q'), '');
  await rejected;
  lab.wire.onConnection(conclude);
  lab.wire.subscribe('ns.bad', conclude);
  await waitFor('the subscription', () => lab.server.deliver('ns.bad', ''));
  await lab.settled();
  await lab.cut();
  await lab.connect();
  await lab.settled();
  assert.equal(lab.lines.filter((line) => line.startsWith('a callback on the NATS connection threw')).length, 3);
});

test('subscriptions begin anew with every connection, those that were stopped do not', async (t) => {
  const lab = await Lab.start(t);
  const heard: string[] = [];
  const listen = (subject: string) => lab.wire.subscribe(subject, () => heard.push(subject));
  const [one, two] = [listen('ns.one'), listen('ns.two'), listen('ns.three')];
  await waitFor('three', () => lab.server.subjects.length === 4);
  one?.stop();
  await waitFor('two', () => lab.server.subjects.length === 3);
  await lab.cut();
  two?.stop();
  const four = listen('ns.four');
  await lab.connect();
  await waitFor('the others', () => lab.server.subjects.includes('ns.four'));
  assert.deepEqual(lab.server.subjects, ['ns.four', 'ns.inbox.me.re.*', 'ns.three']);
  for (const subject of ['ns.three', 'ns.four', 'ns.three']) lab.server.deliver(subject, '');
  await lab.settled();
  assert.deepEqual(heard, ['ns.three', 'ns.four', 'ns.three']);
  four.stop();
  four.stop();
  await waitFor('its end', () => !lab.server.subjects.includes('ns.four'));
});

test('a subscription that NATS refuses is asked for again, once', async (t) => {
  const lab = await Lab.start(t);
  let heard = 0;
  lab.wire.subscribe('ns.mine', () => {
    heard += 1;
  });
  const other = lab.wire.subscribe('ns.other', () => {});
  await waitFor('it', () => lab.server.subjects.includes('ns.other'));
  lab.server.refuse('ns.other');
  lab.server.refuse('ns.mine');
  await waitFor('a word about it', () => lab.lines.some((line) => line.includes('ns.mine')));
  // The connection is another one before its time has come: that one begins with it.
  await lab.cut();
  await lab.connect();
  await lab.clock.advance(2_000);
  lab.server.deliver('ns.mine', '');
  await lab.settled();
  assert.deepEqual([heard, lab.server.subjects.filter((subject) => subject === 'ns.mine')], [1, ['ns.mine']]);
  other.stop();
  await waitFor('its end on the connection that there is', () => !lab.server.subjects.includes('ns.other'));
  lab.server.refuse('ns.mine');
  const said = lab.lines.length;
  await lab.clock.advance(20_000);
  lab.server.refuse('ns.mine');
  await waitFor('another word', () => lab.lines.length > said);
  await lab.clock.advance(1_000);
  await lab.settled();
  assert.ok(lab.server.deliver('ns.mine', ''));
  await lab.settled();
  assert.equal(heard, 2);
});

test('bytes that are not the protocol end the connection, and nobody prints them', async (t) => {
  const lab = await Lab.start(t);
  const printed = (['log', 'error', 'warn', 'info'] as const).map((method) => t.mock.method(console, method));
  lab.server.say('MSG ns.x 1 five\r\nthe state of a game\r\n');
  await waitFor('the end', () => !lab.wire.connected);
  const reason = await lab.link.ended;
  assert.match(reason?.message ?? '', /not the protocol/);
  await lab.connect();
  await lab.settled();
  assert.equal(printed.flatMap(({ mock }) => mock.calls).length, 0);
  assert.doesNotMatch(lab.lines.join() + reason?.message, /state of a game/);
  await waitFor('one socket', () => lab.server.connections === 1);
});
