/**
 * Settings of one member, parsed from the environment. The only reader of it.
 *
 * Role: every setting with its default, bounds and meaning in one place; all errors are reported together, by name.
 * Invariant: secrets have no default; a value never appears in an error message.
 */
import { hostname } from 'node:os';
import type { z } from 'zod';
import { ConfigError } from './config-error.ts';
import { isServiceLink, misspelt } from './config-names.ts';
import { destinationSchema, natsSchema, type Settings, schema } from './config-schema.ts';
import { type ShownSettings, shownSettings } from './config-shown.ts';
import { identifier } from './config-values.ts';
import { type WebhookConfig, webhookOf, webhookProblems } from './config-webhooks.ts';
import { natsProblems } from './nats-settings.ts';

export interface Config {
  readonly nats: {
    readonly servers: readonly string[];
    readonly credentialsFile: string | null;
    readonly tls: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string } | null;
    readonly namespace: string;
    readonly replicas: number;
    readonly retentionDays: number;
  };
  readonly http: {
    readonly host: string;
    readonly port: number;
    /** 0: no shared port. */
    readonly sharedPort: number;
    /** `host` to announce to peers; with the port that was bound, unless `advertise` gives both. */
    readonly advertise: string | null;
    readonly adminTokens: readonly string[];
    /** 0: no port for operators. */
    readonly opsPort: number;
    /** The first signs. */
    readonly tokenSecrets: readonly string[];
    readonly tokenDays: number;
    readonly corsOrigins: readonly string[];
    readonly corsHeaders: readonly string[];
    readonly trustedProxies: readonly string[];
    readonly limits: HttpLimits;
  };
  readonly member: MemberSettings;
  /** How long a game at rest waits for somebody. */
  readonly abandonDays: number;
  /** The name of a game that comes with the server, or the path of a file. */
  readonly game: string;
  /** Where events are told; null: nowhere. */
  readonly webhook: WebhookConfig | null;
  readonly logLevel: string;
  /** Every setting in force, without secrets. */
  readonly shown: ShownSettings;
}

/** What a client may ask of one member, but for the last four: those count over the whole cluster. */
interface HttpLimits {
  readonly bodyBytes: number;
  readonly continueBodyBytes: number;
  readonly frameBytes: number;
  readonly requestTimeoutMs: number;
  readonly connections: number;
  readonly connectionsPerAddress: number;
  readonly socketsPerAddress: number;
  readonly spectatorsPerGame: number;
  readonly framesPerSecond: number;
  readonly creationsPerMinute: number;
  readonly gamesPerAddress: number;
  readonly joinsPerMinute: number;
  readonly listingsPerMinute: number;
  readonly failedAuthenticationsPerMinute: number;
}

/** Settings of the cluster protocols; all times in ms. */
export interface MemberSettings {
  readonly id: string;
  readonly slots: number;
  readonly heartbeatMs: number;
  readonly leaseMs: number;
  readonly goneMs: number;
  readonly suspectMs: number;
  readonly rebalanceDelayMs: number;
  readonly drainMinMs: number;
  readonly drainTimeoutMs: number;
  readonly requestDeadlineMs: number;
  /** What makes no progress for so long is told. */
  readonly stuckMs: number;
  readonly idleMs: number;
  /** How long a newer version of the game may be taken back once every member plays it. */
  readonly gameRollbackMs: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Parses an environment. Throws ConfigError with every wrong setting. */
export function readConfig(environment: Environment = process.env): Config {
  const given = givenIn(environment);
  const parsed = schema.safeParse(given);
  const issues = parsed.error?.issues ?? [];
  const problems = [...misspelt(given, Object.keys(schema.shape)), ...issues.map(describe)];
  // Those that are right are held against each other whatever is wrong with the rest.
  const wrong = new Set(issues.map((issue) => String(issue.path[0])));
  const right = Object.entries(schema.shape).filter(([name]) => !wrong.has(name));
  problems.push(...contradictions(Object.fromEntries(right.map(([name, field]) => [name, field.parse(given[name])]))));
  // A host name is only the default: it may be one that no id can be made of.
  const id = given.MINOTAUR_MEMBER_ID ?? hostname().split('.')[0] ?? '';
  if (!identifier.safeParse(id).success && given.MINOTAUR_MEMBER_ID === undefined) {
    problems.push('MINOTAUR_MEMBER_ID: is required (the host name does not make a member id)');
  }
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return assemble(parsed.data, id);
}

/** What a tool needs that speaks with NATS alone. Throws ConfigError with every wrong setting of these. */
export function readNatsConfig(environment: Environment = process.env): Config['nats'] {
  return natsOf(parsedBy(natsSchema, natsProblems, environment));
}

/** What a tool needs that only visits the receiver; null: none is set up. Throws ConfigError with every wrong setting of these. */
export function readDestination(environment: Environment): Omit<WebhookConfig, 'secrets' | 'giveUpMs'> | null {
  const settings = parsedBy(destinationSchema, webhookProblems, environment);
  const { MINOTAUR_WEBHOOK_URL: url, MINOTAUR_WEBHOOK_NETWORKS: networks = [] } = settings;
  return url === undefined ? null : { url, networks, timeoutMs: settings.MINOTAUR_WEBHOOK_TIMEOUT_MS };
}

function parsedBy<Schema extends z.ZodType>(
  part: Schema,
  problemsOf: (settings: z.output<Schema>) => readonly string[],
  environment: Environment,
): z.output<Schema> {
  const parsed = part.safeParse(givenIn(environment));
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map(describe));
  const problems = problemsOf(parsed.data);
  if (problems.length > 0) throw new ConfigError(problems);
  return parsed.data;
}

