/**
 * What NATS tells at the monitoring addresses of its servers (`http_port`), and what is wrong with that.
 *
 * Why beside the connection: only there it says how often it syncs, how full its disk is, and what each server by itself holds of a stream.
 */
import { broken, type Finding, ok, unknown, warning } from '../finding.ts';
import { counted, duration, inWords } from '../table.ts';

export type MonitorLook =
  | {
      readonly is: 'reached';
      readonly address: string;
      readonly name: string;
      /** 0: each write is synced before it is acknowledged. */
      readonly syncMs: number;
      readonly storedBytes: number;
      readonly limitBytes: number;
      /** That holds the streams of the namespace, what of it is on this server, and its limit in all; null: none. */
      readonly account: { readonly name: string; readonly storedBytes: number; readonly limitBytes: number } | null;
      /** That are on. */
      readonly flags: readonly string[];
      /** Last sequence of each stream of the namespace, as this server has it. */
      readonly streams: ReadonlyMap<string, number>;
    }
  | { readonly is: 'away'; readonly address: string; readonly reason: string };

type Reached = MonitorLook & { readonly is: 'reached' };

const WITHIN_MS = 3_000;
/** JetStream stops at its limit; there is time to act before that. */
const FULL = 0.6;
const NEARLY_FULL = 0.9;
/** What a server may be behind another one that was asked a moment earlier. */
const BEHIND = 1_000;

/** `streamPrefix`: what the streams of the namespace begin with. Never rejects. */
export function askMonitors(addresses: readonly string[], streamPrefix: string): Promise<MonitorLook[]> {
  return Promise.all(
    addresses.map(async (address): Promise<MonitorLook> => {
      try {
        const [varz, jsz] = await Promise.all([ask(address, '/varz'), ask(address, '/jsz?streams=true')]);
        return { is: 'reached', address, ...read(varz as Varz, jsz as Jsz, streamPrefix) };
      } catch (error) {
        const { message, cause } = error as Error & { cause?: { code?: string } };
        return { is: 'away', address, reason: cause?.code ?? message };
      }
    }),
  );
}

async function ask(address: string, path: string): Promise<unknown> {
  const response = await fetch(`${address.replace(/\/+$/, '')}${path}`, { signal: AbortSignal.timeout(WITHIN_MS) });
  if (!response.ok) throw new Error(`${path} answers ${response.status}`);
  return response.json();
}

interface Varz {
  readonly server_name?: string;
  readonly feature_flags?: Readonly<Record<string, boolean>>;
  readonly jetstream?: {
    readonly config?: {
      readonly max_storage?: number;
      readonly sync_interval?: number;
      readonly sync_always?: boolean;
    };
    readonly stats?: { readonly storage?: number };
  };
}

interface Jsz {
  readonly account_details?: readonly {
    readonly name: string;
    readonly storage: number;
    /** Its limit; of one without, the greatest number that there is. */
    readonly reserved_storage: number;
    readonly stream_detail?: readonly { readonly name: string; readonly state: { readonly last_seq: number } }[];
  }[];
}

function read(
  { server_name: name = '', feature_flags = {}, jetstream }: Varz,
  jsz: Jsz,
  prefix: string,
): Omit<Reached, 'is' | 'address'> {
  const { max_storage: limitBytes = 0, sync_interval = 0, sync_always = false } = jetstream?.config ?? {};
  const isOurs = ({ name }: { readonly name: string }) => name.startsWith(prefix);
  const account = jsz.account_details?.find(({ stream_detail = [] }) => stream_detail.some(isOurs));
  const { reserved_storage: most = 0 } = account ?? {};
  return {
    name,
    syncMs: sync_always ? 0 : sync_interval / 1e6,
    storedBytes: jetstream?.stats?.storage ?? 0,
    limitBytes,
    flags: Object.keys(feature_flags).filter((flag) => feature_flags[flag] === true),
    account:
      account === undefined || most <= 0 || most > Number.MAX_SAFE_INTEGER
        ? null
        : { name: account.name, storedBytes: account.storage, limitBytes: most },
    streams: new Map((account?.stream_detail ?? []).filter(isOurs).map(({ name, state }) => [name, state.last_seq])),
  };
}

