/**
 * Whether the records of a game agree with what its players were told, and with how it ended.
 *
 * Role: pure; knows no game. What the game itself should have made of the actions is for replay.ts to say.
 * It finds: an acknowledged action that is in no record, in two, or in another form; one that nobody acknowledged; one that was taken back and
 * counts; events that are missing, doubled, or that a viewer must not know; a game that did not end, or ended otherwise for some.
 */
import { isDeepStrictEqual } from 'node:util';
import type { GameEvent } from '../../client/index.ts';
import type { Evidence, GivenOverWire, Read, Recorded, Seen } from './evidence.ts';

/** What disagrees, each in one line; none: all is as it should be. */
export function disagreements(evidence: Evidence): string[] {
  const { admin, seen } = evidence;
  const viewers: [string, Read][] = [['the administrator', admin], ...seen];
  return [
    ...viewers.flatMap(([viewer, read]) => [...aboutEnd(read, admin), ...aboutEvents(read)].map(by(viewer))),
    ...aboutActions(evidence),
    ...aboutWinners(admin),
    ...[...seen].flatMap(([player, its]) => aboutSecrets(player, its, admin).map(by(player))),
    ...[...seen].flatMap(([player, its]) => aboutLive(its).map(by(player))),
  ];
}

const by = (viewer: string) => (line: string) => `${viewer}: ${line}`;

function aboutEnd({ game, records }: Read, { game: all }: Read): string[] {
  const lines: string[] = [];
  if (game.status !== 'concluded') lines.push(`the game is ${game.status}, not concluded`);
  for (const field of ['round', 'version', 'outcome'] as const) {
    if (isDeepStrictEqual(game[field], all[field])) continue;
    lines.push(`${field} is ${short(game[field])}, for the administrator ${short(all[field])}`);
  }
  const rounds = records.map(({ round }) => round);
  if (!isDeepStrictEqual(rounds, upTo(game.round)))
    lines.push(`there are records of rounds ${rounds}, of ${game.round}`);
  const abandoned = records.filter(({ reason }) => reason === 'abandoned' || reason === 'deserted');
  for (const { round, reason } of abandoned) lines.push(`round ${round} was ${reason}`);
  for (const record of records.slice(0, -1)) {
    if (record.outcome !== undefined) lines.push(`the game was over with round ${record.round}, and went on`);
  }
  const last = records.at(-1)?.outcome;
  if (!isDeepStrictEqual(last, game.outcome ?? undefined)) {
    lines.push(`the last record says ${short(last)}, the game ${short(game.outcome)}`);
  }
  return lines;
}

function aboutWinners({ game }: Read): string[] {
  const strangers = (game.outcome?.winners ?? []).filter((id) => game.players[id] === undefined);
  return strangers.map((id) => `${id} has won, who did not play`);
}

/** Every event is in exactly one record, and the list of all of them is the same. */
function aboutEvents({ records, events }: Read): string[] {
  const lines: string[] = [];
  let last = 0;
  for (const { round, from, through, events: told } of records) {
    if (from !== last + 1) lines.push(`the record of round ${round} begins with event ${from}, after ${last}`);
    const numbers = told.map(({ seq }) => seq);
    if (!isDeepStrictEqual(numbers, upTo(through - from + 1, from))) {
      lines.push(`the record of round ${round} has events ${numbers}, and says ${from} to ${through}`);
    }
    last = through;
  }
  const recorded = records.flatMap((record) => record.events);
  if (recorded.at(-1)?.type !== 'game_concluded') lines.push('the last event is not game_concluded');
  return [...lines, ...differences('the list of events', events, recorded)];
}

function aboutLive({ live, events }: Seen): string[] {
  return differences('what came over the connection', live, events);
}

function differences(what: string, some: readonly GameEvent[], all: readonly GameEvent[]): string[] {
  const index = all.findIndex((event, at) => !isDeepStrictEqual(some[at], event));
  if (index >= 0) return [`${what} has ${short(some[index])} where the records have ${short(all[index])}`];
  return some.length > all.length ? [`${what} goes on with ${short(some[all.length])}`] : [];
}

/** What a player is told is told to the administrator, too, in that order; and of actions it is told its own. */
function aboutSecrets(player: string, { records }: Seen, { records: all }: Read): string[] {
  const lines: string[] = [];
  for (const [index, { round, events, actions }] of records.entries()) {
    const whole = all[index];
    if (whole === undefined) continue;
    const own = whole.actions.filter(({ playerId }) => playerId === player);
    if (!isDeepStrictEqual(actions, own)) {
      lines.push(`the record of round ${round} shows ${short(actions)}; its own are ${short(own)}`);
    }
    let at = 0;
    for (const event of events) {
      at = 1 + whole.events.findIndex((other, place) => place >= at && isSame(other, event));
      if (at > 0) continue;
      lines.push(`the record of round ${round} has ${short(event)}, which is no event of the game`);
      break;
    }
  }
  return lines;
}

/** But for their numbers, which each viewer counts for itself. */
function isSame({ seq: _, ...one }: GameEvent, { seq: _2, ...other }: GameEvent): boolean {
  return isDeepStrictEqual(one, other);
}

type Taken = Recorded['actions'][number];

function aboutActions({ given, players, admin: { records } }: Evidence): string[] {
  const taken = new Map<string, { readonly action: Taken; readonly round: number }[]>();
  for (const { round, actions } of records) {
    for (const action of actions) taken.set(action.id, [...(taken.get(action.id) ?? []), { action, round }]);
  }
  const known = new Set(given.map(({ actionId }) => actionId));
  const unknown = [...taken].filter(
    ([id, [first]]) => !known.has(id) && players.includes(first?.action.playerId ?? ''),
  );
  return [
    ...given.flatMap((each) => aboutGiven(each, taken.get(each.actionId) ?? [])),
    ...unknown.map(([id, [first]]) => `${nameOf(first?.action)} (${id}) was carried out, and never acknowledged`),
  ];
}

function aboutGiven(
  { playerId, actionId, round, action, retracted }: GivenOverWire,
  taken: readonly { readonly action: Taken; readonly round: number }[],
): string[] {
  const what = `${nameOf({ ...action, playerId })} (${actionId}) of round ${round}`;
  const [first] = taken;
  if (retracted) return first === undefined ? [] : [`${what} was taken back, and carried out in round ${first.round}`];
  if (first === undefined) return [`${what} was acknowledged, and is in no record`];
  const lines = taken.length === 1 ? [] : [`${what} was carried out ${taken.length} times`];
  if (first.round < round) lines.push(`${what} was carried out in round ${first.round}, before it was sent`);
  const { id: _, ...carriedOut } = first.action;
  // A schema adds its defaults.
  const sent = Object.entries({ ...action, playerId });
  if (!sent.every(([name, value]) => isDeepStrictEqual((carriedOut as Record<string, unknown>)[name], value))) {
    lines.push(`${what} was sent as ${short(action)}, and carried out as ${short(carriedOut)}`);
  }
  return lines;
}

function nameOf(action: { readonly type: string; readonly playerId: string } | undefined): string {
  return action === undefined ? 'an action' : `${action.type} of ${action.playerId}`;
}

function upTo(count: number, first = 1): number[] {
  return Array.from({ length: Math.max(0, count) }, (_, index) => first + index);
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 160 ? `${text.slice(0, 157)}…` : text;
}
