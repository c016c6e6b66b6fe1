/** Signatures of deliveries, verified as the specification says, and against the vector that its libraries are tested with. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signedHeaders } from '../../../../src/member/webhooks/signature.ts';
import { verified } from '../../../support/verified-webhook.ts';

const secretOf = (byte: number) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`;
const body = '{"type":"round_started","data":{"round":2}}';

test('a receiver accepts it, and nothing that was changed', () => {
  const headers = signedHeaders({ id: 'msg_1', wall: Date.now(), body }, [secretOf(1)]);
  assert.deepEqual(verified(headers, body, secretOf(1)), JSON.parse(body));
  assert.throws(() => verified(headers, body.replace('2', '3'), secretOf(1)));
  assert.throws(() => verified({ ...headers, 'webhook-id': 'msg_2' }, body, secretOf(1)));
  assert.throws(() => verified(headers, body, secretOf(2)));
});

test('while secrets are replaced receivers with either accept it', () => {
  const headers = signedHeaders({ id: 'msg_1', wall: Date.now(), body }, [secretOf(1), secretOf(2)]);
  assert.equal(headers['webhook-signature']?.split(' ').length, 2);
  for (const byte of [1, 2]) assert.ok(verified(headers, body, secretOf(byte)));
});

test('the vector that libraries of the specification are tested with', () => {
  const headers = signedHeaders(
    { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', wall: 1_614_265_330_000, body: '{"test": 2432232314}' },
    ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
  );
  assert.equal(headers['webhook-timestamp'], '1614265330');
  assert.equal(headers['webhook-signature'], 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
});
