/**
 * One who watches: each state once, events without a gap, whatever comes when.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { Answer, EventsQuery, GameUpdate } from '../../../../src/member/contract/gateway.ts';
import { Watcher } from '../../../../src/member/gateway/watcher.ts';
import { StoreUnavailable } from '../../../../src/ports/store.ts';
import { CommittedGame } from '../../../../src/session/committed-game.ts';
import { ADMIN, type Caller } from '../../../../src/session/permission.ts';
import type { Rules, Standing } from '../../../../src/session/rules.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { toldOf } from '../../../support/told.ts';

/** A state that holds the events from `first` to `last`. */
interface Shown {
  readonly first: number;
  readonly last: number;
  readonly over: boolean;
  readonly standing: Standing;
  readonly spectators?: boolean;
}

/** As much of rules as a watcher asks. */
const rules = {
  isOver: ({ over }: Shown) => over,
  standing: ({ standing }: Shown) => standing,
  admitsSpectators: ({ spectators }: Shown) => spectators === true,
  view: ({ last }: Shown, viewer: string) => ({ last, viewer }),
  events: ({ first, last }: Shown) => ({ round: 1, ...toldOf(seqs(first, last)) }),
} as Partial<Rules<Shown, unknown>> as Rules<Shown, unknown>;

const p0: Caller = { kind: 'player', playerId: 'p0', nonce: 'n', generation: 1 };

let queries: EventsQuery[];
let updates: GameUpdate[];
/** What could not be told. */
let failures: unknown[];
/** What a query comes to; by default the next events of a history that goes on up to `known`. */
let fetching: (query: EventsQuery) => Promise<Answer>;
let known: number;

beforeEach(() => {
  queries = [];
  updates = [];
  failures = [];
  known = 1_000_000;
  fetching = async ({ after, limit }) => answered(seqs(after + 1, Math.min(known, after + limit)));
});

function seqs(first: number, last: number): { seq: number }[] {
  return Array.from({ length: last - first + 1 }, (_, index) => ({ seq: first + index }));
}

const answered = (events: { seq: number }[]): Answer => ({
  status: 200,
  body: JSON.stringify({ events, latest: events.at(-1)?.seq ?? 0, truncated: false }),
  owner: 'm1',
});

const nothing = (): Promise<Answer> => Promise.reject(new StoreUnavailable('the archive is away'));

function watching(after: number | null = null, caller: Caller = ADMIN, since = 0): Watcher<Shown> {
  const events = (query: EventsQuery) => {
    queries.push(query);
    return fetching(query);
  };
  const broken = (gameId: string, error: unknown) => failures.push([gameId, error]);
  return new Watcher<Shown>({ events, broken }, { gameId: 'G', caller, since, after }, 0, (update) =>
    updates.push(update),
  );
}

/** The state at `version`, with the events from `first` to `last`. */
function game(version: number, first: number, last: number, parts: Partial<Shown> = {}): CommittedGame<Shown> {
  return new CommittedGame(rules, { first, last, over: false, standing: 'player', ...parts }, version);
}

/** Versions with their first and last event, or what else was told. */
function told(): string[] {
  return updates.splice(0).map((update) => {
    if (update.kind === 'refused') return `refused ${update.code}`;
    if (update.kind === 'gone') return 'gone';
    if (update.kind === 'presence') return `${update.spectators} spectators, ${update.players}`;
    const events = update.events.map((text) => (JSON.parse(text) as { seq: number }).seq);
    assert.deepEqual(events, events.length === 0 ? [] : seqs(events[0] ?? 0, events.at(-1) ?? 0).map(({ seq }) => seq));
    const state = `${update.reset ? 'reset ' : ''}v${update.version}`;
    return events.length === 0 ? state : `${state} ${events[0]}-${events.at(-1)}`;
  });
}

/** Lets promises run. */
const turn = (): Promise<void> => new ManualClock().advance(0);

test('the first state brings what it holds, if nothing was asked for; then each event once', async () => {
  const watcher = watching();
  watcher.deliver(game(1, 4, 6));
  watcher.deliver(game(2, 4, 8));
  watcher.deliver(game(3, 4, 8));
  watcher.deliver(game(4, 8, 10));
  watcher.deliver(game(5, 11, 12));
  assert.deepEqual(told(), ['v1 4-6', 'v2 7-8', 'v3', 'v4 9-10', 'v5 11-12']);
  assert.deepEqual(queries, []);
});

