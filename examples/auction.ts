/**
 * An auction house: in turn each player offers one of its things, and all others bid for it at the same time, unseen.
 *
 * Role: an example of a game with secrets, and with alternating and simultaneous rounds. How it came about, step by step:
 * docs/your-own-game.md.
 */
import { type Deep, defineGame, player, type Seat, z } from 'minotaur/game';

const things = ['clock', 'map', 'stamp', 'vase'] as const;
/** Everybody buys for somebody, and nobody else knows for whom. */
const clients = {
  'the clockmaker': 'clock',
  'the captain': 'map',
  'the postman': 'stamp',
  'the florist': 'vase',
} as const;
const client = z.enum(['the clockmaker', 'the captain', 'the postman', 'the florist']);
/** What the right thing is worth at the end. */
const worth = 10;

const world = z.object({
  order: z.array(player()),
  hands: z.record(player(), z.array(z.enum(things))),
  clients: z.record(player(), client),
  money: z.record(player(), z.int().min(0)),
  bought: z.record(player(), z.array(z.enum(things))),
  /** What is being sold; null: somebody has to offer something. */
  offer: z.object({ seller: player(), thing: z.enum(things) }).nullable(),
});
type World = Deep<z.output<typeof world>>;

/** The first in order who is there and has something to sell. */
function nextSeller({ order, hands }: World, players: readonly Seat[]): string | undefined {
  return order.find((id) => (hands[id]?.length ?? 0) > 0 && players.some((seat) => seat.id === id && !seat.left));
}

function present(players: readonly Seat[]): readonly string[] {
  return players.filter(({ left }) => !left).map(({ id }) => id);
}

export default defineGame({
  name: 'auction',
  version: 1,
  players: { min: 2, max: 4 },
  settings: z.object({
    money: z.int().min(1).max(1_000).default(20),
    things: z.int().min(1).max(6).default(3),
    bidSeconds: z.int().min(5).max(600).default(30),
  }),
  world,
  actions: {
    offer: z.object({ thing: z.enum(things) }),
    bid: z.object({ amount: z.int().min(0).max(1_000_000) }),
  },
  events: {
    offered: z.object({ seller: player(), thing: z.enum(things) }),
    sold: z.object({ to: player(), price: z.int() }),
    unsold: z.object({}),
  },
  reasons: ['not_in_hand', 'not_enough_money', 'nothing_is_sold', 'something_is_sold'],

  setup({ players, settings, random }) {
    const dealt = random.shuffle(client.options);
    const byPlayer = <Value>(value: (index: number) => Value) =>
      Object.fromEntries(players.map((id, index) => [id, value(index)]));
    return {
      order: random.shuffle(players),
      hands: byPlayer(() => Array.from({ length: settings.things }, () => random.pick(things))),
      clients: byPlayer((index) => dealt[index] ?? 'the captain'),
      money: byPlayer(() => settings.money),
      bought: byPlayer(() => []),
      offer: null,
    };
  },

  /** One sells, then all others bid: whoever sells does not bid. */
  turn(world, { players, settings }) {
    if (world.offer === null) return { players: [nextSeller(world, players)], actions: 1, ends: 'all' };
    const bidders = present(players).filter((id) => id !== world.offer?.seller);
    return { players: bidders, actions: 1, ends: 'all', seconds: settings.bidSeconds };
  },

  resolve(world, actions, { turn, tell }) {
    if (world.offer === null) {
      const [seller = ''] = turn.players;
      const [action] = actions;
      const hand = world.hands[seller] ?? [];
      // Who lets its time pass sells what comes first.
      const thing = action?.type === 'offer' ? action.thing : hand[0];
      if (thing === undefined) return;
      hand.splice(hand.indexOf(thing), 1);
      world.offer = { seller, thing };
      world.order = [...world.order.filter((id) => id !== seller), seller];
      tell('offered', world.offer, 'everybody');
      return;
    }
    const { seller, thing } = world.offer;
    world.offer = null;
    const bids = actions.flatMap((action) => (action.type === 'bid' && action.amount > 0 ? [action] : []));
    const price = Math.max(0, ...bids.map(({ amount }) => amount));
    if (price === 0) {
      tell('unsold', {}, 'everybody');
      return;
    }
    // Players come in an order drawn anew each round: the first of equal bids is as good as a lot.
    const to = bids.find(({ amount }) => amount === price)?.player ?? seller;
    world.money[to] = (world.money[to] ?? 0) - price;
    world.money[seller] = (world.money[seller] ?? 0) + price;
    world.bought[to]?.push(thing);
    tell('sold', { to, price }, 'everybody');
  },

  outcome(world, { players }) {
    const goesOn = world.offer !== null || nextSeller(world, players) !== undefined;
    const here = present(players);
    if (goesOn && here.length > 1) return null;
    const score = (id: string) => {
      const wanted = clients[world.clients[id] ?? 'the captain'];
      const right = (world.bought[id] ?? []).filter((thing) => thing === wanted).length;
      return (world.money[id] ?? 0) + worth * right;
    };
    const best = Math.max(...here.map(score));
    return {
      winners: here.filter((id) => score(id) === best),
      scores: Object.fromEntries(here.map((id) => [id, score(id)])),
    };
  },

  view(world, viewer) {
    const own = viewer.kind === 'player' ? viewer.id : '';
    return {
      hand: world.hands[own] ?? [],
      client: world.clients[own] ?? null,
      money: world.money,
      bought: world.bought,
      offer: world.offer,
    };
  },

  allows(view, player, action) {
    if (action.type === 'offer') {
      if (view.offer !== null) return 'something_is_sold';
      return view.hand.includes(action.thing) || 'not_in_hand';
    }
    if (view.offer === null) return 'nothing_is_sold';
    return action.amount <= (view.money[player] ?? 0) || 'not_enough_money';
  },

  legal(view, player) {
    if (view.offer === null) return [...new Set(view.hand)].map((thing) => ({ type: 'offer' as const, thing }));
    const most = Math.min(view.money[player] ?? 0, worth);
    return Array.from({ length: most + 1 }, (_, amount) => ({ type: 'bid' as const, amount }));
  },

  bot(view, _player, { legal, random }) {
    const isWanted = view.offer !== null && view.client !== null && clients[view.client] === view.offer.thing;
    const fitting = legal.filter(
      (action) => action.type === 'offer' || (isWanted ? action.amount >= 5 : action.amount < 3),
    );
    return [random.pick(fitting.length > 0 ? fitting : legal)];
  },

  secrets: (world, viewer) =>
    Object.entries(world.clients)
      .filter(([id]) => viewer.kind === 'public' || (viewer.kind === 'player' && viewer.id !== id))
      .map(([, name]) => name),
});
