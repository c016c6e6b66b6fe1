/**
 * Why a game is as it is: from what was asked, one sentence. Pure.
 *
 * Invariant: the first thing that stands in a player's way is named; only if nothing does is the game called well.
 */
import type { Location } from '../member/contract/gateway.ts';
import { askingFails, type ClusterAnswer, isCutOff, unusableBuckets } from './cluster-findings.ts';
import { counted, duration, inWords } from './table.ts';

/** What of `GET /v1/games/{id}` is looked at. */
export interface ShownGame {
  readonly game: {
    readonly status: string;
    readonly round: number;
    readonly roundEndTime: string | null;
    /** Null: it has no seats yet, or no more. Absent: whoever asks may not see them. */
    readonly players?: Readonly<Record<string, { readonly ready?: boolean; readonly done?: boolean }>> | null;
  };
  readonly version: number;
  readonly serverTime: string;
}

export type GameRead =
  | ({ readonly is: 'game'; readonly tookMs: number } & ShownGame)
  | {
      readonly is: 'problem';
      readonly tookMs: number;
      readonly status: number;
      readonly code: string;
      readonly detail: string;
    };

export interface WhyFacts {
  readonly location: Location;
  readonly cluster: ClusterAnswer;
  readonly read: GameRead;
}

export interface Explanation {
  readonly sentence: string;
  readonly runbook: string | null;
  readonly isWell: boolean;
}

/** A round ends within milliseconds of its time. */
const LATE_MS = 2_000;

/** What is known, a line each. */
export function factLines({ location, cluster, read }: WhyFacts): readonly string[] {
  const { gameId, slot, owner, desiredOwner, epoch } = location;
  const holder = cluster.members.find(({ id }) => id === owner);
  const wants = owner === desiredOwner ? 'as the ring wants' : `the ring wants ${desiredOwner ?? 'nobody'}`;
  const version = holder === undefined ? '' : `, version ${holder.version}`;
  const lines = [
    ['game', `${gameId}: ${stateOf(read)}`],
    ['slot', `${slot}, epoch ${epoch}`],
    ['owner', owner === null ? 'nobody' : `${owner} (${holder?.status ?? 'not in the cluster'}${version}), ${wants}`],
    ...historyOf(location, nowOf(read)),
    ['answer', `${read.is === 'game' ? 'read' : `${read.status} ${read.code}`}, after ${duration(read.tookMs)}`],
  ];
  return lines.map(([name = '', text]) => `  ${name.padEnd(8)}${text}`);
}

export function explain(facts: WhyFacts): Explanation {
  const { read } = facts;
  return read.is === 'problem' ? explainProblem(facts, read) : explainGame(facts, read);
}

function explainProblem(
  { location, cluster }: WhyFacts,
  { status, code, detail }: GameRead & { readonly is: 'problem' },
): Explanation {
  const { gameId, slot, owner } = location;
  if (code === 'game_not_alive') {
    const sentence = `There is no ${gameId}: it never was, it was erased, or it was over longer ago than the archive keeps.`;
    return { sentence, runbook: null, isWell: false };
  }
  if (code === 'unauthorized' || code === 'forbidden') {
    const sentence = `Nobody was asked about ${gameId}: the token in MINOTAUR_ADMIN_TOKEN is none of this cluster's administrators.`;
    return { sentence, runbook: 'docs/runbook.md#clients-are-refused', isWell: false };
  }
  if (status === 503 && (isCutOff(cluster) || askingFails(cluster))) return withoutNats(location, cluster);
  if (owner === null) return unowned(location, cluster);
  if (code === 'internal') {
    const sentence = `${owner} owns ${gameId} but cannot use what is stored of it: minotaur get --stored ${gameId} shows it.`;
    return { sentence, runbook: 'docs/runbook.md#a-game-answers-500', isWell: false };
  }
  if (code === 'session_overloaded') {
    const sentence = `${owner} owns ${gameId} and has more commands waiting for it than it takes: one client is too fast, or NATS too slow.`;
    return { sentence, runbook: 'docs/runbook.md#503-session_overloaded', isWell: false };
  }
  if (code !== 'session_unavailable') {
    return { sentence: `${owner} answers ${status} ${code} for ${gameId}: ${detail}`, runbook: null, isWell: false };
  }
  return silent(location, cluster, owner, slot);
}

/** What members know of each other comes through NATS: none of it counts now. */
function withoutNats({ gameId }: Location, { self, nats }: ClusterAnswer): Explanation {
  const ago =
    nats?.renewedMsAgo == null ? '' : ` (it acknowledged the last renewal ${duration(nats.renewedMsAgo)} ago)`;
  const sentence = `${gameId} is not answered: NATS does not answer ${self}${ago}; whether its owner is well cannot be seen.`;
  return { sentence, runbook: 'docs/runbook.md#readyz-fails-on-every-member-livez-answers', isWell: false };
}

function unowned({ gameId, slot, desiredOwner, previousOwner }: Location, cluster: ClusterAnswer): Explanation {
  const because = unusableBuckets(cluster).includes('slots')
    ? 'the bucket slots takes no writes'
    : `${previousOwner ?? 'its last owner'} is gone and ${desiredOwner ?? 'nobody'} has not taken it over yet`;
  const sentence = `${gameId} waits because slot ${slot} has no owner: ${because}.`;
  return { sentence, runbook: 'docs/runbook.md#503-session_unavailable', isWell: false };
}

