/**
 * What is said of a server that ends the connection: its own word for it may be lost on the way.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explain } from '../../../src/adapters/nats/diagnosis.ts';
import { EndedAtOnce } from '../../../src/adapters/nats/errors.ts';

const ends = [
  Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
  Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }),
  new EndedAtOnce(),
];

for (const end of ends) {
  const say = (tls: Parameters<typeof explain>[1]['tls']) => explain(end, { credentialsFile: null, tls });

  test(`${end.code} with TLS says what may be wrong with the certificate of this member`, () => {
    assert.match(say({ caFile: 'ca.crt' }), /^NATS ended .* if it wants a certificate .* MINOTAUR_NATS_CERT/);
    assert.match(say({ certFile: 'no such file' }), /^NATS refuses the certificate of this member/);
  });

  test(`${end.code} without TLS says nothing of certificates`, () => {
    assert.equal(say(null), end.message);
  });
}
