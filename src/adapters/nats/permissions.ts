/**
 * The least that NATS must allow a member: every subject that it publishes or subscribes to, and nothing else.
 *
 * Role: what operators copy into the configuration of their servers; docs/nats-permissions.md shows it, and tests hold it
 * against real servers: with all of it a cluster lives through everything, without any one of it something is refused.
 */
import { BUCKETS, type BucketName } from '../../ports/store.ts';
import { bucketNames, gameSubjects, inboxPrefix, memberSubjects, streamApi } from './names.ts';

export interface Permissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

/** Entries are purged in these; elsewhere they stay, or age out. */
const PURGED: readonly BucketName[] = ['members', 'sessions'];

/** Many of its entries are read at once. */
const READ_AT_ONCE: readonly BucketName[] = ['sessions'];

/**
 * What members of a namespace need. With `makesBuckets` false they find their buckets made, and can neither make nor
 * change one.
 */
export function memberPermissions(namespace: string, makesBuckets: boolean): Permissions {
  const own = [memberSubjects(namespace), gameSubjects(namespace), `${inboxPrefix(namespace)}.>`];
  return {
    publish: [...own, ...BUCKETS.flatMap((name) => bucketSubjects(namespace, name, makesBuckets))],
    subscribe: own,
  };
}

function bucketSubjects(namespace: string, name: BucketName, makes: boolean): readonly string[] {
  const { stream, allKeys } = bucketNames(namespace, name);
  const api = streamApi(stream);
  return [
    allKeys,
    api.directGetPrefix + allKeys,
    ...(READ_AT_ONCE.includes(name) ? [api.directGetMany] : []),
    api.createConsumer('*'),
    api.deleteConsumer('*'),
    ...api.flowControl,
    api.info,
    ...(PURGED.includes(name) ? [api.purge] : []),
    ...(makes ? [api.create] : []),
    // The only change that a member makes to a bucket: how long the archive keeps.
    ...(makes && name === 'archive' ? [api.update] : []),
  ];
}

/** The one of `permissions` that covers a subject; undefined if none does. */
export function permissionFor(permissions: readonly string[], subject: string): string | undefined {
  const tokens = subject.split('.');
  return permissions.find((permission) => {
    const pattern = permission.split('.');
    const open = pattern.at(-1) === '>';
    if (open ? tokens.length < pattern.length : tokens.length !== pattern.length) return false;
    return pattern.every((token, index) => token === '*' || token === '>' || token === tokens[index]);
  });
}

/** As a block of a nats-server's configuration file. */
export function permissionsBlock({ publish, subscribe }: Permissions): string {
  const list = (subjects: readonly string[]) => subjects.map((subject) => `    ${JSON.stringify(subject)}\n`).join('');
  return `permissions {\n  publish = [\n${list(publish)}  ]\n  subscribe = [\n${list(subscribe)}  ]\n}\n`;
}