/** An owner that did not answer in time. */
function silent({ gameId }: Location, cluster: ClusterAnswer, owner: string, slot: number): Explanation {
  const holder = cluster.members.find(({ id }) => id === owner);
  const unusable = unusableBuckets(cluster);
  const runbook = 'docs/runbook.md#503-session_unavailable';
  const say = (because: string) => ({
    sentence: `${gameId} is not answered: its owner ${owner} ${because}.`,
    runbook,
    isWell: false,
  });
  if (holder === undefined) return say(`is not in the cluster any more, and slot ${slot} has not been taken over yet`);
  if (holder.sessions === null) return say('answers nothing: it stands still or is cut off');
  if (unusable.length > 0) return say(`cannot work, since NATS takes no writes into ${inWords(unusable)}`);
  return say('is there and gives this game no answer in time, as NATS does not acknowledge what it writes');
}

function explainGame(facts: WhyFacts, { game, serverTime }: GameRead & { readonly is: 'game' }): Explanation {
  const { gameId, owner, desiredOwner } = facts.location;
  const well = (sentence: string) => ({ sentence, runbook: null, isWell: true });
  const { status, round, roundEndTime } = game;
  if (status === 'concluded')
    return well(`${gameId} is over: it ended in round ${round}, and is read from the archive.`);
  const leftMs = roundEndTime === null ? null : Date.parse(roundEndTime) - Date.parse(serverTime);
  if (leftMs !== null && leftMs < -LATE_MS) {
    const why = isRecordStuck(facts)
      ? 'the bucket archive does not take the record of it (minotaur doctor says why)'
      : 'the bucket archive takes no writes, or the rules fail';
    const sentence = `${gameId} is answered by ${owner}, but its round ${round} should have ended ${duration(leftMs)} ago: ${why}.`;
    return { sentence, runbook: 'docs/runbook.md#rounds-do-not-end', isWell: false };
  }
  const came = howItCame(facts.location, Date.parse(serverTime));
  const moving = owner === desiredOwner ? '' : ` It is about to move to ${desiredOwner}.`;
  const waits = whatItWaitsFor(game, leftMs);
  return well(`${gameId} is well: it is with ${owner}${came}; ${waits}.${moving}`);
}

/** Of an administrator's answer alone: others are told no names. */
function isRecordStuck({ location: { slot, gameId }, cluster: { members } }: WhyFacts): boolean {
  const records = members.flatMap(({ stuck = [] }) => stuck.filter(({ kind }) => kind === 'archive'));
  return records.some(({ oldest }) => oldest.some(({ what }) => `${what}.`.startsWith(`${slot}.${gameId}.`)));
}

function whatItWaitsFor({ status, round, players }: ShownGame['game'], leftMs: number | null): string {
  const all = Object.values(players ?? {});
  if (status === 'lobby') {
    const ready = all.filter((player) => player.ready === true).length;
    const seats = players == null ? '' : ` (${ready} of ${counted(all.length, 'player')} ready)`;
    return `its lobby waits to be started${seats}`;
  }
  if (leftMs === null) return `its clock stands still in round ${round}, until somebody plays`;
  const done =
    all.length === 0 ? '' : ` (${all.filter((player) => player.done === true).length} of ${all.length} are done)`;
  return `round ${round} ends in ${duration(leftMs)}${done}`;
}

function stateOf(read: GameRead): string {
  if (read.is === 'problem') return 'not read';
  const { status, round, players } = read.game;
  const seats = seatsIn(players);
  return `${status}, round ${round}, version ${read.version}, ${seats}`;
}

function seatsIn(players: ShownGame['game']['players']): string {
  if (players === undefined) return 'players are shown to administrators alone';
  return players === null ? 'no seats' : counted(Object.keys(players).length, 'player');
}

/** By the time of games where the game told it; else durations are left out. */
function nowOf(read: GameRead): number | null {
  return read.is === 'game' ? Date.parse(read.serverTime) : null;
}

/** How the owner came by the slot. Members of older versions do not say. */
function historyOf({ acquired, ownedSince }: Location, now: number | null): readonly [string, string][] {
  if (acquired == null) return [];
  const at = ownedSince == null ? '' : ` at ${ownedSince}`;
  const ago = ownedSince == null || now === null ? '' : `, ${duration(now - Date.parse(ownedSince))} ago`;
  return [['since', `${acquired}${at}${ago}`]];
}

/** ` (it took it over from m1, which was gone, 41 s ago)`; nothing where nothing moved. */
function howItCame({ owner, acquired, previousOwner, ownedSince }: Location, now: number): string {
  if (previousOwner == null || ownedSince == null) return '';
  const ago = `${duration(now - Date.parse(ownedSince))} ago`;
  if (acquired === 'takeover') return `, which took it over from ${previousOwner} ${ago}`;
  if (acquired === 'handoff') return `, to which ${previousOwner} handed it over ${ago}`;
  return previousOwner === owner ? `, which started anew ${ago}` : '';
}
