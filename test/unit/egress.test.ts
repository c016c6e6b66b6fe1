/** Which addresses a member may go to by itself. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayGoTo } from '../../src/egress.ts';

const reached = (addresses: readonly string[], named: readonly string[] = [], onlyNamed = false) =>
  addresses.filter((address) => mayGoTo(address, named, onlyNamed));

const inside = [
  '127.0.0.1',
  '10.1.2.3',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '0.0.0.0',
  '224.0.0.1',
  '255.255.255.255',
  '::1',
  '::',
  '::ffff:10.0.0.1',
  '::ffff:8.8.8.8',
  'fe80::1',
  'fd00::1',
  'ff02::1',
  '64:ff9b::a00:1',
  '2002:a00:1::1',
  '2001:db8::1',
];
const outside = ['8.8.8.8', '172.15.0.1', '172.32.0.1', '192.167.1.1', '2606:4700::1111', '2a00:1450:4001::1'];

test('public addresses are reached, and no others', () => {
  assert.deepEqual(reached(inside), []);
  assert.deepEqual(reached(outside), outside);
});

test('what is named is reached too, and nothing else if only that may be', () => {
  assert.deepEqual(reached(inside, ['10.0.0.0/8', 'fd00::/8', '127.0.0.1']), [
    '127.0.0.1',
    '10.1.2.3',
    '::ffff:10.0.0.1',
    'fd00::1',
  ]);
  assert.deepEqual(reached([...inside, ...outside], ['10.0.0.0/8'], true), ['10.1.2.3', '::ffff:10.0.0.1']);
});

test('what is no address is reached never', () => {
  assert.deepEqual(reached(['', 'localhost', '10.0.0', '1e9'], ['0.0.0.0/1', '128.0.0.0/1']), []);
});