function givenIn(environment: Environment): Environment {
  return Object.fromEntries(
    Object.entries(environment).filter(
      ([name, value]) =>
        name.startsWith('MINOTAUR_') && value !== undefined && value !== '' && !isServiceLink(name, value),
    ),
  );
}

function describe({ path, code, message }: z.core.$ZodIssue): string {
  return `${String(path[0])}: ${code === 'invalid_type' ? 'is required' : message}`;
}

/** What settings that are right by themselves have against each other. A setting that is missing here was wrong. */
function contradictions(settings: Partial<Settings>): string[] {
  const isNotAbove = (one: number | undefined, other: number | undefined) =>
    one !== undefined && other !== undefined && one <= other;
  const { MINOTAUR_GONE_MS: goneMs, MINOTAUR_HEARTBEAT_MS: heartbeatMs } = settings;
  const found: string[] = [];
  if ('MINOTAUR_ADMIN_TOKEN' in settings && 'MINOTAUR_ADMIN_TOKENS' in settings) {
    const isMissing = settings.MINOTAUR_ADMIN_TOKEN === undefined && settings.MINOTAUR_ADMIN_TOKENS === undefined;
    if (isMissing) found.push('MINOTAUR_ADMIN_TOKEN: is required (or MINOTAUR_ADMIN_TOKENS, a comma list)');
  }
  if (goneMs !== undefined && heartbeatMs !== undefined && goneMs < 2 * heartbeatMs) {
    found.push('MINOTAUR_GONE_MS: must be at least 2 × MINOTAUR_HEARTBEAT_MS');
  }
  if (isNotAbove(settings.MINOTAUR_SUSPECT_MS, goneMs)) {
    found.push('MINOTAUR_SUSPECT_MS: must be more than MINOTAUR_GONE_MS');
  }
  if (isNotAbove(settings.MINOTAUR_STUCK_MS, settings.MINOTAUR_REBALANCE_DELAY_MS)) {
    found.push('MINOTAUR_STUCK_MS: must be more than MINOTAUR_REBALANCE_DELAY_MS');
  }
  if (isNotAbove(settings.MINOTAUR_DRAIN_TIMEOUT_MS, settings.MINOTAUR_DRAIN_MIN_MS)) {
    found.push('MINOTAUR_DRAIN_TIMEOUT_MS: must be more than MINOTAUR_DRAIN_MIN_MS');
  }
  const { MINOTAUR_BODY_BYTES: bodyBytes, MINOTAUR_CONTINUE_BODY_BYTES: continueBodyBytes } = settings;
  if (bodyBytes !== undefined && continueBodyBytes !== undefined && continueBodyBytes < bodyBytes) {
    found.push('MINOTAUR_CONTINUE_BODY_BYTES: must be at least MINOTAUR_BODY_BYTES');
  }
  found.push(...equalPorts(settings), ...natsProblems(settings), ...webhookProblems(settings));
  return found;
}

/** Two listeners of one member cannot share a port; 0 is none, or any free one. */
function equalPorts(settings: Partial<Settings>): string[] {
  const names = ['MINOTAUR_PORT', 'MINOTAUR_SHARED_PORT', 'MINOTAUR_OPS_PORT'] as const;
  return names.flatMap((name, index) => {
    const other = names.slice(0, index).find((earlier) => settings[name] && settings[name] === settings[earlier]);
    return other === undefined ? [] : [`${name}: must not be ${other}`];
  });
}