test('a state goes out as its watcher may see it', () => {
  watching(null, p0).deliver(game(7, 1, 2));
  assert.deepEqual(updates, [
    {
      kind: 'state',
      version: 7,
      reset: false,
      view: 'player',
      game: '{"last":2,"viewer":"player:p0"}',
      events: ['{"seq":1}', '{"seq":2}'],
      seq: 2,
    },
  ]);
});

test('versions only rise: what is not newer is dropped', () => {
  const watcher = watching();
  for (const version of [2, 2, 1, 4, 3, 5]) watcher.deliver(game(version, 1, version));
  assert.deepEqual(told(), ['v2 1-2', 'v4 3-4', 'v5 5-5']);
  assert.equal(watcher.had.version, 5);
});

test('who has seen some events gets the next ones', () => {
  watching(5).deliver(game(1, 4, 8));
  watching(8).deliver(game(1, 4, 8));
  watching(3).deliver(game(1, 4, 8));
  watching(0).deliver(game(1, 1, 2));
  assert.deepEqual([told(), queries], [['v1 6-8', 'v1', 'v1 4-8', 'v1 1-2'], []]);
});

test('what the state does not hold any more is fetched, for this very watcher', async () => {
  known = 8;
  watching(1, p0).deliver(game(3, 6, 8));
  await turn();
  assert.deepEqual(told(), ['v3 2-8'], 'the state once, with all of it');
  assert.deepEqual(queries, [{ gameId: 'G', caller: p0, may: ['player', 'admin'], after: 1, limit: 500 }]);
});

test('a gap between two states is closed as well', async () => {
  const watcher = watching();
  watcher.deliver(game(1, 1, 2));
  known = 20;
  watcher.deliver(game(9, 15, 20));
  await turn();
  assert.deepEqual(told(), ['v1 1-2', 'v9 3-20']);
  watcher.deliver(game(10, 15, 21));
  assert.deepEqual(told(), ['v10 21-21']);
});

test('more than fits at once comes in several updates, of the same state', async () => {
  known = 1_203;
  watching(0).deliver(game(3, 1_201, 1_203));
  for (let time = 0; time < 4; time += 1) await turn();
  assert.deepEqual(told(), ['v3 1-500', 'v3 501-1000', 'v3 1001-1203']);
});

test('while events are fetched only the newest state waits, and brings the rest', async () => {
  const watcher = watching(0);
  known = 8;
  watcher.deliver(game(3, 6, 8));
  for (const version of [4, 5, 6]) watcher.deliver(game(version, 6, version + 5));
  assert.deepEqual(told(), []);
  await turn();
  assert.deepEqual(told(), ['v3 1-8', 'v6 9-11']);
  assert.equal(queries.length, 1);
});

test('more than fits at once, and a newer state meanwhile: it is not lost, and brings the rest', async () => {
  const watcher = watching(0);
  known = 1_203;
  watcher.deliver(game(3, 1_201, 1_203));
  watcher.deliver(game(4, 1_201, 1_204));
  for (let time = 0; time < 4; time += 1) await turn();
  assert.deepEqual(told(), ['v3 1-500', 'v4 501-1000', 'v4 1001-1203', 'v4 1204-1204']);
});

test('a first state without events leaves none out either', async () => {
  const watcher = watching();
  watcher.deliver(game(1, 1, 0));
  known = 8;
  watcher.deliver(game(3, 6, 8));
  await turn();
  assert.deepEqual(told(), ['v1', 'v3 1-8']);
});

test('events that are newer than the state may come with it: they are not told again', async () => {
  const watcher = watching(0);
  known = 10;
  watcher.deliver(game(3, 6, 8));
  await turn();
  watcher.deliver(game(4, 6, 10));
  watcher.deliver(game(5, 6, 11));
  assert.deepEqual(told(), ['v3 1-10', 'v4', 'v5 11-11']);
});

test('where records have expired the next events come all the same', async () => {
  fetching = async () => answered(seqs(40, 60));
  const watcher = watching(0);
  watcher.deliver(game(3, 55, 60));
  await turn();
  watcher.deliver(game(4, 55, 61));
  assert.deepEqual(told(), ['v3 40-60', 'v4 61-61']);
});

test('an archive that does not answer delays events, never states; none is left out', async () => {
  const refusing = async (): Promise<Answer> => ({ status: 503, body: '{}', owner: null });
  for (const failing of [nothing, refusing]) {
    const watcher = watching(0);
    fetching = failing;
    watcher.deliver(game(3, 6, 8));
    watcher.deliver(game(4, 6, 9));
    await turn();
    await turn();
    assert.deepEqual(told(), ['v3', 'v4']);
    known = 10;
    fetching = async ({ after }) => answered(seqs(after + 1, known));
    watcher.deliver(game(5, 6, 10));
    await turn();
    assert.deepEqual(told(), ['v5 1-10']);
  }
});

