/**
 * Games that are wrong, each in one way, in plain JavaScript.
 *
 * Role: what the check of a game has to find, by which member. Each is the right game below with something in its place.
 */
import type { CheckOptions } from 'minotaur/check';
import type { Kind } from '../../../../src/dev/check-game/problems.ts';

/** Everybody holds a card that nobody else may know; whoever guesses most often wins after three rounds. */
export const rightGame = `
import { defineGame, player, z } from 'minotaur/game';

const cards = ['ace of hearts', 'ten of clubs', 'two of spades', 'six of diamonds'];
const right = {
  name: 'cards',
  version: 1,
  players: { min: 2, max: 4 },
  settings: z.object({ rounds: z.int().min(1).max(100).default(3) }),
  world: z.object({ hands: z.record(player(), z.string()), points: z.record(player(), z.int()), log: z.array(z.string()) }),
  actions: { guess: z.object({ whose: player(), suit: z.string().max(10) }) },
  events: { guessed: z.object({ by: player(), whose: player() }) },
  reasons: ['own_card'],
  setup: ({ players, random }) => {
    const deck = random.shuffle(cards);
    return {
      hands: Object.fromEntries(players.map((id, index) => [id, deck[index]])),
      points: Object.fromEntries(players.map((id) => [id, 0])),
      log: [],
    };
  },
  turn: (world, { players }) => ({ players: players.filter(({ left }) => !left).map(({ id }) => id), actions: 2 }),
  resolve(world, actions, { tell }) {
    for (const { player, whose, suit } of actions) {
      if (suit !== '' && world.hands[whose].endsWith(suit)) world.points[player] += 1;
      tell('guessed', { by: player, whose });
    }
  },
  outcome: (world, { round, settings, players }) =>
    round < settings.rounds && players.some(({ left }) => !left) ? null : { winners: [], scores: world.points },
  view: (world, viewer) => ({ card: viewer.kind === 'player' ? world.hands[viewer.id] ?? null : null, points: world.points }),
  allows: (view, player, { whose }) => whose !== player || 'own_card',
  legal: (view, player) =>
    Object.keys(view.points).filter((id) => id !== player).map((whose) => ({ type: 'guess', whose, suit: 'hearts' })),
  bot: (view, player, { legal, random }) => [random.pick(legal)],
  secrets: (world, viewer) =>
    Object.entries(world.hands).filter(([id]) => viewer.kind !== 'admin' && viewer.id !== id).map(([, card]) => card),
};
`;

export interface WrongGame {
  /** What is wrong with it. */
  readonly name: string;
  /** Statements after the right game, which make the wrong one of it. */
  readonly makes: string;
  readonly member: string;
  readonly kind: Kind;
  /** Of what is said. */
  readonly says: RegExp;
  readonly options?: CheckOptions;
}

const wrongly = (member: string, value: string) => `right.${member} = ${value};`;

