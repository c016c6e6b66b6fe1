/** The documents speak of the game that is played: its actions, its events, its settings, and of no other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { z } from 'zod';
import { gameOf } from '../../../../src/game/module-check.ts';
import { wireShapesOf } from '../../../../src/game/wire-shapes.ts';
import { loadGame, minotaurGame } from '../../../../src/games.ts';
import { asyncapi } from '../../../../src/http/api/asyncapi.ts';
import { openapi } from '../../../../src/http/api/openapi.ts';
import { sampleOf } from '../../../../src/http/api/samples.ts';
import { Contract, type Document } from '../../../support/contract.ts';

const ticTacToe = await loadGame('tic-tac-toe');
const auction = await loadGame('examples/auction.ts');
/** The least that a module may be. */
const silent = gameOf({
  name: 'silent',
  version: 1,
  players: { min: 1, max: 2 },
  settings: z.object({}),
  world: z.object({}),
  actions: { pass: z.object({}) },
  setup: () => ({}),
  turn: () => ({ players: [] }),
  resolve: () => undefined,
  outcome: () => null,
  view: () => ({}),
});
const games = { minotaur: minotaurGame, 'tic-tac-toe': ticTacToe, auction, silent };

const documentsOf = (game: typeof minotaurGame) => {
  const shapes = wireShapesOf(game);
  return { rest: openapi(shapes) as Document, socket: asyncapi(shapes) as Document };
};

for (const [name, game] of Object.entries(games)) {
  test(`both documents of ${name} are valid, and true to their examples`, async () => {
    const { rest, socket } = documentsOf(game);
    const { valid, errors } = await new Validator().validate(structuredClone(rest));
    assert.ok(valid, JSON.stringify(errors));
    const at = ['paths', '/v1/games/{id}/actions', 'post', 'requestBody', 'content', 'application/json'];
    const { example } = rest.paths['/v1/games/{id}/actions'].post.requestBody.content['application/json'];
    assert.equal(new Contract(rest).at(...at, 'schema')(example), null, JSON.stringify(example));
    const { type, ...fields } = example;
    assert.deepEqual(wireShapesOf(game).complaints(withoutPlatform({ type, ...fields })), []);
    for (const [frame, { examples }] of Object.entries<Document>(socket.components.messages)) {
      for (const { payload } of examples) assert.equal(new Contract(socket).frame(frame)(payload), null, frame);
    }
  });
}

function withoutPlatform({ round: _, playerId: __, ...action }: Readonly<Record<string, unknown>>): object {
  return action;
}

test('with tic-tac-toe the documents speak of marks, and no word of the crawl', () => {
  const { rest, socket } = documentsOf(ticTacToe);
  for (const document of [rest, socket]) {
    const text = JSON.stringify(document);
    assert.match(text, /"const":"mark"/);
    assert.doesNotMatch(text, /\bvector\b|\bmove\b|\battack\b|targetPlayerId|\bhex(es)?\b/i);
  }
  const is = new Contract(rest).at('components', 'schemas', 'RegisterAction');
  assert.equal(is({ type: 'mark', cell: 8, round: 3, playerId: 'p1' }), null);
  for (const wrong of [{ type: 'mark', cell: 9 }, { type: 'mark' }, { type: 'move', vector: { q: 1, r: 0 } }, {}]) {
    assert.notEqual(is(wrong), null, JSON.stringify(wrong));
  }
  const event = new Contract(rest).at('components', 'schemas', 'GameEvent');
  const happened = { seq: 1, round: 1, at: '2030-01-31T11:59:00.000Z' };
  assert.equal(event({ ...happened, type: 'marked', by: 'p1', cell: 4 }), null);
  assert.notEqual(event({ ...happened, type: 'marked', by: 'p1' }), null);
  assert.notEqual(event({ ...happened, type: 'died', character: 'p1' }), null);
});

test('settings of the game stand under `table`, those that the platform has flat do not', () => {
  const { TableSettings } = documentsOf(minotaurGame).rest.components.schemas;
  assert.deepEqual(Object.keys(TableSettings.properties), ['damage', 'attackRange', 'minotaur', 'lastRound']);
  assert.deepEqual(documentsOf(silent).rest.components.schemas.TableSettings.properties, {});
});

test('what stood on the wire before games were modules is documented of every game that the server plays', () => {
  for (const game of [minotaurGame, ticTacToe, auction]) {
    const { rest } = documentsOf(game);
    const { GivenSettings, ChangedSettings, Settings, WholePlayer, SeenPlayer, DocumentPlayer } =
      rest.components.schemas;
    for (const { properties } of [GivenSettings, ChangedSettings, Settings]) {
      assert.deepEqual([properties.worldRadius.minimum, properties.worldRadius.maximum], [1, 100]);
    }
    assert.match(GivenSettings.description, /`visionRadius` must not be above `worldRadius`/);
    assert.ok(Settings.required.includes('health') && WholePlayer.required.includes('health'));
    assert.ok(!GivenSettings.required?.includes('health') && !SeenPlayer.required.includes('health'));
    assert.equal(DocumentPlayer.properties.health.maximum, 10_000);
    const { example } = rest.paths['/v1/games'].post.responses['201'].content['application/json'];
    const { settings, players } = example.game;
    assert.partialDeepStrictEqual(settings, { actionPoints: 3, worldRadius: 10, visionRadius: 3, health: 100 });
    assert.deepEqual(
      Object.values<Document>(players).map(({ health }) => health),
      [100],
    );
  }
  const { GivenSettings } = documentsOf(silent).rest.components.schemas;
  assert.ok(!('worldRadius' in GivenSettings.properties), 'a module alone has none of them');
});

test('a game without events has none in its documents', () => {
  const event = new Contract(documentsOf(silent).rest).at('components', 'schemas', 'ModuleEvent');
  assert.notEqual(event({ seq: 1, round: 1, at: '2030-01-31T11:59:00.000Z', type: 'x' }), null);
});

test('a sample is the own example of the author, or the plainest value', () => {
  const cases: [z.ZodType, unknown][] = [
    [z.object({ a: z.int().min(5), b: z.string().min(2), c: z.boolean().optional() }), { a: 5, b: 'xx' }],
    [z.int().max(-3), -3],
    [z.array(z.enum(['red', 'blue'])).min(2), ['red', 'red']],
    [z.union([z.literal(4), z.string()]), 4],
    [z.string().meta({ examples: ['Ada'] }), 'Ada'],
    [z.null(), null],
    [z.boolean(), true],
  ];
  for (const [schema, expected] of cases) {
    assert.deepEqual(sampleOf(z.toJSONSchema(schema, { io: 'input' })), expected);
  }
});
