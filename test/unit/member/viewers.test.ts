/**
 * Whoever looks sees with its own eyes: every path that shows something of a game, for every kind of viewer.
 *
 * How: rules that write into all that they show whom it was made for. A path that asks the rules for somebody else is seen here, whatever the
 * real rules hide.
 */
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import type { Answer, GameUpdate, Operation } from '../../../src/member/contract/gateway.ts';
import { ADMIN, type Caller, PUBLIC, viewerOf } from '../../../src/session/permission.ts';
import type { NumberedEvent, Viewer } from '../../../src/session/rules.ts';
import { minotaurRules } from '../../support/minotaur-rules.ts';
import { act, type Joined, LittleCluster, start } from './little-cluster.ts';

const GAME = 'G0';
const ANYONE = ['anyone'] as const;
const ada: Caller = { kind: 'player', playerId: 'ada', nonce: 'n', generation: 1 };
const grace: Caller = { kind: 'player', playerId: 'grace', nonce: 'n', generation: 1 };
const withToken: readonly Caller[] = [ADMIN, ada, grace];
const callers: readonly Caller[] = [...withToken, PUBLIC];

interface Marked {
  readonly madeFor: Viewer;
}

const markAll = (events: readonly NumberedEvent[], madeFor: Viewer) => events.map((event) => ({ ...event, madeFor }));

const rules: typeof minotaurRules = {
  ...minotaurRules,
  standing: () => 'player',
  view: (state, madeFor) => ({ ...(minotaurRules.view(state, madeFor) as object), madeFor }),
  events: (state, madeFor) => {
    const recent = minotaurRules.events(state, madeFor);
    return { ...recent, events: markAll(recent.events, madeFor) };
  },
  record: (content, madeFor) => {
    const record = minotaurRules.record(content, madeFor);
    return { ...record, madeFor, events: markAll(record.events, madeFor) };
  },
};

let cluster: LittleCluster;
/** How many reads of the archive still show what was there long ago. */
let laggingReads = 0;

afterEach(() => cluster.end());

async function members(): Promise<{ owner: Joined; other: Joined }> {
  laggingReads = 0;
  cluster = new LittleCluster({
    rules,
    weather: {
      read: (_from, { bucket }, { look, answer }) => {
        const isLagging = bucket === 'archive' && laggingReads > 0;
        if (isLagging) laggingReads -= 1;
        answer(isLagging ? null : look(0));
      },
    },
  });
  const all = await cluster.of('a', 'b');
  const ownerId = all[0]?.member.location(GAME).owner;
  const owner = all.find(({ id }) => id === ownerId);
  const other = all.find(({ id }) => id !== ownerId);
  assert.ok(owner && other);
  return { owner, other };
}

const idle = { settings: { roundSeconds: 3_600, actionPoints: 1_000 } };

/** A game whose first rounds are over and archived. */
async function played(by: Joined): Promise<void> {
  assert.equal((await cluster.ask(by, start(GAME, idle))).status, 201);
  for (let round = 1; round <= 3; round += 1) {
    await cluster.ask(by, act(GAME));
    const input = { type: 'end_round', round } as const;
    const command = { principal: 'p', key: null, fingerprint: 'f' };
    const answer = await cluster.ask(by, {
      kind: 'command',
      gameId: GAME,
      caller: ADMIN,
      may: ['admin'],
      input,
      command,
    });
    assert.equal(answer.status, 200, answer.body);
  }
}

/** Everything in it that the rules made was made for this caller; and there is something. */
function isFor(caller: Caller, { status, body }: Pick<Answer, 'status' | 'body'>, expected = 200): void {
  assert.equal(status, expected, body);
  const found = marks(JSON.parse(body));
  assert.ok(found.length > 0, body);
  assert.deepEqual([...new Set(found)], [viewerOf(caller)]);
}

function marks(value: unknown): Viewer[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = 'madeFor' in value ? [(value as Marked).madeFor] : [];
  return [...own, ...Object.values(value).flatMap(marks)];
}

const readAs = (caller: Caller, consistency: 'strong' | 'eventual'): Operation => ({
  kind: 'read',
  gameId: GAME,
  caller,
  may: ANYONE,
  consistency,
});

const events = (by: Joined, caller: Caller): Promise<Answer> =>
  cluster.finish(by.member.events({ gameId: GAME, caller, may: ANYONE, after: 0, limit: 100 }));

