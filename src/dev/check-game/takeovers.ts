/**
 * Games as a cluster keeps them, whose members die between any two commits.
 *
 * Role: the platform's own rules and sessions, from bytes to bytes. Each game is played twice with a seed: once by a member that lives, and once so
 * that after every write another member, which has a copy of the module of its own, reads what is stored and goes on. Before every write the owner
 * dies once more: its records are archived, its snapshot is not.
 * Why no network: what members do with each other is the platform's own to test; what a game may do wrong is to keep something outside of its world.
 * Invariant: whoever played, the archive and the worlds are the same, and a repeated command gets its first answer.
 */
import { isDeepStrictEqual } from 'node:util';
import type { GameCommand } from '../../game/commands.ts';
import type { LoadedGame } from '../../game/loaded-game.ts';
import { ownSettings, tableOf } from '../../game/play.ts';
import { rulesWith } from '../../game/rules.ts';
import type { GameState } from '../../game/state.ts';
import type { Table } from '../../game/table.ts';
import { ADMIN } from '../../session/permission.ts';
import type { Rules } from '../../session/rules.ts';
import { Session } from '../../session/session.ts';
import type { Reply } from '../../session/session-command.ts';
import { decode, ownVersions } from '../../session/snapshot.ts';
import { byChance } from './choosers.ts';
import { type Chooser, type Plan, problemIn } from './one-game.ts';
import { type Finding, Problem } from './problems.ts';
import { short } from './watched-game.ts';

const gameId = 'CHECKED0';
const largestValue = 1024 * 1024;
const mostRounds = 40;
/** Each command has a time of its own. */
const stepMs = 10;

/** A copy of the module, and the rules by which it is played. */
interface Member {
  readonly game: LoadedGame;
  readonly rules: Rules<GameState, GameCommand>;
}

/** The first of these games that goes another way when `copies` of its module take it over from each other; null: none does. */
export function refuseTakeovers(copies: readonly LoadedGame[], plans: readonly Plan[]): Finding | null {
  const members = copies.map(memberOf);
  for (const plan of plans) {
    const { seed, players, settings } = plan;
    const problem = tried(() => differing(members, plan));
    if (problem !== null) return problem.finding({ seed, players, settings, rounds: [] });
  }
  return null;
}

/** What it does wrong by itself was found in the games before, and costs every owner the same. */
function memberOf(game: LoadedGame): Member {
  return {
    game,
    rules: rulesWith({ abandonMs: 1_000_000_000, host: { game, guard: (calls) => calls(), faulty: () => {} } }),
  };
}

function differing(members: readonly Member[], plan: Plan): Problem | null {
  const [lived, died] = [played(members.slice(0, 1), plan), played(members, plan)];
  for (const what of ['records', 'worlds'] as const) {
    for (const round of new Set([...lived[what].keys(), ...died[what].keys()])) {
      const [one, other] = [lived, died].map((game) => game[what].get(round) ?? null);
      if (one === other) continue;
      const [there, here] = [other, one].map((text) => short(JSON.parse(text ?? 'null')));
      const texts = `${there} where another member took over, and else ${here}`;
      return remembers(`in round ${round} the ${what === 'records' ? 'archive' : 'world'} is ${texts}`);
    }
  }
  const [answer] = died.otherAnswers;
  return answer === undefined ? null : remembers(answer);
}

function tried(play: () => Problem | null): Problem | null {
  try {
    return play();
  } catch (error) {
    return problemIn(error);
  }
}

function remembers(what: string): Problem {
  return new Problem('file', 'remembers', what);
}

function played(members: readonly Member[], plan: Plan): StoredGame {
  const game = new StoredGame(members, plan);
  game.play(plan, byChance((members[0] as Member).game, plan));
  return game;
}

/** One game and what is stored of it. Several members own it in turn: whoever wrote dies. */
class StoredGame {
  /** By round, as text. */
  readonly records = new Map<number, string>();
  /** The last one that was stored of each round. */
  readonly worlds = new Map<number, string>();
  /** To commands that were repeated. */
  readonly otherAnswers: string[] = [];
  readonly #members: readonly Member[];
  #session: Session<GameState, GameCommand>;
  #stored = { value: new Uint8Array(), revision: 0 };
  #epoch = 0;
  #now = 0;
  #given = 0;
  #drawn = 0;

