/**
 * What nobody else may know is in nothing that others get from a cluster: frames, and when they come; reads, refusals, events, records, lists.
 *
 * How: one game is played twice, with another secret (what Ann whispers to Bob, and the seed). To the others both must be the same, to the byte and
 * to the millisecond. Leaks of twelve kinds are planted in the rules and in the game, and each has to be seen.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAY_MS } from '../../../src/game/abandonment.ts';
import type { GameCommand } from '../../../src/game/commands.ts';
import { gameOf } from '../../../src/game/module-check.ts';
import { rulesWith } from '../../../src/game/rules.ts';
import type { GameState } from '../../../src/game/state.ts';
import { GameFeed } from '../../../src/http/socket/game-feed.ts';
import { SocketOutbox } from '../../../src/http/socket/socket-outbox.ts';
import type { Answer } from '../../../src/member/contract/gateway.ts';
import { ADMIN, type Caller, PUBLIC } from '../../../src/session/permission.ts';
import type { Rules } from '../../../src/session/rules.ts';
import { whispers } from '../game/worlds.ts';
import { type Joined, LittleCluster } from './little-cluster.ts';

const GAME = 'G0';
const anyone = ['anyone'] as const;

interface Secret {
  readonly word: string;
  readonly seed: number;
}
const secrets: readonly [Secret, Secret] = [
  { word: 'no', seed: 1 },
  { word: 'yes, at dawn', seed: 2 },
];

type GameRules = Rules<GameState, GameCommand>;
interface Leak {
  readonly module?: Partial<typeof whispers>;
  readonly rules?: (rules: GameRules) => Partial<GameRules>;
}

/** What Ann whispers in the running round; empty: nothing. */
const wordOf = ({ registeredActions }: GameState) => String(registeredActions.ann?.[0]?.word ?? '');

/** A view with more in it, for everybody but administrators. */
const shows = (more: (state: GameState, view: object) => object): Leak => ({
  rules: (rules) => ({
    view: (state, viewer) => {
      const view = rules.view(state, viewer) as object;
      return viewer === 'admin' ? view : { ...view, ...more(state, view) };
    },
  }),
});

const leaks: Readonly<Record<string, Leak>> = {
  'a field': shows((state) => ({ overheard: wordOf(state) })),
  'a field of the public view alone': {
    rules: (rules) => ({
      view: (state, viewer) => ({
        ...(rules.view(state, viewer) as object),
        ...(viewer === 'public' && { overheard: wordOf(state) }),
      }),
    }),
  },
  "an event's audience": {
    module: {
      resolve: (_world, actions, { tell }) => {
        for (const { player, word } of actions) tell('whispered', { from: player, word }, 'everybody');
      },
    },
  },
  'a size': shows((state) => ({ padding: ' '.repeat(wordOf(state).length) })),
  'the timing of a push': {
    rules: (rules) => ({
      deadline: (state) => {
        const due = rules.deadline(state);
        return due === null ? null : due + 1_000 * wordOf(state).length;
      },
    }),
  },
  "an id's order": shows((state, view) => {
    const players = Object.entries((view as { players?: object }).players ?? {});
    return { players: Object.fromEntries(wordOf(state).length > 2 ? players.reverse() : players) };
  }),
  'a seed': shows(({ settings }) => ({ seed: settings.seed })),
  'what follows from a seed': { module: { view: ({ luck }) => ({ luck }) as never } },
  "an error's detail": {
    rules: (rules) => ({
      apply: (state, command, context) => {
        const outcome = rules.apply(state, command, context);
        return outcome.kind === 'rejected' ? { ...outcome, detail: `${outcome.detail} ${wordOf(state)}` } : outcome;
      },
    }),
  },
  'a count': shows((state) => ({ letters: wordOf(state).length })),
  'a count of events': {
    rules: (rules) => ({
      events: (state, viewer) => {
        const events = rules.events(state, viewer);
        return { ...events, through: events.through + (viewer === 'admin' ? 0 : wordOf(state).length) };
      },
    }),
  },
  'a record': {
    rules: (rules) => ({ record: (content, viewer) => rules.record(content, viewer === 'public' ? viewer : 'admin') }),
  },
  'a lobby list': {
    rules: (rules) => ({
      summary: (state) => ({
        ...rules.summary(state),
        lobby: { seatsLeft: 1, playerCount: 1, host: `Ann ${state.settings.seed}` },
      }),
    }),
  },
};

/** All that Cid, and somebody without a token, get to see while the game is played with this secret. */
async function shownTo(secret: Secret, { module = {}, rules: leaking }: Leak): Promise<string[]> {
  const game = gameOf({ ...whispers, ...module });
  const sound = rulesWith({ abandonMs: 30 * DAY_MS, host: { game, guard: (calls) => calls(), faulty: () => {} } });
  const cluster = new LittleCluster({ rules: { ...sound, ...leaking?.(sound) } });
  try {
    const [owner, other] = inRoles(await cluster.of('a', 'b'));
    return await played(cluster, owner, other, secret);
  } finally {
    await cluster.end();
  }
}