describe('what is shown is made for who looks', () => {
  test('reads, at the owner and through another member', async () => {
    const { owner, other } = await members();
    await played(owner);
    for (const caller of callers) {
      for (const by of [owner, other]) {
        isFor(caller, await cluster.ask(by, readAs(caller, 'strong')));
        isFor(caller, await cluster.ask(by, readAs(caller, 'eventual')));
      }
    }
  });

  test('what is stored, when no owner answers', async () => {
    const { owner, other } = await members();
    await played(owner);
    cluster.kill(owner);
    for (const caller of callers) {
      const answer = await cluster.ask(other, readAs(caller, 'eventual'));
      isFor(caller, answer);
    }
    for (const caller of callers) isFor(caller, await cluster.ask(other, readAs(caller, 'strong')));
  });

  test('a game that is begun, and one that was there', async () => {
    const { owner, other } = await members();
    for (const caller of callers) {
      for (const by of [owner, other]) {
        const gameId = `${GAME}-${by.id}-${viewerOf(caller).replace(':', '-')}`;
        const begin = () => ({ ...start(gameId, idle), caller, may: ANYONE }) as Operation;
        isFor(caller, await cluster.ask(by, begin()), 201);
        isFor(caller, await cluster.ask(by, begin()), 200);
      }
    }
  });

  test('events and rounds, of the session and of the archive, at the first look and when a replica lags', async () => {
    const { owner, other } = await members();
    await played(owner);
    // Who has no token is told of no events.
    for (const caller of withToken) {
      for (const by of [owner, other]) {
        for (const lag of [0, 1, 6]) {
          laggingReads = lag;
          isFor(caller, await events(by, caller));
          laggingReads = lag;
          isFor(caller, await cluster.finish(by.member.round({ gameId: GAME, caller, may: ANYONE, round: 2 })));
        }
      }
    }
  });

  test('a concluded game, from the archive', async () => {
    const { owner, other } = await members();
    const seats = { ada: { id: 'ada', displayName: 'Ada' } };
    assert.equal((await cluster.ask(owner, start(GAME, { ...idle, players: seats }))).status, 201);
    const command = { principal: 'p', key: null, fingerprint: 'f' };
    const input = { type: 'leave', playerId: 'ada', kicked: true } as const;
    await cluster.ask(owner, { kind: 'command', gameId: GAME, caller: ADMIN, may: ['admin'], input, command });
    const status = async () => {
      const { body } = await cluster.ask(other, readAs(ADMIN, 'strong'));
      return (JSON.parse(body) as { game: { status: string } }).game.status;
    };
    assert.equal(await status(), 'concluded');
    for (const caller of callers) {
      for (const by of [owner, other]) {
        isFor(caller, await cluster.ask(by, readAs(caller, 'strong')));
        isFor(caller, await cluster.ask(by, readAs(caller, 'eventual')));
        if (caller !== PUBLIC) isFor(caller, await events(by, caller));
      }
    }
  });

  test('what watchers are told: the first state, pushes, events of the archive, and all of it from a new owner', async () => {
    const { owner, other } = await members();
    await played(owner);
    const told = withToken.flatMap((caller) =>
      [owner, other].flatMap((by) =>
        // From the records, and from the session.
        [0, null].map((after) => {
          const updates: GameUpdate[] = [];
          by.member.watch({ gameId: GAME, caller, since: 0, after }, (update) => updates.push(update));
          return { caller, by, updates };
        }),
      ),
    );
    const newest = (updates: readonly GameUpdate[]) =>
      updates.reduce((most, update) => (update.kind === 'state' ? Math.max(most, update.version) : most), 0);
    const allSaw = (version: number, who: readonly Joined[]) =>
      told.every(({ by, updates }) => !who.includes(by) || newest(updates) >= version);
    await cluster.until('everybody saw the game', () => allSaw(1, [owner, other]));
    const { version } = JSON.parse((await cluster.ask(owner, act(GAME))).body) as { version: number };
    await cluster.until('everybody saw the move', () => allSaw(version, [owner, other]));
    cluster.kill(owner);
    const after = JSON.parse((await cluster.ask(other, act(GAME))).body) as { version: number };
    await cluster.until('who is left saw the next', () => allSaw(after.version, [other]));
    for (const { caller, updates } of told) {
      for (const update of updates) {
        // Who follows a game is told to everybody with a token.
        if (update.kind === 'presence') continue;
        assert.ok(update.kind === 'state', update.kind);
        isFor(caller, { status: 200, body: update.game });
        for (const event of update.events) isFor(caller, { status: 200, body: event });
      }
      assert.ok(updates.some((update) => update.kind === 'state' && update.events.length > 0));
    }
  });
});
