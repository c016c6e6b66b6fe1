/**
 * Every subject, bucket and stream name, and the way back from a subject to a key.
 *
 * Role: the single place that knows how names in NATS look; all carry the namespace, so that clusters can share one NATS.
 * Invariant: whoever may publish to these subjects is an administrator of this cluster.
 */
import type { Peer } from '../../ports/messaging.ts';
import type { BucketName } from '../../ports/store.ts';

/** Requests to one incarnation of one member. */
export function memberSubject(namespace: string, peer: Peer): string {
  return `${namespace}.member.${peer.id}.${peer.incarnation}.rpc`;
}

/** Committed updates of one game. */
export function gameSubject(namespace: string, slot: number, gameId: string): string {
  return `${namespace}.game.${slot}.${gameId}`;
}

/** All subjects of the first kind, as a wildcard. */
export function memberSubjects(namespace: string): string {
  return memberSubject(namespace, { id: '*', incarnation: '*' });
}

/** All subjects of the second kind. */
export function gameSubjects(namespace: string): string {
  return `${namespace}.game.*.*`;
}

/** Answers come to subjects below it: to those of this namespace only, so that nobody else's user needs to hear them. */
export function inboxPrefix(namespace: string): string {
  return `${namespace}.inbox`;
}

export interface BucketNames {
  readonly bucket: string;
  /** The JetStream stream that holds the bucket. */
  readonly stream: string;
  /** What every key's subject begins with, the dot included. */
  readonly keyPrefix: string;
  /** Every key of the bucket. */
  readonly allKeys: string;
}

/** The names of a bucket, as the NATS tools know key-value buckets. */
export function bucketNames(namespace: string, name: BucketName): BucketNames {
  const bucket = `${namespace}_${name}`;
  const keyPrefix = `$KV.${bucket}.`;
  return { bucket, stream: `KV_${bucket}`, keyPrefix, allKeys: `${keyPrefix}>` };
}

/** JetStream API subjects of one stream. */
export function streamApi(stream: string) {
  return {
    create: `$JS.API.STREAM.CREATE.${stream}`,
    info: `$JS.API.STREAM.INFO.${stream}`,
    update: `$JS.API.STREAM.UPDATE.${stream}`,
    purge: `$JS.API.STREAM.PURGE.${stream}`,
    get: `$JS.API.STREAM.MSG.GET.${stream}`,
    directGetPrefix: `$JS.API.DIRECT.GET.${stream}.`,
    directGetMany: `$JS.API.DIRECT.GET.${stream}`,
    createConsumer: (consumer: string) => `$JS.API.CONSUMER.CREATE.${stream}.${consumer}`,
    deleteConsumer: (consumer: string) => `$JS.API.CONSUMER.DELETE.${stream}.${consumer}`,
    /**
     * Where a consumer of ours wants to be told that we keep up: the second form, with domain and account before the stream, is that of
     * servers from 2.14 on that are told so (`feature_flags { js_ack_fc_v2: true }`), and is to become the usual one.
     */
    flowControl: [`$JS.FC.${stream}.>`, `$JS.FC.*.*.${stream}.>`],
  };
}
