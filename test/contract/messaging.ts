/**
 * The contract of the messaging port, M1 to M8, over any implementation.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { CallOutcome, Messaging, Peer } from '../../src/ports/messaging.ts';
import { waitFor } from '../support/wait.ts';
import type { Backend, Member } from './backend.ts';
import { bytes } from './store-steps.ts';

const timeoutMs = 5_000;

const text = (payload: Uint8Array): string => new TextDecoder().decode(payload);
const peer = (id: string, incarnation = 'i1'): Peer => ({ id, incarnation });
const told = (outcome: CallOutcome): string => (outcome.kind === 'answer' ? text(outcome.payload) : outcome.kind);

export function messagingContract(name: string, make: () => Promise<Backend>): void {
  describe(`messaging: ${name}`, () => {
    let backend: Backend;
    let here: Messaging;
    let there: Messaging;
    let caller: Member;

    /** Calls until somebody answers: a registration takes a moment to get around. */
    const reach = async (to: Peer, payload = 'hello'): Promise<string> => {
      const outcome = await waitFor(`an answer of ${to.id}`, async () => {
        const tried = await here.call(to, bytes(payload), timeoutMs);
        return tried.kind === 'answer' ? tried : null;
      });
      return told(outcome);
    };

    before(async () => {
      backend = await make();
      caller = await backend.join();
      here = caller.messaging;
      there = (await backend.join()).messaging;
    });
    after(() => backend?.close());

    it('M1 a call reaches the handler of exactly that member and incarnation, itself too', async () => {
      for (const incarnation of ['i1', 'i2']) {
        there.answer(peer('m1', incarnation), async (payload) => bytes(`${incarnation} got ${text(payload)}`));
      }
      here.answer(peer('self'), async () => bytes('me'));
      assert.equal(await reach(peer('m1', 'i2'), 'a'), 'i2 got a');
      assert.equal(await reach(peer('m1', 'i1'), 'b'), 'i1 got b');
      assert.equal(await reach(peer('self')), 'me');
      assert.deepEqual(await here.call(peer('m1', 'i3'), bytes('c'), timeoutMs), { kind: 'noResponders' });
    });

    it('M1 many calls at once each get their own answer; an empty one is an answer too', async () => {
      there.answer(peer('echo'), async (payload) => {
        await pause(Math.random() * 20);
        return payload;
      });
      await reach(peer('echo'));
      const calls = Array.from({ length: 1_000 }, (_, index) => here.call(peer('echo'), bytes(`${index}`), timeoutMs));
      const answers = (await Promise.all(calls)).map(told);
      assert.deepEqual(
        answers.filter((answer, index) => answer !== `${index}`),
        [],
      );
      assert.deepEqual(told(await here.call(peer('echo'), bytes(''), timeoutMs)), '');
    });

    it('M1 half a megabyte goes both ways', async () => {
      there.answer(peer('large'), async (payload) => payload);
      await reach(peer('large'));
      const payload = new Uint8Array(512 * 1024).fill(65);
      const outcome = await here.call(peer('large'), payload, timeoutMs);
      assert.ok(outcome.kind === 'answer' && Buffer.compare(outcome.payload, payload) === 0);
    });

    it('M2 no responders is answered at once', async () => {
      const began = performance.now();
      assert.deepEqual(await here.call(peer('nobody'), bytes('x'), timeoutMs), { kind: 'noResponders' });
      assert.ok(performance.now() - began < 1_000);
    });

    it('M3 M4 without an answer in time the caller runs into its timeout, though the handler ran', async () => {
      const got: string[] = [];
      there.answer(peer('mute'), async (payload) => {
        got.push(text(payload));
        return null;
      });
      const call = async (): Promise<boolean> => (await here.call(peer('mute'), bytes('x'), 100)).kind === 'timeout';
      await waitFor('a timeout', call);
      await waitFor('the handler to run', () => got.length > 0);
    });

    it('M3 a handler that throws answers nothing and harms no other call; a late answer reaches nobody', async () => {
      let release = (): void => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      there.answer(peer('broken'), async () => Promise.reject(new Error('on purpose')));
      there.answer(peer('late'), async (payload) => {
        if (text(payload) === 'wait') await held;
        return payload;
      });
      assert.equal(await reach(peer('late'), 'now'), 'now');
      assert.deepEqual(await here.call(peer('late'), bytes('wait'), 100), { kind: 'timeout' });
      await waitFor('a timeout', async () => (await here.call(peer('broken'), bytes('x'), 100)).kind === 'timeout');
      release();
      assert.equal(told(await here.call(peer('late'), bytes('next'), timeoutMs)), 'next');
    });

    it('M5 an update reaches every current subscriber of that game once, in order', async () => {
      const got: string[][] = [[], [], []];
      const record = (index: number) => (payload: Uint8Array) => void got[index]?.push(text(payload));
      const first = here.subscribe(7, 'game', record(0));
      there.subscribe(7, 'game', record(1));
      there.subscribe(7, 'other', record(2));
      await waitFor('both to hear', () => {
        there.publish(7, 'game', bytes('ready?'));
        return got[0]?.length && got[1]?.length;
      });
      for (let index = 0; index < 500; index += 1) there.publish(7, 'game', bytes(`${index}`));
      await waitFor('the last update', () => got[0]?.at(-1) === '499' && got[1]?.at(-1) === '499');
      const expected = Array.from({ length: 500 }, (_, index) => `${index}`);
      assert.deepEqual(
        got[0]?.filter((update) => update !== 'ready?'),
        expected,
      );
      assert.deepEqual(
        got[1]?.filter((update) => update !== 'ready?'),
        expected,
      );
      assert.deepEqual(got[2], []);
      first.stop();
      there.publish(7, 'game', bytes('after'));
      await waitFor('the other subscriber', () => got[1]?.at(-1) === 'after');
      assert.equal(got[0]?.at(-1), '499');
    });

    it('M6 after stop no handler runs, and a caller gets no responders', async () => {
      let ran = 0;
      const subscription = there.answer(peer('m6'), async () => {
        ran += 1;
        return bytes('yes');
      });
      await reach(peer('m6'));
      subscription.stop();
      const runs = ran;
      const refused = async (): Promise<boolean> =>
        (await here.call(peer('m6'), bytes('x'), 200)).kind === 'noResponders';
      await waitFor('no responders', refused);
      assert.equal(ran, runs);
    });

    it('M7 a probe tells who answers at an address, that it refuses, or that it is silent', async () => {
      const address = await backend.listen(peer('probed', 'i7'));
      assert.deepEqual(await here.probe(address, timeoutMs), { kind: 'answered', id: 'probed', incarnation: 'i7' });
      assert.deepEqual(await here.probe(await backend.nowhere(), timeoutMs), { kind: 'refused' });
      assert.deepEqual(await here.probe(await backend.listen(null), 500), { kind: 'silent' });
    });

    it('M7 a probe waits no longer than its timeout', async () => {
      const began = performance.now();
      assert.deepEqual(await here.probe(await backend.listenSilently(), 100), { kind: 'silent' });
      const tookMs = performance.now() - began;
      assert.ok(tookMs >= 95 && tookMs < 1_000, `${tookMs} ms`);
    });

    it('M3 M7 M8 while away calls are disconnected and probes work; then handlers and subscriptions work again', async () => {
      const updates: string[] = [];
      there.answer(peer('m8'), async () => bytes('still here'));
      there.answer(peer('hangs'), () => new Promise(() => {}));
      there.subscribe(8, 'game', (payload) => updates.push(text(payload)));
      const address = await backend.listen(peer('probed', 'i8'));
      await reach(peer('m8'));
      const underWay = here.call(peer('hangs'), bytes('x'), 60_000);
      await pause(20);
      await backend.stop();
      assert.deepEqual(await underWay, { kind: 'disconnected' });
      await waitFor('the caller to notice', () => !caller.store.connected);
      assert.deepEqual(await here.call(peer('m8'), bytes('x'), timeoutMs), { kind: 'disconnected' });
      assert.deepEqual(await here.probe(address, timeoutMs), { kind: 'answered', id: 'probed', incarnation: 'i8' });
      here.publish(8, 'game', bytes('into the void'));
      await backend.start();
      assert.equal(await reach(peer('m8')), 'still here');
      await waitFor('an update', () => {
        here.publish(8, 'game', bytes('again'));
        return updates.at(-1) === 'again';
      });
      assert.ok(!updates.includes('into the void'));
    });
  });
}