function assemble(settings: Settings, id: string): Config {
  return {
    nats: natsOf(settings),
    http: {
      host: settings.MINOTAUR_HOST,
      port: settings.MINOTAUR_PORT,
      sharedPort: settings.MINOTAUR_SHARED_PORT,
      advertise: settings.MINOTAUR_ADVERTISE ?? null,
      adminTokens: [
        ...(settings.MINOTAUR_ADMIN_TOKENS ?? []),
        ...(settings.MINOTAUR_ADMIN_TOKEN ? [settings.MINOTAUR_ADMIN_TOKEN] : []),
      ],
      opsPort: settings.MINOTAUR_OPS_PORT,
      tokenSecrets: settings.MINOTAUR_TOKEN_SECRETS,
      tokenDays: settings.MINOTAUR_TOKEN_DAYS,
      corsOrigins: settings.MINOTAUR_CORS_ORIGINS ?? [],
      corsHeaders: settings.MINOTAUR_CORS_HEADERS ?? [],
      trustedProxies: settings.MINOTAUR_TRUSTED_PROXIES ?? [],
      limits: limitsOf(settings),
    },
    member: {
      id,
      slots: settings.MINOTAUR_SLOTS,
      heartbeatMs: settings.MINOTAUR_HEARTBEAT_MS,
      leaseMs: settings.MINOTAUR_LEASE_MS,
      goneMs: settings.MINOTAUR_GONE_MS,
      suspectMs: settings.MINOTAUR_SUSPECT_MS,
      rebalanceDelayMs: settings.MINOTAUR_REBALANCE_DELAY_MS,
      drainMinMs: settings.MINOTAUR_DRAIN_MIN_MS,
      drainTimeoutMs: settings.MINOTAUR_DRAIN_TIMEOUT_MS,
      requestDeadlineMs: settings.MINOTAUR_REQUEST_DEADLINE_MS,
      stuckMs: settings.MINOTAUR_STUCK_MS,
      idleMs: settings.MINOTAUR_IDLE_MS,
      gameRollbackMs: settings.MINOTAUR_GAME_ROLLBACK_MS,
    },
    abandonDays: settings.MINOTAUR_ABANDON_DAYS,
    game: settings.MINOTAUR_GAME,
    webhook: webhookOf(settings),
    logLevel: settings.MINOTAUR_LOG_LEVEL,
    shown: shownSettings({ ...settings, MINOTAUR_MEMBER_ID: id }),
  };
}

function natsOf(settings: z.output<typeof natsSchema>): Config['nats'] {
  const { MINOTAUR_NATS_CA: ca, MINOTAUR_NATS_CERT: cert, MINOTAUR_NATS_KEY: key } = settings;
  return {
    servers: settings.MINOTAUR_NATS_URL,
    credentialsFile: settings.MINOTAUR_NATS_CREDS ?? null,
    tls:
      ca === undefined && cert === undefined && key === undefined
        ? null
        : { ...(ca && { caFile: ca }), ...(cert && { certFile: cert }), ...(key && { keyFile: key }) },
    namespace: settings.MINOTAUR_NAMESPACE,
    replicas: settings.MINOTAUR_KV_REPLICAS,
    retentionDays: settings.MINOTAUR_RETENTION_DAYS,
  };
}

function limitsOf(settings: Settings): HttpLimits {
  return {
    bodyBytes: settings.MINOTAUR_BODY_BYTES,
    continueBodyBytes: settings.MINOTAUR_CONTINUE_BODY_BYTES,
    frameBytes: settings.MINOTAUR_FRAME_BYTES,
    requestTimeoutMs: settings.MINOTAUR_REQUEST_TIMEOUT_MS,
    connections: settings.MINOTAUR_CONNECTIONS,
    connectionsPerAddress: settings.MINOTAUR_CONNECTIONS_PER_ADDRESS,
    socketsPerAddress: settings.MINOTAUR_SOCKETS_PER_ADDRESS,
    spectatorsPerGame: settings.MINOTAUR_SPECTATORS_PER_GAME,
    framesPerSecond: settings.MINOTAUR_FRAMES_PER_SECOND,
    creationsPerMinute: settings.MINOTAUR_CREATIONS_PER_MINUTE,
    gamesPerAddress: settings.MINOTAUR_GAMES_PER_ADDRESS,
    joinsPerMinute: settings.MINOTAUR_JOINS_PER_MINUTE,
    listingsPerMinute: settings.MINOTAUR_LISTINGS_PER_MINUTE,
    failedAuthenticationsPerMinute: settings.MINOTAUR_FAILED_AUTHENTICATIONS_PER_MINUTE,
  };
}
