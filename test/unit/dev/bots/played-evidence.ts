/**
 * What is known of a game of whispers that was played by the rules themselves: honest, until a test plants something.
 */
import assert from 'node:assert/strict';
import type { Evidence, FinalGame, GivenOverWire, Read, Recorded } from '../../../../src/dev/bots/evidence.ts';
import type { RuleOutcome, Viewer } from '../../../../src/session/rules.ts';
import { commit, Played, whisper, whispers } from '../../game/worlds.ts';

const seed = 7;
const people = ['ann', 'bob', 'cid'] as const;

/** Of a game with a seat that the server plays; members of the module may be replaced. `isSeeded` false: its chance was drawn. */
export function evidenceOf(over: object = {}, isSeeded = true): { evidence: Evidence; game: Played } {
  const origin = { byAdmin: true as const };
  const settings = { bots: 1, awayRounds: 100, ...(isSeeded && { seed }) };
  const game = new Played({ bot, ...over }, settings, whispers, origin);
  for (const playerId of ['bob', 'cid']) game.play({ type: 'join', playerId, displayName: `Player ${playerId}` });
  game.play({ type: 'start' });
  const given: GivenOverWire[] = [];
  const contents: unknown[] = [];
  const play = (command: Parameters<Played['play']>[0]) => {
    const { record }: Extract<RuleOutcome<unknown>, { kind: 'applied' }> = game.play(command);
    if (record !== undefined) contents.push(record.content);
  };
  const say = (playerId: string, to: string, word: string): GivenOverWire => {
    play(whisper(playerId, to, word));
    const { round } = game.state;
    return {
      playerId,
      actionId: `a${game.version}`,
      round,
      action: { type: 'whisper', ...{ to, word } },
      retracted: false,
    };
  };
  while (game.state.status === 'active') {
    const { round } = game.state;
    for (const [index, id] of people.entries()) {
      const to = people[(index + 1) % people.length] as string;
      const first = say(id, to, `${id}${round}`);
      if (round === 2) {
        play({ type: 'retract_action', actionId: first.actionId, playerId: id });
        given.push({ ...first, retracted: true });
      } else given.push(first);
      given.push(say(id, to, `again ${round}`));
    }
    for (const id of people) play(commit(id, round));
  }
  assert.ok(contents.length >= 3);
  const read = (viewer: Viewer): Read => {
    const records = contents.map((content) => game.rules.record(content, viewer)) as unknown as Recorded[];
    const final = { ...game.see(viewer), version: game.version } as unknown as FinalGame;
    return { game: final, records, events: records.flatMap(({ events }) => events) };
  };
  const seen = people.map((id) => {
    const all = read(`player:${id}`);
    return [id, { ...all, live: all.events }] as const;
  });
  const evidence: Evidence = {
    gameId: 'G',
    seed: isSeeded ? seed : null,
    players: people,
    given,
    admin: read('admin'),
    seen: new Map(seen),
  };
  return { evidence: copyOf(evidence), game };
}

/** Without anything shared, as it comes over the wire, so that a test may change one place of it. */
export function copyOf(evidence: Evidence): Changeable<Evidence> {
  const { seen, ...rest } = evidence;
  const copy = (value: unknown) => JSON.parse(JSON.stringify(value));
  return { ...copy(rest), seen: new Map([...seen].map(([id, its]) => [id, copy(its)])) };
}

export type Changeable<Value> =
  Value extends ReadonlyMap<infer Key, infer Item>
    ? Map<Key, Changeable<Item>>
    : Value extends object
      ? { -readonly [Name in keyof Value]: Changeable<Value[Name]> }
      : Value;

/** Says something to the first who plays. */
function bot(_view: unknown, id: string, { players }: { players: readonly { id: string }[] }): object[] {
  const to = players.find((other) => other.id !== id)?.id;
  return to === undefined ? [] : [{ type: 'whisper', to, word: 'beep' }];
}
