/**
 * The stored form of a session: a versioned JSON document, and the headers by which a slot can be listed without it.
 *
 * Role: the only place that knows the format. Migrations go both ways: reading lifts an older state to the version that the rules work on,
 * writing lowers it to the version that the whole cluster can read.
 * Invariants:
 *  - What `decode` accepts, `encode` wrote at some version between the oldest known one and ours; anything else throws SnapshotError.
 *  - A state newer than ours is never guessed at.
 */
import { z } from 'zod';
import { Results } from './results.ts';
import type { Lobby, Rules, Summary, Written } from './rules.ts';
import { parseTold, type ToldOf, toldText } from './told.ts';

/** Who wrote a snapshot: the fencing stamp. */
export interface Stamp {
  readonly owner: string;
  readonly incarnation: string;
  readonly epoch: number;
}

export interface Snapshot<State> {
  readonly gameId: string;
  /** +1 at every write of this session; if it goes down, the store lost a write (I9). */
  readonly commit: number;
  /** The session's command counter. */
  readonly version: number;
  readonly state: State;
  readonly results: Results;
  readonly stamp: Stamp;
}

/** The status of a game that is over. */
export const CONCLUDED = 'concluded';
/** Of the deletion marker of a game of which nothing is left. */
export const ERASED = 'erased';
/** Of that of a game that nobody may see any more, though some of it may be left. */
export const ERASING = 'erasing';

/** What a listing tells about a session without reading it. */
export interface Listing extends Summary {
  /** When its clock rings, ms since the epoch; null: no clock runs. */
  readonly deadline: number | null;
  readonly epoch: number;
  readonly commit: number;
  /** Of the deletion marker of a game that is over: the revision of its last state in the archive. */
  readonly archived?: number;
  /** How far a webhook was told of it; absent: there is no outbox. */
  readonly told?: ToldOf | undefined;
}

/** When the running round of a listed game ends, ms since the epoch; null if no clock runs. Other deadlines are nobody's to see. */
export function roundEndOf({ status, suspended, deadline }: Listing): number | null {
  return status === 'active' && !suspended ? deadline : null;
}

/** A stored snapshot that cannot be read, and why. */
export class SnapshotError extends Error {
  override readonly name = 'SnapshotError';
}

const count = z.number().int().min(0);
const document = z.object({
  format: z.literal(1),
  stateVersion: count,
  gameId: z.string(),
  commit: count,
  version: count,
  owner: z.string(),
  incarnation: z.string(),
  epoch: count,
  results: z.object({
    othersEvictedAt: z.number(),
    principals: z.record(z.string(), z.object({ evictedAt: z.number(), results: z.string() })),
  }),
  state: z.unknown(),
});

const decoder = new TextDecoder();
const encoder = new TextEncoder();

export function encode<State, Command>(
  rules: Rules<State, Command>,
  snapshot: Snapshot<State>,
  written: Written,
): Uint8Array {
  return encoder.encode(
    JSON.stringify({
      format: 1,
      stateVersion: written.stateVersion,
      gameId: snapshot.gameId,
      commit: snapshot.commit,
      version: snapshot.version,
      owner: snapshot.stamp.owner,
      incarnation: snapshot.stamp.incarnation,
      epoch: snapshot.stamp.epoch,
      results: snapshot.results.store(),
      state: lowered(rules, snapshot.state, written),
    }),
  );
}