  /** Throws if there can be no such lobby. */
  constructor(members: readonly Member[], { seed, players, bots, settings }: Plan) {
    this.#members = members;
    const [host = '', ...guests] = players.filter((id) => !bots.includes(id) || bots.length === players.length);
    const { game, rules } = this.#owner;
    const table = ownSettings(game, { ...settings });
    const shared = Object.entries(settings).filter(([name]) => !Object.hasOwn(table, name));
    const own = { seed, bots: players.length - 1 - guests.length, idleRounds: 0, table };
    const made = {
      gameId,
      document: { status: 'lobby', settings: { ...Object.fromEntries(shared), ...own } },
      origin: { nonce: 'nonce', host: { playerId: host, displayName: host }, byAdmin: true as const },
      now: this.#now,
      stamp: this.#stamp,
      expected: 0,
      largestValue,
      draw: this.#draw,
    };
    const created = Session.create(rules, made, this.#key());
    if (created.kind !== 'created') throw new Problem('settings', 'defaults', `no lobby: ${JSON.stringify(created)}`);
    this.#session = created.session;
    this.#write();
    for (const playerId of guests) this.#give({ type: 'join', playerId, displayName: playerId });
    this.#give({ type: 'start' });
  }

  /** Until it is over, its clock stands still, or it has gone on for long enough. */
  play({ leaves }: Plan, choose: Chooser): void {
    for (let table = this.#table; table !== null && table.round <= mostRounds; table = this.#table) {
      const { round } = table;
      const playerId = leaves[round];
      if (playerId !== undefined) this.#give({ type: 'leave', playerId, kicked: false });
      this.#playRound(round, choose);
      if (this.#table?.round === round && !this.#ring()) return;
    }
  }

  #playRound(round: number, choose: Chooser): void {
    const before = this.#table;
    if (before?.round !== round) return;
    const goesOn = () => this.#table?.round === round;
    choose(before, (playerId, action) => {
      // An action of before has ended the round.
      if (!goesOn()) return before;
      const reply = this.#give({ type: 'register_action', playerId, action, round });
      return reply.kind === 'problem' ? `${reply.code} ${reply.detail}` : (this.#table ?? before);
    });
    for (const { id, bot, left } of before.seats) {
      const isAsked = !bot && !left && before.turn.players.includes(id);
      if (isAsked && goesOn()) this.#give({ type: 'commit_round', round, playerId: id });
    }
  }

  #give(input: GameCommand): Reply {
    this.#now += stepMs;
    const command = { ...this.#key(), input, caller: ADMIN, may: ['admin'] as const };
    const submit = () => this.#session.submit(command, this.#now).reply;
    if (this.#dies) {
      submit();
      this.#dieWhileWriting();
    }
    const reply = submit();
    this.#write();
    if (!this.#dies) return reply;
    const again = submit();
    // A round whose time is up ends before the command is looked at.
    this.#store(true);
    const isSame = reply.kind === 'result' ? isDeepStrictEqual(reply, again) : again.kind === 'problem';
    if (!isSame) this.otherAnswers.push(`answers ${short(again)} to a repeated ${input.type}, first ${short(reply)}`);
    return reply;
  }

  /** The round's time is up. False: no clock runs. */
  #ring(): boolean {
    const { deadline } = this.#session;
    if (deadline === null) return false;
    this.#now = Math.max(this.#now, deadline);
    if (this.#dies) {
      this.#session.ring(this.#now);
      this.#dieWhileWriting();
    }
    this.#session.ring(this.#now);
    this.#write();
    return true;
  }

  /** It lands; then the owner dies, unless it is alone. */
  #write(): void {
    this.#store(true);
    if (this.#dies) this.#takeOver();
  }

  /** Records are archived before the snapshot that refers to them: that one is lost. */
  #dieWhileWriting(): void {
    this.#store(false);
    this.#takeOver();
  }

  #store(lands: boolean): void {
    const cut = this.#session.cut(ownVersions(this.#owner.rules));
    if (cut === null) return;
    for (const { round, content } of cut.records) this.records.set(round, JSON.stringify(content));
    if (!lands) return;
    this.#stored = { value: new Uint8Array(cut.value), revision: this.#stored.revision + 1 };
    this.#session.landed(this.#stored.revision, this.#now);
    const { round, play } = this.#session.committed?.state ?? {};
    if (round !== undefined && play) this.worlds.set(round, JSON.stringify(play.world));
  }

  /** The next one reads what is stored, and claims it. */
  #takeOver(): void {
    this.#epoch += 1;
    const { rules } = this.#owner;
    this.#session = Session.resume(rules, decode(rules, this.#stored.value), {
      revision: this.#stored.revision,
      sizeBytes: this.#stored.value.length,
      stamp: this.#stamp,
      writtenAt: this.#now,
      largestValue,
      draw: this.#draw,
    });
    this.#store(true);
  }

  get #dies(): boolean {
    return this.#members.length > 1;
  }

  get #owner(): Member {
    return this.#members[this.#epoch % this.#members.length] as Member;
  }

  get #stamp() {
    const owner = `m${this.#epoch % this.#members.length}`;
    return { owner, incarnation: owner, epoch: this.#epoch + 1 };
  }

  /** Of the running round; null: the game is over. */
  get #table(): Table | null {
    const state = this.#session.committed?.state;
    if (state === undefined || state.play === null || state.status !== 'active') return null;
    return tableOf(this.#owner.game, state, state.play);
  }

  #key() {
    this.#given += 1;
    const id = `c${this.#given}`;
    return { principal: 'admin', id, keyed: true, again: false, receivedAt: this.#now, fingerprint: id };
  }

  /** Never the same: with a seed nothing may depend on it. */
  readonly #draw = (): Uint8Array => {
    this.#drawn += 1;
    const bytes = new Uint8Array(32);
    new DataView(bytes.buffer).setUint32(0, this.#drawn);
    return bytes;
  };
}