test('who may not look is refused once, and told nothing ever after', async () => {
  const cases: [Caller, Standing, string][] = [
    [p0, 'ended', 'refused unauthorized'],
    [p0, 'foreign', 'refused unauthorized'],
    [{ kind: 'public' }, 'player', 'refused unauthorized'],
  ];
  for (const [caller, standing, expected] of cases) {
    const watcher = watching(null, caller);
    for (const version of [1, 2]) watcher.deliver(game(version, 1, version, { standing }));
    watcher.deliverGone();
    assert.deepEqual(told(), [expected]);
  }
  const watcher = watching(0, p0);
  watcher.deliver(game(1, 1, 2));
  watcher.deliver(game(2, 1, 3, { standing: 'ended' }));
  watcher.deliver(game(3, 1, 4));
  assert.deepEqual(told(), ['v1 1-2', 'refused unauthorized']);
});

test('a spectator sees what the public may, with its own count of events, until the game admits it no more', async () => {
  const watcher = watching(0, { kind: 'public' });
  known = 8;
  watcher.deliver(game(1, 6, 8, { spectators: true }));
  await turn();
  assert.deepEqual(
    updates.map((update) => update.kind === 'state' && [update.view, update.game]),
    [['public', '{"last":8,"viewer":"public"}']],
  );
  assert.deepEqual([queries[0]?.caller, queries[0]?.may], [{ kind: 'public' }, ['anyone']]);
  assert.deepEqual(told(), ['v1 1-8']);
  watcher.deliver(game(2, 6, 9, { spectators: false }));
  assert.deepEqual(told(), ['refused unauthorized']);
});

test('a refusal that comes while events are fetched follows them', async () => {
  const watcher = watching(0, p0);
  known = 8;
  watcher.deliver(game(3, 6, 8));
  watcher.deliver(game(4, 6, 9, { standing: 'ended' }));
  await turn();
  watcher.deliver(game(5, 6, 10));
  assert.deepEqual(told(), ['v3 1-8', 'refused unauthorized']);
});

test('who has stopped hears nothing, not even what was being fetched', async () => {
  const watcher = watching(0);
  watcher.deliver(game(3, 6, 8));
  watcher.stop();
  await turn();
  watcher.deliver(game(4, 1, 9));
  watcher.deliverGone();
  assert.deepEqual(told(), []);
});

test('gone, and there again: whatever state comes is news, for it may be another game', () => {
  const watcher = watching();
  watcher.deliver(game(3, 1, 2));
  watcher.deliverGone();
  assert.equal(watcher.isGone, true);
  watcher.deliver(game(2, 1, 2));
  watcher.deliver(game(3, 1, 2));
  watcher.deliver(game(3, 1, 2));
  assert.equal(watcher.isGone, false);
  assert.deepEqual(told(), ['v3 1-2', 'gone', 'v2', 'v3']);
});

test('gone while events are fetched: nothing is told of a game that is not there', async () => {
  const watcher = watching(0);
  known = 8;
  watcher.deliver(game(3, 6, 8));
  watcher.deliverGone();
  await turn();
  assert.deepEqual(told(), ['gone']);
  watcher.deliver(game(4, 6, 8));
  await turn();
  assert.deepEqual(told(), ['v4 1-8'], 'should it be there again, they are fetched again');
});

test('over: the last state, then gone, once, however often the last state is read again', () => {
  const watcher = watching();
  watcher.deliver(game(1, 1, 2));
  for (let time = 0; time < 3; time += 1) watcher.deliver(game(2, 1, 3, { over: true }));
  assert.deepEqual([told(), watcher.isGone], [['v1 1-2', 'v2 3-3', 'gone'], true]);
});

test('over from the start: whoever comes late gets the last state, too', () => {
  const watcher = watching(0);
  for (let time = 0; time < 3; time += 1) watcher.deliver(game(9, 1, 3, { over: true }));
  assert.deepEqual(told(), ['v9 1-3', 'gone']);
});

test('over, with events to fetch: all of them come before gone, and the state before it once', async () => {
  for (const last of [8, 1_203]) {
    const watcher = watching(0);
    known = last;
    watcher.deliver(game(9, last - 2, last, { over: true }));
    for (let time = 0; time < 4; time += 1) await turn();
    watcher.deliver(game(9, last - 2, last, { over: true }));
    await turn();
    assert.deepEqual(told(), last === 8 ? ['v9 1-8', 'gone'] : ['v9 1-500', 'v9 501-1000', 'v9 1001-1203', 'gone']);
  }
});