function inRoles(members: readonly Joined[]): [Joined, Joined] {
  const ownerId = members[0]?.member.location(GAME).owner;
  const isOwner = ({ id }: Joined) => id === ownerId;
  return [members.find(isOwner), members.find((each) => !isOwner(each))] as [Joined, Joined];
}

async function played(cluster: LittleCluster, owner: Joined, other: Joined, { word, seed }: Secret): Promise<string[]> {
  const shown: string[] = [];
  const show = (what: string, text: string) => shown.push(`${cluster.clock.monotonic()} ${what}: ${text}`);
  let commands = 0;
  const identity = () => ({ principal: `p${++commands}`, key: null, fingerprint: 'f' });
  const ask = (caller: Caller, input: GameCommand): Promise<Answer> =>
    cluster.ask(owner, { kind: 'command', gameId: GAME, caller, may: anyone, input, command: identity() });
  const seat = ({ status, body, grant }: Answer): Caller => {
    assert.ok(status === 201 && grant !== undefined, body);
    return { kind: 'player', ...grant };
  };
  const settings = { seed, listed: true, spectators: true, roundSeconds: 60, maxPlayers: 4 };
  const origin = { nonce: 'n', host: { playerId: 'ann', displayName: 'Ann' }, byAdmin: true } as const;
  const document = { status: 'lobby', settings };
  const create = { kind: 'create', gameId: GAME, caller: ADMIN, may: anyone, document, origin } as const;
  const ann = seat(await cluster.ask(owner, { ...create, command: identity() }));
  const join = (playerId: string) => ask(PUBLIC, { type: 'join', playerId, displayName: playerId });
  const bob = seat(await join('bob'));
  const cid = seat(await join('cid'));
  const looking = [
    ['cid', cid],
    ['public', PUBLIC],
  ] as const;
  const stops = looking.map(([name, caller]) => watched(other, caller, (frame) => show(`frame for ${name}`, frame)));
  const look = async () => {
    for (const [name, caller] of looking) {
      for (const consistency of ['strong', 'eventual'] as const) {
        const read = { kind: 'read', gameId: GAME, caller, may: anyone, consistency } as const;
        show(`read for ${name}`, (await cluster.ask(other, read)).body);
      }
      const events = { gameId: GAME, caller, may: anyone, after: 0, limit: 100 };
      show(`events for ${name}`, (await cluster.finish(other.member.events(events))).body);
      const round = { gameId: GAME, caller, may: anyone, round: 1 };
      show(`record for ${name}`, (await cluster.finish(other.member.round(round))).body);
      show('list', JSON.stringify(await cluster.finish(other.member.listGames({ caller, limit: 9 }))));
    }
  };
  const whisper = (playerId: string, to: string, said: string): GameCommand => ({
    type: 'register_action',
    playerId,
    action: { type: 'whisper', to, word: said },
  });

  await look();
  assert.equal((await ask(ann, { type: 'start' })).status, 200);
  assert.equal((await ask(ann, whisper('ann', 'bob', word))).status, 200);
  assert.equal((await ask(bob, whisper('bob', 'cid', 'hello'))).status, 200);
  show('refusal for cid', (await ask(cid, whisper('cid', 'cid', 'me'))).body);
  await look();
  await cluster.clock.advance(61_000);
  await look();
  await cluster.clock.advance(61_000);
  await look();
  for (const stop of stops) stop();
  return shown;
}

/** The very frames that a socket would get. */
function watched({ member }: Joined, caller: Caller, seen: (frame: string) => void): () => void {
  const send = (frame: string, taken: () => void) => {
    seen(frame);
    taken();
  };
  const nothing = () => undefined;
  const options = { limitBytes: 1_000_000, since: 0, onTooSlow: nothing, onQueued: nothing, onSent: nothing };
  const outbox = new SocketOutbox({ isOpen: true, unreadBytes: 0, send }, options);
  const client = { outbox, wrap: (_: string, frame: string) => frame, close: (why: string) => seen(`closed: ${why}`) };
  const feed = new GameFeed({ gateway: member }, client);
  return member.watch({ gameId: GAME, caller, since: 0, after: null }, (update) => feed.updated(update));
}

test('whatever Ann whispers, and whatever the seed is, the others get the same, byte by byte and at the same time', async () => {
  const [one, other] = [await shownTo(secrets[0], {}), await shownTo(secrets[1], {})];
  assert.deepEqual(one, other);
  const kinds = new Set(one.map((line) => line.split(' ').slice(1, 4).join(' ')));
  assert.ok(one.length > 40 && kinds.size > 8, `${one.length} things of ${kinds.size} kinds were shown`);
  assert.ok(
    one.some((line) => line.includes('"whispered"') && line.includes('hello')),
    'what Cid may hear is told',
  );
});

for (const [kind, leak] of Object.entries(leaks)) {
  test(`a leak is seen: ${kind}`, async () => {
    const [one, other] = [await shownTo(secrets[0], leak), await shownTo(secrets[1], leak)];
    assert.notDeepEqual(one, other);
  });
}
