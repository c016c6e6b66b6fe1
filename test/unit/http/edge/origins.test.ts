/** Which pages may open a socket. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Origins } from '../../../../src/http/edge/origins.ts';

const origins = new Origins(['https://game.example', 'http://localhost:5173']);

test('no browser: no origin, no question', () => {
  assert.equal(origins.allowsSocket(undefined, 'game.example'), true);
  assert.equal(new Origins([]).allowsSocket(undefined, undefined), true);
});

test('pages of this very host, however its port is written', () => {
  const none = new Origins([]);
  for (const [origin, host] of [
    ['http://play.example', 'play.example'],
    ['http://play.example', 'play.example:80'],
    ['https://play.example', 'play.example:443'],
    ['https://play.example', 'PLAY.example'],
    ['http://127.0.0.1:3000', '127.0.0.1:3000'],
    ['http://[::1]:3000', '[::1]:3000'],
  ] as const) {
    assert.equal(none.allowsSocket(origin, host), true, `${origin} ${host}`);
  }
});

test('pages of origins on the list, exactly', () => {
  for (const origin of ['https://game.example', 'http://localhost:5173']) {
    assert.equal(origins.allowsSocket(origin, 'api.example'), true, origin);
  }
  for (const origin of [
    'http://game.example',
    'https://game.example:8443',
    'https://game.example.evil.example',
    'https://evil.example/https://game.example',
    'https://sub.game.example',
    'http://localhost',
    'null',
    '',
    '*',
    'file://',
    'https://',
    'https://game.example@evil.example',
  ]) {
    assert.equal(origins.allowsSocket(origin, 'api.example'), false, origin);
  }
  assert.equal(origins.allowsSocket('https://evil.example', undefined), false);
  assert.equal(origins.allowsSocket('https://evil.example', ''), false);
  assert.equal(origins.allowsSocket('http://play.example:3001', 'play.example:3000'), false);
});

test('apps have origins of their own, which are no page of this host', () => {
  const apps = new Origins(['capacitor://localhost', 'tauri://localhost']);
  assert.equal(apps.allowsSocket('capacitor://localhost', 'api.example'), true);
  assert.equal(apps.allowsSocket('ionic://localhost', 'localhost'), false);
  assert.equal(apps.allowsSocket('capacitor://localhost:1', 'localhost:1'), false);
});