test('over while events of an earlier state are fetched', async () => {
  const watcher = watching(0);
  known = 8;
  watcher.deliver(game(3, 6, 8));
  watcher.deliver(game(4, 6, 9, { over: true }));
  await turn();
  watcher.deliver(game(4, 6, 9, { over: true }));
  assert.deepEqual(told(), ['v3 1-8', 'v4 9-9', 'gone']);
});

test('over, and the archive does not answer: told when it is read again, with its events', async () => {
  const watcher = watching(0);
  fetching = nothing;
  watcher.deliver(game(3, 1, 2));
  for (let time = 0; time < 2; time += 1) {
    watcher.deliver(game(9, 6, 8, { over: true }));
    await turn();
    assert.deepEqual(told(), time === 0 ? ['v3 1-2'] : [], 'nothing comes after it that could bring them');
  }
  known = 8;
  fetching = async ({ after }) => answered(seqs(after + 1, known));
  watcher.deliver(game(9, 6, 8, { over: true }));
  await turn();
  watcher.deliver(game(9, 6, 8, { over: true }));
  assert.deepEqual(told(), ['v9 3-8', 'gone']);
});

/** A strong read that begins and ends now. */
const reads = (watcher: Watcher<Shown>, shown: CommittedGame<Shown>) => watcher.deliverRead(shown, watcher.had);

test('a read below what was told: everything starts over, events as well', () => {
  const watcher = watching();
  watcher.deliver(game(9, 1, 6));
  reads(watcher, game(4, 1, 3));
  assert.deepEqual(told(), ['v9 1-6', 'reset v4 1-3']);
  watcher.deliver(game(5, 1, 4));
  assert.deepEqual(told(), ['v5 4-4'], 'from there it goes on as ever');
});

test('a read below what the client came with: the same', () => {
  const watcher = watching(6, ADMIN, 9);
  reads(watcher, game(4, 2, 3));
  reads(watcher, game(4, 2, 3));
  assert.deepEqual(told(), ['reset v4 2-3']);
});

test('events above all that there are: the same, though the version is not below', () => {
  const watcher = watching(99);
  watcher.deliver(game(4, 1, 3));
  assert.deepEqual(told(), ['v4'], 'a push may be late');
  reads(watcher, game(4, 1, 3));
  assert.deepEqual(told(), ['reset v4 1-3']);
  reads(watching(1, ADMIN, 99), game(4, 1, 0));
  assert.deepEqual(told(), ['reset v4'], 'a lobby has none');
});

test('what was told after a read had begun does not make it a proof', async () => {
  const watcher = watching(1);
  const { had } = watcher;
  known = 9;
  watcher.deliver(game(3, 6, 8));
  await turn();
  assert.deepEqual(told(), ['v3 2-9'], 'the fetched events are newer than the state');
  watcher.deliverRead(game(3, 6, 8), had);
  watcher.deliverRead(game(2, 6, 7), had);
  assert.deepEqual(told(), []);
});

test('events that are being fetched when it starts over are dropped', async () => {
  const watcher = watching(1);
  watcher.deliver(game(9, 6, 8));
  reads(watcher, game(4, 1, 3));
  await turn();
  assert.deepEqual(told(), ['reset v4 1-3']);
});

test('an answer that begins with the first event is no answer to who asked for the next', async () => {
  fetching = async () => ({ ...answered(seqs(1, 3)), body: '{"events":[{"seq":1}],"latest":1,"reset":true}' });
  const watcher = watching(3);
  watcher.deliver(game(9, 6, 8));
  await turn();
  assert.deepEqual(told(), ['v9']);
  reads(watcher, game(2, 1, 1));
  assert.deepEqual(told(), ['reset v2 1-1']);
});

test('who was told that the game is gone starts over with an older one', () => {
  const watcher = watching();
  watcher.deliver(game(9, 1, 6, { over: true }));
  reads(watcher, game(4, 1, 3));
  assert.deepEqual(told(), ['v9 1-6', 'gone', 'reset v4 1-3']);
});

test('whoever cannot take the events that were fetched is told of, and ends nothing', async () => {
  const events = async ({ after, limit }: EventsQuery) => answered(seqs(after + 1, after + limit));
  const broken = (gameId: string, error: unknown) => failures.push([gameId, error]);
  const trouble = new Error('the socket is gone');
  const deaf = () => {
    throw trouble;
  };
  const watcher = new Watcher<Shown>({ events, broken }, { gameId: 'G', caller: ADMIN, since: 0, after: 1 }, 0, deaf);
  watcher.deliver(game(5, 9, 10));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(failures, [['G', trouble]]);
});