export const wrongGames: readonly WrongGame[] = [
  {
    name: 'draws by itself',
    makes: wrongly('turn', '({ points }) => ({ players: Object.keys(points), seconds: 10 + Math.random() })'),
    member: 'turn',
    kind: 'chance',
    says: /uses Math\.random/,
  },
  {
    name: 'looks at the clock and hides that it failed',
    makes: `const { resolve } = right;
      right.resolve = (world, actions, at) => {
        try { world.log = [String(new Date())]; } catch {}
        resolve(world, actions, at);
      };`,
    member: 'resolve',
    kind: 'clock',
    says: /uses new Date\(\)/,
  },
  {
    name: 'draws from the library of the machine',
    makes: `import { randomUUID } from 'node:crypto';
      right.bot = (view, player, { legal }) => [legal[randomUUID().charCodeAt(0) % legal.length]];`,
    member: 'bot',
    kind: 'chance',
    says: /uses crypto\.randomUUID/,
  },
  {
    name: 'waits',
    makes: wrongly('resolve', '() => { setTimeout(() => {}, 1000); }'),
    member: 'resolve',
    kind: 'timers',
    says: /uses setTimeout/,
  },
  {
    name: 'sorts by language',
    makes: wrongly(
      'view',
      '({ points }) => ({ points, best: Object.keys(points).toSorted((a, b) => a.localeCompare(b)) })',
    ),
    member: 'view',
    kind: 'locale',
    says: /uses String\.localeCompare/,
  },
  {
    name: 'reads a file',
    makes: `import { readFileSync } from 'node:fs';
      right.setup = () => JSON.parse(readFileSync('/etc/hostname', 'utf8'));`,
    member: 'setup',
    kind: 'outside',
    says: /uses fs\.readFileSync/,
  },
  {
    name: 'counts its calls',
    makes: `let calls = 0; right.view = ({ points }) => ({ card: null, points, calls: calls++ });`,
    member: 'view',
    kind: 'unsteady',
    says: /answers .*"calls":0.*, then .*"calls":1/,
  },
  {
    name: 'numbers its games',
    makes: `let games = 0; const { setup } = right;
      right.setup = (of) => ({ ...setup(of), log: [String(games++)] });`,
    member: 'setup',
    kind: 'unsteady',
    says: /drawing the same/,
  },
  {
    name: 'keeps when it was loaded',
    makes: `const loadedAt = performance.timeOrigin + performance.now(); const { setup } = right;
      right.setup = (of) => ({ ...setup(of), log: [String(loadedAt)] });`,
    member: 'file',
    kind: 'remembers',
    says: /went another way in a fresh process/,
  },
  {
    name: 'takes away what it shows',
    makes: wrongly('view', '({ points, log }) => ({ points, last: log.pop() })'),
    member: 'view',
    kind: 'writes',
    says: /changes what it was given/,
  },
  {
    name: 'turns the seats round',
    makes: wrongly('turn', '(world, { players }) => ({ players: players.reverse().map(({ id }) => id) })'),
    member: 'turn',
    kind: 'writes',
    says: /changes what it was given/,
  },
  {
    name: 'changes its settings',
    makes: wrongly('resolve', '(world, actions, { settings }) => { settings.rounds += 1; }'),
    member: 'resolve',
    kind: 'writes',
    says: /changes what it was given/,
  },
  {
    name: 'shows all cards',
    makes: wrongly('view', '({ hands, points }) => ({ hands, points })'),
    member: 'view',
    kind: 'leak',
    says: /sends player p1 the secret "/,
  },
  {
    name: 'shows cards to those who watch',
    makes: wrongly(
      'view',
      `({ hands, points }, viewer) => ({ points, seen: viewer.kind === 'public' ? Object.values(hands) : hands[viewer.id] })`,
    ),
    member: 'view',
    kind: 'leak',
    says: /sends the public the secret "/,
  },
  {
    name: 'holds that those who watch may know what players may not',
    makes: `const { secrets } = right;
      right.secrets = (world, viewer) => (viewer.kind === 'player' && viewer.id in world.hands ? secrets(world, viewer) : []);
      right.view = ({ hands, points }, viewer) => ({ points, seen: viewer.kind === 'public' ? hands : hands[viewer.id] });`,
    member: 'view',
    kind: 'leak',
    says: /sends the public the secret "/,
  },
  {
    name: 'tells everybody what one may know',
    makes: `right.events.guessed = z.object({ by: player(), card: z.string() });
      right.resolve = ({ hands }, actions, { tell }) => {
        for (const { player, whose } of actions) tell('guessed', { by: player, card: hands[whose] });
      };`,
    member: 'tell',
    kind: 'leak',
    says: /sends player p\d the secret "/,
  },
  {
    name: 'ends with the cards in its reason',
    makes: wrongly(
      'outcome',
      `(world, { round }) => (round < 3 ? null : { winners: [], reason: 'it was the ' + Object.values(world.hands)[0] })`,
    ),
    member: 'outcome',
    kind: 'leak',
    says: /sends .* the secret "/,
  },
  {
    name: 'shows a number that is made of the cards of others',
    makes: wrongly(
      'view',
      `({ hands, points }, viewer) => {
        const others = Object.entries(hands).filter(([id]) => id !== viewer.id).map(([, card]) => card);
        return { points, hint: others.reduce((sum, card) => (sum * 31 + card.charCodeAt(0)) % 997, 0) };
      }`,
    ),
    member: 'view',
    kind: 'derived',
    says: /depends on a secret/,
  },
  {
    name: 'shows how long the cards of others are',
    makes: wrongly(
      'view',
      '({ hands, points }) => ({ points, sizes: Object.values(hands).map(({ length }) => length) })',
    ),
    member: 'view',
    kind: 'derived',
    says: /depends on a secret/,
  },
  {
    name: 'counts the hearts of others',
    makes: wrongly(
      'view',
      `({ hands, points }) => ({ points, hearts: Object.values(hands).filter((card) => card.endsWith('hearts')).length })`,
    ),
    member: 'view',
    kind: 'derived',
    says: /depends on a secret/,
  },
  {
    name: 'lists players by the cards that they hold',
    makes: wrongly(
      'view',
      `({ hands, points }) => ({ points, order: Object.keys(hands).toSorted((a, b) => (hands[a] < hands[b] ? -1 : 1)) })`,
    ),
    member: 'view',
    kind: 'derived',
    says: /depends on a secret/,
  },
  {
    name: 'knows no strangers',
    makes: wrongly(
      'view',
      `({ hands, points }, viewer) => ({ points, size: viewer.kind === 'player' ? hands[viewer.id].length : 0 })`,
    ),
    member: 'view',
    kind: 'throws',
    says: /throws Cannot read properties of undefined .*my-game/,
  },
  {
    name: 'never returns',
    makes: wrongly('resolve', '() => { for (;;); }'),
    member: 'resolve',
    kind: 'endless_call',
    says: /does not end.*seed 0, round 1/,
  },
  {
    name: 'never returns while it is loaded',
    makes: 'for (;;);',
    member: 'load',
    kind: 'endless_call',
    says: /does not end/,
  },
  {
    name: 'takes all memory',
    makes: wrongly('resolve', '(world) => { const all = []; for (;;) all.push([Math.max(1, all.length), {}, {}]); }'),
    member: 'resolve',
    kind: 'memory',
    says: /takes more than \d+ MB/,
    options: { stuckMs: 50_000 },
  },
  // With these V8 ends a whole process, not the thread alone.
  {
    name: 'takes all memory for one table',
    makes: wrongly(
      'resolve',
      '(world) => { const all = new Map(); for (let next = 0; ; next += 1) all.set(next, [next]); }',
    ),
    member: 'resolve',
    kind: 'memory',
    says: /takes more than \d+ MB/,
    options: { stuckMs: 50_000 },
  },
  // No call of it takes much, and none of it lies on a heap that has a limit.
  {
    name: 'takes all memory little by little',
    makes:
      wrongly('outcome', '() => null') +
      'const all = [];' +
      wrongly('view', '() => { if (all.length < 1_024) all.push(Buffer.alloc(1 << 20, 1)); return null; }'),
    member: 'view',
    kind: 'memory',
    says: /takes more than \d+ MB/,
    options: { stuckMs: 50_000 },
  },
  {
    name: 'takes all memory at one stroke while it is loaded',
    makes: 'const all = new Array(50_000_000).fill(0).map(() => ({}));',
    member: 'load',
    kind: 'memory',
    says: /takes more than \d+ MB/,
    options: { stuckMs: 50_000 },
  },
  {
    name: 'never ends',
    makes: wrongly('outcome', '() => null'),
    member: 'outcome',
    kind: 'endless_game',
    says: /goes on after 1000 rounds/,
  },
  {
    name: 'waits for nobody',
    makes: wrongly('turn', '(world, { round }) => ({ players: round === 2 ? [] : Object.keys(world.points) })'),
    member: 'turn',
    kind: 'nobody_in_turn',
    says: /names nobody/,
  },
  {
    name: 'waits for those who left',
    makes:
      wrongly('turn', `({ points }, { round }) => ({ players: [Object.keys(points)[round % 2]] })`) +
      wrongly('settings', 'z.object({ rounds: z.int().default(9) })'),
    member: 'turn',
    kind: 'nobody_in_turn',
    says: /names only who left: p\d/,
  },
  {
    name: 'waits for somebody unknown',
    makes: wrongly('turn', `() => ({ players: ['ada'] })`),
    member: 'turn',
    kind: 'wrong_answer',
    says: /"ada"/,
  },
  {
    name: 'keeps everything',
    makes:
      wrongly('settings', 'z.object({ rounds: z.int().default(80) })') +
      wrongly('resolve', `(world, actions, { round }) => { world.log.push(String(round).repeat(200)); }`),
    member: 'resolve',
    kind: 'grows',
    says: /the world grows by \d+ bytes a round/,
    options: { games: 1 },
  },
  {
    name: 'makes a world that is too large at once',
    makes: `const { setup } = right; right.setup = (of) => ({ ...setup(of), log: ['x'.repeat(400_000)] });`,
    member: 'setup',
    kind: 'grows',
    says: /takes \d+ bytes/,
  },
  {
    name: 'offers what it refuses',
    makes: wrongly('legal', `(view, player) => [{ type: 'guess', whose: player, suit: 'clubs' }]`),
    member: 'legal',
    kind: 'refused_legal',
    says: /offers p\d .*refused: own_card/,
  },
  {
    name: 'refuses with a reason that it did not declare',
    makes:
      wrongly('allows', `(view, player, { whose }) => whose !== player || 'not_yours'`) +
      'delete right.legal; delete right.bot;',
    member: 'allows',
    kind: 'wrong_answer',
    says: /not_yours/,
  },
  {
    name: 'throws when a player is guessed whom poison names',
    makes: `right.actions.guess = z.object({ whose: z.string(), suit: z.string() }); right.allows = () => true;
      right.events = {}; right.resolve = (world, actions) => {
        for (const { player, whose } of actions) if (world.hands[whose].length > 1) world.points[player] += 1;
      };`,
    member: 'resolve',
    kind: 'throws',
    says: /throws Cannot read properties of undefined/,
  },
  {
    name: 'throws when nobody acts',
    makes: wrongly('resolve', '(world, [first]) => { world.log = [first.whose]; }'),
    member: 'resolve',
    kind: 'throws',
    says: /throws Cannot read properties of undefined/,
  },
  {
    name: 'needs a setting',
    makes: wrongly('settings', 'z.object({ rounds: z.int().min(1).max(9) })'),
    member: 'settings',
    kind: 'defaults',
    says: /rounds: is required/,
  },
  {
    name: 'has a schema that goes on changing',
    makes: `right.world = right.world.extend({ turns: z.int().default(0).transform((n) => n + 1) });`,
    member: 'world',
    kind: 'reparse',
    says: /which it made itself/,
  },
  {
    name: 'keeps what JSON cannot',
    makes: `const { setup } = right; right.setup = (of) => ({ ...setup(of), log: new Set(['a']) });`,
    member: 'setup',
    kind: 'wrong_answer',
    says: /log: /,
  },
  {
    name: 'lets somebody unknown win',
    makes: wrongly('outcome', `() => ({ winners: ['ada'] })`),
    member: 'outcome',
    kind: 'wrong_answer',
    says: /"ada"/,
  },
  {
    name: 'tells too much',
    makes: wrongly(
      'resolve',
      `(world, actions, { tell }) => { for (let n = 0; n < 1001; n += 1) tell('guessed', { by: 'p1', whose: 'p2' }); }`,
    ),
    member: 'tell',
    kind: 'wrong_answer',
    says: /at most 1000 events/,
  },
  {
    name: 'forgets a step between versions',
    makes: 'right.version = 2;',
    member: 'migrations.2',
    kind: 'migrations',
    says: /is missing/,
  },
  {
    name: 'loses points on the way between versions',
    makes: `right.version = 2; right.migrations = { 2: {
      up: ({ score, ...world }) => ({ ...world, points: {} }),
      down: ({ points, ...world }) => ({ ...world, score: points }),
    } };`,
    member: 'migrations.2',
    kind: 'migrations',
    says: /down\(up\(.*\)\) is /,
  },
  {
    name: 'is slow',
    makes: `right.setup = () => { let n = 0; for (let i = 0; i < 1e9; i += 1) n += i % 7; return { hands: {}, points: {}, log: [] }; };`,
    member: 'setup',
    kind: 'slow',
    says: /took \d+ ms/,
    options: { games: 1, stuckMs: 50_000 },
  },
  {
    name: 'throws while it is loaded',
    makes: `throw new Error('no such luck');`,
    member: 'file',
    kind: 'load',
    says: /cannot be loaded: .*no such luck/,
  },
  {
    name: 'ends the process',
    makes: 'process.exit(3);',
    member: 'load',
    kind: 'ends_process',
    says: /ended the thread/,
  },
  {
    name: 'misspells a member',
    makes: 'right.veiw = right.view; delete right.view;',
    member: 'veiw',
    kind: 'load',
    says: /is no member of a game/,
  },
  {
    name: 'waits for promises',
    makes: wrongly('resolve', 'async () => {}'),
    member: 'resolve',
    kind: 'load',
    says: /must not be async/,
  },
  {
    name: 'takes a name of the platform',
    makes: 'right.actions.guess = z.object({ round: z.int() });',
    member: 'actions.guess.round',
    kind: 'load',
    says: /the platform's/,
  },
  {
    name: 'has values where functions belong',
    makes: 'right.setup = 3;',
    member: 'setup',
    kind: 'load',
    says: /must be a function/,
  },
  {
    name: 'names secrets that are none',
    makes: wrongly('secrets', `() => [7]`),
    member: 'secrets',
    kind: 'wrong_answer',
    says: /no list of strings/,
  },
];
