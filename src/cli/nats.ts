/**
 * What the tool does with NATS itself: with webhook.ts what knows the adapters, loaded only by commands that need it.
 *
 * Role: the settings of members in, facts out. Whatever cannot be looked at is a fact, too.
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type BackupEntry, readBackup, writeBackup } from '../adapters/backup/backup-file.ts';
import { endOfCredentials } from '../adapters/nats/diagnosis.ts';
import { type Inspection, openInspection } from '../adapters/nats/inspection.ts';
import { NoAnswer } from '../adapters/nats/look-connection.ts';
import { lookAtServers, type ServerLook } from '../adapters/nats/server-look.ts';
import type { StreamLook } from '../adapters/nats/stream-look.ts';
import { judgeVersion } from '../adapters/nats/version.ts';
import { decodeSlotRecord } from '../cluster/slot-table.ts';
import { type MemberRecord, memberKey, parseMemberKey, readMemberRecord } from '../cluster/view.ts';
import { type Config, readNatsConfig } from '../config.ts';
import { BUCKETS } from '../ports/store.ts';
import { CONCLUDED } from '../session/snapshot.ts';
import type { Environment } from './command.ts';

export type { BackupEntry, Inspection, ServerLook, StreamLook };
export { readBackup, writeBackup };

/** A line of docs/nats-permissions.md that the user lacks. */
export interface MissingPermission {
  readonly action: string;
  readonly line: string;
}

/** A member's own record, as stored. */
export interface StoredMember {
  readonly id: string;
  readonly incarnation: string;
  readonly record: Pick<MemberRecord, 'status' | 'addresses'>;
}

export interface StoredOwner {
  readonly slot: number;
  /** `<member>.<incarnation>`; null: the record cannot be read. */
  readonly key: string | null;
}

export interface NatsFacts {
  readonly servers: readonly ServerLook[];
  readonly inside: InsideFacts | null;
  /** Why nobody got inside; null: somebody did. */
  readonly reason: string | null;
  /** When the credentials in the file, and the certificate of the client, end: ms since the epoch; null: there are none, or they do not end. */
  readonly credentialsEnd: number | null;
  readonly certificateEnd: number | null;
  /** As configured here; null: not set. */
  readonly replicas: number | null;
}

/** Null is what could not be read. */
export interface InsideFacts {
  readonly streams: readonly StreamLook[];
  readonly missingPermissions: readonly MissingPermission[];
  readonly members: readonly StoredMember[] | null;
  readonly owners: readonly StoredOwner[] | null;
  /** Games that are over, and whose session is stored yet: by key. */
  readonly unfinished: readonly string[] | null;
}

/** More entries than this are not read one by one. */
const MOST_READ = 10_000;

/** What to update a server to; null: it is fine; an Error: it is too old. */
export function judged(version: string): string | null | Error {
  try {
    return judgeVersion(version);
  } catch (error) {
    return error as Error;
  }
}

/** With the settings of members. Rejects with ConfigError, or NoAnswer, which says which NATS does not let us in, and why. */
export async function openNats(environment: Environment): Promise<Inspection> {
  return openInspection({ ...readNatsConfig(environment), clientName: 'minotaur' });
}

/** Rejects with ConfigError. */
export async function natsFacts(environment: Environment): Promise<NatsFacts> {
  const config = readNatsConfig(environment);
  const settings = { ...config, clientName: 'minotaur doctor' };
  const given = { ...ends(config), replicas: environment.MINOTAUR_KV_REPLICAS ? config.replicas : null };
  const [servers, inside] = await Promise.all([lookAtServers(settings), lookInside(settings)]);
  if (inside instanceof NoAnswer) return { ...given, servers, inside: null, reason: inside.reason };
  return { ...given, servers, inside, reason: null };
}

/** Never rejects with NoAnswer: that is a fact. */
async function lookInside(settings: Parameters<typeof openInspection>[0]): Promise<InsideFacts | NoAnswer> {
  try {
    const opened = await openInspection(settings);
    return await insideFacts(opened).finally(() => opened.close());
  } catch (error) {
    if (error instanceof NoAnswer) return error;
    throw error;
  }
}

async function insideFacts(inspection: Inspection): Promise<InsideFacts> {
  const [streams, missingPermissions] = await Promise.all([
    Promise.all(BUCKETS.map((bucket) => inspection.stream(bucket))),
    inspection.missingPermissions(),
  ]);
  const [members, owners, unfinished] = await Promise.all([
    membersOf(inspection).catch(() => null),
    ownersOf(inspection).catch(() => null),
    unfinishedGames(inspection).catch(() => null),
  ]);
  return { streams, missingPermissions, members, owners, unfinished };
}

async function membersOf(inspection: Inspection): Promise<StoredMember[]> {
  const keys = (await inspection.keys('members')).filter((key) => parseMemberKey(key) !== null);
  return (await inspection.entries('members', keys)).map(({ key, value }) => {
    const { id, incarnation } = parseMemberKey(key) ?? { id: key, incarnation: '' };
    return { id, incarnation, record: readMemberRecord(value).record };
  });
}

async function ownersOf(inspection: Inspection): Promise<StoredOwner[]> {
  const keyOf = (slot: number, value: Uint8Array): string | null => {
    try {
      const { owner, incarnation } = decodeSlotRecord(slot, 0, value);
      return memberKey(owner, incarnation);
    } catch {
      return null;
    }
  };
  const records = await inspection.entries('slots', await inspection.keys('slots'));
  return records.map(({ key, value }) => ({ slot: Number(key), key: keyOf(Number(key), value) }));
}

/** The end of a game archives its last state, and then deletes the session: those of which both are there. */
async function unfinishedGames(inspection: Inspection): Promise<string[]> {
  const [sessions, archive] = await Promise.all([inspection.keys('sessions'), inspection.keys('archive')]);
  const over = new Set(archive.filter((key) => /^\d+\.[^.]+$/.test(key)));
  const both = sessions.filter((key) => over.has(key)).slice(0, MOST_READ);
  const found = await inspection.entries('sessions', both);
  return found.filter(({ headers }) => headers['Minotaur-Status'] === CONCLUDED).map(({ key }) => key);
}

function ends({ credentialsFile, tls }: Config['nats']): Pick<NatsFacts, 'credentialsEnd' | 'certificateEnd'> {
  const certFile = tls?.certFile;
  const end =
    credentialsFile === null ? Number.POSITIVE_INFINITY : endOfCredentials(readFileSync(credentialsFile, 'utf8'));
  return {
    credentialsEnd: Number.isFinite(end) ? end : null,
    certificateEnd: certFile === undefined ? null : Date.parse(new X509Certificate(readFileSync(certFile)).validTo),
  };
}