export function monitorFindings(looks: readonly MonitorLook[]): readonly Finding[] {
  if (looks.length === 0) {
    const sentence = 'not looked at: name the monitoring addresses of NATS, --monitor http://nats-0:8222,…';
    return [unknown('disk, sync', sentence)];
  }
  const reached = looks.filter((look) => look.is === 'reached');
  const away = looks.flatMap((look) => (look.is === 'away' ? [`${look.address} (${look.reason})`] : []));
  const lost = away.length === 0 ? [] : [unknown('monitoring', `no answer from ${inWords(away)}`)];
  return reached.length === 0 ? lost : [...lost, disks(reached), syncs(reached), flags(reached), copiesDiffer(reached)];
}

function disks(reached: readonly Reached[]): Finding {
  const check = 'disk';
  const servers = reached.map(({ name, storedBytes, limitBytes }) => ({
    name,
    share: limitBytes > 0 ? storedBytes / limitBytes : 0,
  }));
  const shares = [...servers, ...accounts(reached)];
  const full = shares.filter(({ share }) => share > FULL);
  const spelled = (full.length > 0 ? full : shares).map(({ name, share }) => `${name} ${Math.round(share * 100)} %`);
  const sentence = `of what JetStream may store: ${inWords(spelled)}`;
  if (full.some(({ share }) => share > NEARLY_FULL)) return broken(check, sentence, 'docs/runbook.md#disks-are-full');
  return full.length > 0 ? warning(check, sentence, 'docs/runbook.md#disks-are-full') : ok(check, sentence);
}

/** What copies take counts as well, on whatever server. */
function accounts(reached: readonly Reached[]): readonly { readonly name: string; readonly share: number }[] {
  const all = Map.groupBy(
    reached.flatMap(({ account }) => account ?? []),
    ({ name }) => name,
  );
  return [...all].map(([name, parts]) => ({
    name: `the account ${name}`,
    share: parts.reduce((sum, { storedBytes, limitBytes }) => sum + storedBytes / limitBytes, 0),
  }));
}

function syncs(reached: readonly Reached[]): Finding {
  const late = reached.filter(({ syncMs }) => syncMs > 0);
  if (late.length === 0) return ok('sync', 'each write is on a disk before it is acknowledged');
  const names = late.map(({ name, syncMs }) => `${name} every ${duration(syncMs)}`);
  const sentence = `written to disk at intervals (${inWords(names)}): a loss of power everywhere loses as much`;
  return late.length < reached.length
    ? warning('sync', `${sentence}; the servers differ`, 'docs/operations.md#nats')
    : ok('sync', sentence);
}

function flags(reached: readonly Reached[]): Finding {
  const check = 'feature flags';
  const all = new Set(reached.map((look) => look.flags.toSorted().join(', ')));
  const [first = ''] = all;
  if (all.size < 2) return ok(check, first === '' ? 'none is on' : `on: ${first}`);
  const spelled = reached.map((look) => `${look.name} ${look.flags.join(', ') || 'none'}`);
  return warning(check, `servers differ: ${spelled.join('; ')}`, 'docs/operations.md#which-nats-server');
}

/** Replicas that went apart keep different ends (nats-server #6194, #6485). */
function copiesDiffer(reached: readonly Reached[]): Finding {
  const check = 'same ends';
  const ends = new Map<string, { name: string; last: number }[]>();
  for (const { name, streams } of reached) {
    for (const [stream, last] of streams) ends.set(stream, [...(ends.get(stream) ?? []), { name, last }]);
  }
  const apart = [...ends].flatMap(([stream, all]) => {
    const numbers = all.map(({ last }) => last);
    const isApart = Math.max(...numbers) - Math.min(...numbers) > BEHIND;
    return isApart ? [`${stream}: ${all.map(({ name, last }) => `${name} ${last}`).join(', ')}`] : [];
  });
  if (apart.length === 0)
    return ok(check, `the servers that were asked hold the same ends of ${counted(ends.size, 'stream')}`);
  return broken(
    check,
    `servers hold different ends of a stream: ${inWords(apart)}`,
    'docs/operations.md#which-nats-server',
  );
}