export function decode<State, Command>(rules: Rules<State, Command>, value: Uint8Array): Snapshot<State> {
  try {
    const stored = document.parse(JSON.parse(decoder.decode(value)));
    return {
      gameId: stored.gameId,
      commit: stored.commit,
      version: stored.version,
      state: rules.parse(migrate(rules, stored.state, stored.stateVersion, rules.stateVersion)),
      results: Results.restore(stored.results),
      stamp: { owner: stored.owner, incarnation: stored.incarnation, epoch: stored.epoch },
    };
  } catch (error) {
    throw new SnapshotError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** One state as JSON text of the version that everybody reads; `decodeState` is its inverse. */
export function encodeState<State>(rules: Rules<State, unknown>, state: State, written: Written): string {
  return JSON.stringify(lowered(rules, state, written));
}

/** Throws if it is no state of `stateVersion`. */
export function decodeState<State>(rules: Rules<State, unknown>, text: string, stateVersion: number): State {
  return rules.parse(migrate(rules, JSON.parse(text), stateVersion, rules.stateVersion));
}

export function listingHeaders(listing: Listing): Record<string, string> {
  return {
    'Minotaur-Status': listing.status,
    'Minotaur-Listed': listing.listed ? '1' : '0',
    'Minotaur-Suspended': listing.suspended ? '1' : '0',
    'Minotaur-Played': listing.playedAt === null ? '' : String(listing.playedAt),
    'Minotaur-Deadline': listing.deadline === null ? '' : String(listing.deadline),
    'Minotaur-Epoch': String(listing.epoch),
    'Minotaur-Commit': String(listing.commit),
    ...(listing.archived !== undefined && { 'Minotaur-Archived': String(listing.archived) }),
    ...(listing.lobby && { 'Minotaur-Lobby': lobbyText(listing.lobby) }),
    ...(listing.told && { 'Minotaur-Told': toldText(listing.told) }),
  };
}

/**
 * For how long a round goes on from when its state is stored, by the clock of whoever wrote it: whoever claims it may go by another one.
 * No part of a listing: whoever holds the game goes by what it knows.
 */
export function goesOnHeaders(ms: number | null): Readonly<Record<string, string>> {
  return ms === null || ms <= 0 ? {} : { 'Minotaur-Goes-On': String(Math.round(ms)) };
}

/** Null: whoever wrote it did not say, or the round was over. */
export function parseGoesOn(headers: Readonly<Record<string, string>>): number | null {
  const text = headers['Minotaur-Goes-On'] ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}

/** What the deletion marker of a game says that is erased, or is to be. */
export function markerHeaders(status: typeof ERASED | typeof ERASING): Readonly<Record<string, string>> {
  return { 'Minotaur-Status': status };
}

export function parseListing(headers: Readonly<Record<string, string>>): Listing {
  return {
    status: headers['Minotaur-Status'] ?? '',
    listed: headers['Minotaur-Listed'] === '1',
    suspended: headers['Minotaur-Suspended'] === '1',
    playedAt: numberOrNull(headers['Minotaur-Played']),
    deadline: numberOrNull(headers['Minotaur-Deadline']),
    epoch: Number(headers['Minotaur-Epoch'] ?? 0),
    commit: Number(headers['Minotaur-Commit'] ?? 0),
    ...(headers['Minotaur-Archived'] !== undefined && { archived: Number(headers['Minotaur-Archived']) }),
    ...lobbyIn(headers['Minotaur-Lobby']),
    ...toldIn(headers['Minotaur-Told']),
  };
}

/** Names are of any letters, headers are not. */
function lobbyText({ seatsLeft, playerCount, host }: Lobby): string {
  return [seatsLeft, playerCount, ...(host === null ? [] : [encodeURIComponent(host.toWellFormed())])].join(' ');
}

/** Absent, or none that can be read: nothing is known of it. */
function lobbyIn(text: string | undefined): { readonly lobby?: Lobby } {
  const [, seats, players, name] = /^(\d{1,9}) (\d{1,9})(?: (\S+))?$/.exec(text ?? '') ?? [];
  if (seats === undefined) return {};
  try {
    const host = name === undefined ? null : decodeURIComponent(name);
    return { lobby: { seatsLeft: Number(seats), playerCount: Number(players), host } };
  } catch {
    return {};
  }
}

function toldIn(text: string | undefined): { readonly told?: ToldOf } {
  const told = parseTold(text);
  return told === undefined ? {} : { told };
}

function numberOrNull(text = ''): number | null {
  return text === '' ? null : Number(text);
}

/** What a member writes that is alone, or the newest among equals. */
export function ownVersions({
  stateVersion,
  module,
}: Pick<Rules<unknown, unknown>, 'stateVersion' | 'module'>): Written {
  return { stateVersion, module: module.version };
}

function lowered<State, Command>(rules: Rules<State, Command>, state: State, written: Written): unknown {
  return migrate(rules, rules.lower(state, written.module), rules.stateVersion, written.stateVersion);
}

/** One step at a time from one version to another; a missing step throws. */
function migrate<State, Command>(rules: Rules<State, Command>, state: unknown, from: number, to: number): unknown {
  let current = state;
  for (let version = from; version !== to; version += version < to ? 1 : -1) {
    const step = (version < to ? rules.migrations.up : rules.migrations.down).get(version);
    if (step === undefined) {
      throw new SnapshotError(`the state has version ${from}, this member knows no way from there to ${to}`);
    }
    current = step(current);
  }
  return current;
}
