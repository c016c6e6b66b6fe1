/**
 * Which nats-servers are refused, and of which it is said that they should be newer.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeVersion } from '../../../src/adapters/nats/version.ts';

test('a server that may lose what it acknowledged is refused, with the reason', () => {
  const divergence = /too old: 2\.11\.4 or newer is needed; .*hold different entries.*#6194, #6485/;
  for (const version of ['1.99.99', '2.9.10', '2.10.0', '2.10.27', '2.10.27-binary']) {
    assert.throws(() => judgeVersion(version), { name: 'UnsupportedServer', message: divergence });
  }
  for (const version of ['2.11.0', '2.11.3']) {
    assert.throws(() => judgeVersion(version), { name: 'UnsupportedServer', message: /lock up.*#6899/ });
  }
});

test('what names no version is refused', () => {
  for (const version of ['', 'dev', '2', '2.15', 'x.2.15.1'])
    assert.throws(() => judgeVersion(version), { name: 'UnsupportedServer' });
});

test('a server should have the mended release of its line, and one of a line without should move on', () => {
  const wanted = {
    '2.11.4': '2.12.15',
    '2.11.17': '2.12.15',
    '2.12.0': '2.12.15',
    '2.12.14': '2.12.15',
    '2.12.15': null,
    '2.12.16': null,
    '2.13.1': '2.14.4',
    '2.14.0': '2.14.4',
    '2.14.3': '2.14.4',
    '2.14.4': null,
    '2.14.10': null,
    '2.15.0-dev': null,
    '2.15.1': null,
    '3.0.0': null,
  };
  for (const [version, newer] of Object.entries(wanted)) assert.equal(judgeVersion(version), newer, version);
});
