/**
 * What NATS says of a stream, as facts: pure.
 */
import type { BucketName } from '../../ports/store.ts';
import { type BucketOptions, type StreamConfig, unsuitable } from './buckets.ts';

export interface Replica {
  readonly name: string;
  readonly current: boolean;
  readonly offline: boolean;
  /** Entries behind the leader. */
  readonly lag: number;
}

/** What reaches it is refused. Members set none. */
export interface StreamLimit {
  readonly setting: 'max_bytes' | 'max_msgs';
  readonly most: number;
  readonly used: number;
}

export type StreamLook =
  | {
      readonly is: 'there';
      readonly bucket: BucketName;
      /** What is wrong with how it was made; null: nothing. */
      readonly unsuitable: string | null;
      readonly replicas: number;
      /** Null: it is in no cluster, or has none. */
      readonly leader: string | null;
      readonly isClustered: boolean;
      readonly followers: readonly Replica[];
      readonly entries: number;
      readonly limits: readonly StreamLimit[];
      /** Its clock, ms since the epoch, against this machine's; null: it does not say. */
      readonly aheadMs: number | null;
    }
  | { readonly is: 'missing' | 'noAnswer'; readonly bucket: BucketName; readonly reason: string };

export interface StreamInfo {
  /** Limits below 1, or absent: as much as the server takes. */
  readonly config: StreamConfig & { readonly max_bytes?: number; readonly max_msgs?: number };
  readonly state: {
    readonly messages: number;
    readonly bytes: number;
    readonly last_seq?: number;
    readonly subjects?: Readonly<Record<string, number>>;
  };
  /** Of a server that is in no cluster without a name. */
  readonly cluster?: {
    readonly name?: string;
    readonly leader?: string;
    readonly replicas?: readonly {
      readonly name: string;
      readonly current: boolean;
      readonly offline?: boolean;
      readonly lag?: number;
    }[];
  };
  readonly ts?: string;
  readonly total?: number;
}

/** `askedAt`: by this machine, ms since the epoch. */
export function lookOf(bucket: BucketName, info: StreamInfo, askedAt: number, options: BucketOptions): StreamLook {
  const { config, state, cluster, ts } = info;
  return {
    is: 'there',
    bucket,
    unsuitable: unsuitable(bucket, config, options),
    replicas: config.num_replicas,
    leader: cluster?.leader || null,
    isClustered: cluster?.name !== undefined,
    followers: (cluster?.replicas ?? []).map(({ name, current, offline = false, lag = 0 }) => ({
      name,
      current,
      offline,
      lag,
    })),
    entries: state.messages,
    limits: limitsOf(info),
    aheadMs: ts === undefined ? null : Math.round(Date.parse(ts) - askedAt),
  };
}

function limitsOf({ config, state }: StreamInfo): readonly StreamLimit[] {
  const all: readonly StreamLimit[] = [
    { setting: 'max_bytes', most: config.max_bytes ?? -1, used: state.bytes },
    { setting: 'max_msgs', most: config.max_msgs ?? -1, used: state.messages },
  ];
  return all.filter(({ most }) => most > 0);
}
