/** What is inferred from the schemas of a game, and what does not compile: `npm run check` is what runs most of this. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Acts, defineGame, player, type ViewOf, z } from 'minotaur/game';

const cards = defineGame({
  name: 'cards',
  version: 1,
  players: { min: 2, max: 4 },
  settings: z.object({ hand: z.int().default(5) }),
  world: z.object({ hands: z.record(player(), z.array(z.int())), pile: z.array(z.int()) }),
  actions: { play: z.object({ card: z.int() }), pass: z.object({}), give: z.object({ to: player() }) },
  events: { played: z.object({ by: player(), card: z.int() }), passed: z.object({}) },
  reasons: ['not_in_hand', 'not_to_yourself'],
  setup: ({ players, random, settings }) => ({
    hands: Object.fromEntries(players.map((id) => [id, Array.from({ length: settings.hand }, () => random.int(52))])),
    pile: [],
  }),
  turn: (world, { round }) => ({ players: [Object.keys(world.hands)[round % 2]], ends: 'first' }),
  resolve(world, actions, { tell, random, turn }) {
    for (const action of actions) {
      if (action.type === 'play') world.pile.push(action.card);
      // @ts-expect-error a pass has no card
      if (action.type === 'pass') void action.card;
    }
    tell('played', { by: turn.players[0] ?? '', card: random.int(3) }, 'everybody');
    tell('passed', {}, turn.players);
    // @ts-expect-error no such event is declared
    tell('shuffled', {});
    // @ts-expect-error a card is a number
    tell('played', { by: 'p', card: 'ace' });
  },
  outcome: (world, { players }) => (players.length > world.pile.length ? null : { winners: [] }),
  view: (world, viewer) => ({ hand: viewer.kind === 'player' ? (world.hands[viewer.id] ?? []) : [], pile: world.pile }),
  allows: (view, id, action, { own }) => {
    if (action.type === 'give') return action.to !== id || 'not_to_yourself';
    if (own.some((each) => each.type === 'pass')) return true;
    return action.type !== 'play' || view.hand.includes(action.card) || 'not_in_hand';
  },
  legal: (view) => view.hand.map((card) => ({ type: 'play' as const, card })),
  bot: (_view, _player, { legal, random }) => [random.pick(legal)],
});

test('actions and the view of a game have types for clients', () => {
  const calls: unknown[] = [];
  const act: Acts<typeof cards> = {
    play: async (fields) => {
      calls.push(fields);
      return { actionId: 'a1', version: 1 };
    },
    pass: async () => ({ actionId: 'a2', version: 2 }),
    give: async () => ({ actionId: 'a3', version: 3 }),
  };
  void act.play({ card: 1 });
  void act.pass({});
  // @ts-expect-error a card is a number
  void act.play({ card: 'ace' });
  const view: ViewOf<typeof cards> = { hand: [1], pile: [] };
  // @ts-expect-error the view is what `view` answers
  void view.hands;
  assert.deepEqual(calls, [{ card: 1 }, { card: 'ace' }]);
  assert.equal(cards.name, 'cards');
});

/** Never called: what stands here must not compile. */
export function refused(): void {
  const rest = {
    name: 'wrong',
    version: 1,
    players: { min: 1, max: 2 },
    settings: z.object({}),
    world: z.object({ order: z.array(z.string()) }),
  };
  const play = { setup: () => ({ order: [] }), turn: () => ({ players: ['a'] }), resolve() {}, outcome: () => null };
  defineGame({
    ...rest,
    // @ts-expect-error `round` is the platform's
    actions: { go: z.object({ round: z.int() }) },
    ...play,
    view: () => null,
  });
  defineGame({
    ...rest,
    actions: {},
    // @ts-expect-error `seq` is the platform's
    events: { went: z.object({ seq: z.int() }) },
    ...play,
    view: () => null,
  });
  defineGame({
    ...rest,
    actions: {},
    // @ts-expect-error events of rounds are the platform's
    events: { round_won: z.object({}) },
    ...play,
    view: () => null,
  });
  defineGame({
    ...rest,
    actions: {},
    ...play,
    // @ts-expect-error a view must not change the world
    view: (world) => world.order.sort(),
  });
  defineGame({
    ...rest,
    actions: { go: z.object({}) },
    reasons: ['no'],
    ...play,
    view: () => null,
    // @ts-expect-error this reason is not declared
    allows: () => 'never',
  });
  defineGame({
    ...rest,
    actions: { go: z.object({}) },
    reasons: ['no'],
    ...play,
    // @ts-expect-error what `allows` is given is not known before `view`
    allows: (view) => view.open || 'no',
    view: (world) => ({ open: world.order.length > 0 }),
  });
}
