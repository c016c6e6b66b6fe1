/** The AsyncAPI document: valid, true to its own examples, and about every frame that there is. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { wireShapesOf } from '../../../../src/game/wire-shapes.ts';
import { minotaurGame } from '../../../../src/games.ts';
import { asyncapi } from '../../../../src/http/api/asyncapi.ts';
import { closings } from '../../../../src/http/api/close-codes.ts';
import { clientFrames, frameBodies, serverFrames } from '../../../../src/http/api/frames.ts';
import { everyOperation } from '../../../../src/http/api/operations.ts';
import { Contract, type Document } from '../../../support/contract.ts';

const require = createRequire(import.meta.url);
const { Ajv } = require('ajv') as typeof import('ajv');
const addFormats = require('ajv-formats') as typeof import('ajv-formats').default;

const game = wireShapesOf(minotaurGame);
const document: Document = JSON.parse(JSON.stringify(asyncapi(game)));
const contract = new Contract(document);
const messages = Object.entries<Document>(document.components.messages);

test('the document is valid AsyncAPI 3.0, and every reference in it leads somewhere', () => {
  // The schema names draft 7 by its address, which ajv has already: nothing else is checked about it.
  const ajv = new Ajv({ strict: false, allErrors: true, meta: false, validateSchema: false });
  addFormats(ajv);
  const validate = ajv.compile(require('@asyncapi/specs/schemas/3.0.0.json'));
  assert.ok(validate(document), JSON.stringify(validate.errors));
  for (const [, pointer = ''] of JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    const target = pointer.split('/').reduce((at: Document, part) => at?.[part], document);
    assert.ok(target !== undefined, pointer);
  }
});

test('every example of a frame satisfies its schema, as documented and as the server reads it', () => {
  const schemas = { ...clientFrames, ...serverFrames };
  assert.deepEqual(messages.map(([type]) => type).toSorted(), Object.keys(schemas).toSorted());
  for (const [type, { examples }] of messages) {
    assert.ok(examples.length > 0, type);
    for (const { payload } of examples) {
      assert.equal(contract.frame(type)(payload), null, type);
      assert.ok(schemas[type as keyof typeof schemas].safeParse(payload).success, type);
      assert.equal(payload.type, type);
    }
  }
});

test('a frame that the document refuses, the server refuses', () => {
  const wrong: readonly [keyof typeof frameBodies, unknown][] = [
    ['register_action', { type: 'move' }],
    ['register_action', { type: 'jump' }],
    ['retract_action', {}],
    ['commit_round', { round: 0 }],
    ['commit_round', { round: '1' }],
    ['get_game', { consistency: 'weak' }],
  ];
  for (const [type, body] of wrong) {
    assert.notEqual(contract.frame(type)({ ref: 1, type, body }), null, JSON.stringify(body));
    const isTaken =
      type === 'register_action'
        ? game.complaints(body as object).length === 0
        : frameBodies[type].safeParse(body).success;
    assert.equal(isTaken, false, JSON.stringify(body));
  }
});

test('every operation with a frame is received, with its reply; everything else is sent', () => {
  const operations = Object.entries<Document>(document.operations);
  const received = operations.filter(([, { action }]) => action === 'receive');
  const frames = everyOperation.flatMap(({ frame }) => frame ?? []);
  assert.deepEqual(received.map(([name]) => name).toSorted(), [...frames, 'ping'].toSorted());
  for (const [name, { messages: taken, reply }] of received) {
    assert.deepEqual(taken, [{ $ref: `#/channels/game/messages/${name}` }]);
    assert.deepEqual(reply.messages, [{ $ref: '#/channels/game/messages/reply' }]);
  }
  const sent = operations.filter(([, { action }]) => action === 'send').map(([name]) => name);
  assert.deepEqual(sent, ['send_game', 'send_events', 'send_presence', 'send_reconnect']);
});

test('every close code is documented, with the subprotocol and what the address takes', () => {
  const { game } = document.channels;
  const protocol = ['1002', '1007', '1009'];
  const codes: string[] = Object.values(closings).map(([code]) => String(code));
  assert.deepEqual(Object.keys(game['x-close-codes']).sort(), [...protocol, ...codes].sort());
  assert.equal(game['x-subprotocol'], 'minotaur.v1');
  assert.deepEqual(Object.keys(game.bindings.ws.query.properties), ['since', 'after']);
});
