/**
 * Settings of one member, parsed from the environment. The only reader of it.
 *
 * Role: every setting with its default, bounds and meaning in one place; all errors are reported together, by name.
 * Invariant: secrets have no default; a value never appears in an error message.
 */
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { z } from 'zod';
import { isServiceLink, misspelt } from './config-names.ts';
import { type ShownSettings, shownSettings } from './config-shown.ts';
import { isNatsServer, natsProblems } from './nats-settings.ts';

const identifier = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 characters of [A-Za-z0-9_-]');
const wholeNumber = (fallback: number, min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`))
    .default(fallback);
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);
const adminToken = z.string().regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces');
const tokenSecret = z
  .string()
  .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
  .min(32, 'each must be at least 32 bytes long');
const allDifferent = (items: readonly string[]) => new Set(items).size === items.length;
const origin = z
  .string()
  .refine(
    isOrigin,
    'must be origins as browsers write them: https://host, http://host:port, or scheme://host of an app; never null',
  );
const headerName = z.string().regex(/^[A-Za-z0-9-]{1,64}$/, 'must be names of headers');
const network = z.string().refine(isNetwork, 'must be IP addresses or networks such as 10.0.0.0/8');
const natsServer = z
  .string()
  .refine(isNatsServer, 'must be host:port, nats://host:port or tls://host:port; users and passwords percent-encoded');

const schema = z.object({
  MINOTAUR_NATS_URL: list.pipe(z.array(natsServer).min(1, 'must name at least one server')),
  MINOTAUR_NATS_CREDS: z.string().optional(),
  MINOTAUR_NATS_CA: z.string().optional(),
  MINOTAUR_NATS_CERT: z.string().optional(),
  MINOTAUR_NATS_KEY: z.string().optional(),
  MINOTAUR_MEMBER_ID: identifier.optional(),
  MINOTAUR_HOST: z.string().min(1).default('0.0.0.0'),
  MINOTAUR_PORT: wholeNumber(3000, 0, 65_535),
  MINOTAUR_SHARED_PORT: wholeNumber(0, 0, 65_535),
  MINOTAUR_OPS_PORT: wholeNumber(0, 0, 65_535),
  MINOTAUR_ADVERTISE: z
    .string()
    .regex(/^(\[[0-9a-fA-F:]+\]|[^\s:]+):\d{1,5}$/, 'must be host:port')
    .optional(),
  MINOTAUR_NAMESPACE: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,32}$/, 'must be 1 to 32 characters of [A-Za-z0-9_-]')
    .default('minotaur'),
  MINOTAUR_SLOTS: wholeNumber(256, 1, 4096),
  MINOTAUR_KV_REPLICAS: wholeNumber(1, 1, 5),
  MINOTAUR_HEARTBEAT_MS: wholeNumber(100, 10, 10_000),
  MINOTAUR_LEASE_MS: wholeNumber(50, 10, 10_000),
  MINOTAUR_GONE_MS: wholeNumber(250, 20, 60_000),
  MINOTAUR_SUSPECT_MS: wholeNumber(2_500, 100, 600_000),
  MINOTAUR_REBALANCE_DELAY_MS: wholeNumber(1_000, 0, 600_000),
  MINOTAUR_DRAIN_MIN_MS: wholeNumber(2_000, 0, 600_000),
  MINOTAUR_DRAIN_TIMEOUT_MS: wholeNumber(25_000, 100, 3_600_000),
  MINOTAUR_REQUEST_DEADLINE_MS: wholeNumber(10_000, 100, 120_000),
  MINOTAUR_IDLE_MS: wholeNumber(300_000, 100, 86_400_000),
  MINOTAUR_RETENTION_DAYS: wholeNumber(90, 1, 3_650),
  MINOTAUR_GAME: z.string().default('minotaur'),
  MINOTAUR_GAME_ROLLBACK_MS: wholeNumber(600_000, 1_000, 604_800_000),
  MINOTAUR_ABANDON_DAYS: wholeNumber(30, 1, 3_650),
  MINOTAUR_ADMIN_TOKEN: adminToken.optional(),
  MINOTAUR_ADMIN_TOKENS: list.pipe(z.array(adminToken).min(1, 'must hold at least one token')).optional(),
  MINOTAUR_TOKEN_SECRETS: list.pipe(
    z.array(tokenSecret).min(1, 'must hold at least one secret').refine(allDifferent, 'must not hold a secret twice'),
  ),
  MINOTAUR_TOKEN_DAYS: wholeNumber(90, 1, 3_650),
  MINOTAUR_CORS_ORIGINS: list.pipe(z.array(origin)).optional(),
  MINOTAUR_CORS_HEADERS: list.pipe(z.array(headerName)).optional(),
  MINOTAUR_TRUSTED_PROXIES: list.pipe(z.array(network)).optional(),
  MINOTAUR_BODY_BYTES: wholeNumber(65_536, 1_024, 1_048_576),
  MINOTAUR_CONTINUE_BODY_BYTES: wholeNumber(525_312, 1_024, 1_048_576),
  MINOTAUR_FRAME_BYTES: wholeNumber(16_384, 1_024, 1_048_576),
  MINOTAUR_REQUEST_TIMEOUT_MS: wholeNumber(30_000, 100, 600_000),
  MINOTAUR_CONNECTIONS: wholeNumber(10_000, 10, 1_000_000),
  MINOTAUR_CONNECTIONS_PER_ADDRESS: wholeNumber(2_000, 10, 1_000_000),
  MINOTAUR_SOCKETS_PER_ADDRESS: wholeNumber(1_000, 1, 1_000_000),
  MINOTAUR_SPECTATORS_PER_GAME: wholeNumber(1_000, 0, 1_000_000),
  MINOTAUR_FRAMES_PER_SECOND: wholeNumber(200, 1, 100_000),
  MINOTAUR_CREATIONS_PER_MINUTE: wholeNumber(120, 1, 1_000_000),
  MINOTAUR_GAMES_PER_ADDRESS: wholeNumber(2_000, 1, 1_000_000),
  MINOTAUR_JOINS_PER_MINUTE: wholeNumber(300, 1, 1_000_000),
  MINOTAUR_LISTINGS_PER_MINUTE: wholeNumber(6_000, 1, 1_000_000),
  MINOTAUR_FAILED_AUTHENTICATIONS_PER_MINUTE: wholeNumber(120, 1, 1_000_000),
  MINOTAUR_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

type Settings = z.output<typeof schema>;

const natsSchema = schema.pick({
  MINOTAUR_NATS_URL: true,
  MINOTAUR_NATS_CREDS: true,
  MINOTAUR_NATS_CA: true,
  MINOTAUR_NATS_CERT: true,
  MINOTAUR_NATS_KEY: true,
  MINOTAUR_NAMESPACE: true,
  MINOTAUR_KV_REPLICAS: true,
  MINOTAUR_RETENTION_DAYS: true,
});

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
  readonly idleMs: number;
  /** How long a newer version of the game may be taken back once every member plays it. */
  readonly gameRollbackMs: number;
}

/** Wrong settings, one line each: `NAME: what is wrong`. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    const different = [...new Set(problems)];
    super(`wrong settings:\n  ${different.join('\n  ')}`);
    this.problems = different;
  }
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
  const parsed = natsSchema.safeParse(givenIn(environment));
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map(describe));
  const problems = natsProblems(parsed.data);
  if (problems.length > 0) throw new ConfigError(problems);
  return natsOf(parsed.data);
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
  if (isNotAbove(settings.MINOTAUR_DRAIN_TIMEOUT_MS, settings.MINOTAUR_DRAIN_MIN_MS)) {
    found.push('MINOTAUR_DRAIN_TIMEOUT_MS: must be more than MINOTAUR_DRAIN_MIN_MS');
  }
  const { MINOTAUR_BODY_BYTES: bodyBytes, MINOTAUR_CONTINUE_BODY_BYTES: continueBodyBytes } = settings;
  if (bodyBytes !== undefined && continueBodyBytes !== undefined && continueBodyBytes < bodyBytes) {
    found.push('MINOTAUR_CONTINUE_BODY_BYTES: must be at least MINOTAUR_BODY_BYTES');
  }
  found.push(...equalPorts(settings), ...natsProblems(settings));
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

/** Schemes whose pages have no origin but `null`. */
const opaqueSchemes = new Set(['file', 'data', 'blob', 'about', 'javascript', 'ws', 'wss', 'ftp']);

/** Exactly as in a browser's `Origin` header: anything else would never match. Apps in web views have schemes of their own. */
function isOrigin(text: string): boolean {
  if (/^https?:/.test(text)) return !text.includes('*') && URL.parse(text)?.origin === text;
  const scheme = /^([a-z][a-z0-9+.-]*):\/\/[A-Za-z0-9._-]+(?::\d{1,5})?$/.exec(text)?.[1];
  return scheme !== undefined && !opaqueSchemes.has(scheme);
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  // Everybody's network is none: then whoever asks could name any address.
  return bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
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
      idleMs: settings.MINOTAUR_IDLE_MS,
      gameRollbackMs: settings.MINOTAUR_GAME_ROLLBACK_MS,
    },
    abandonDays: settings.MINOTAUR_ABANDON_DAYS,
    game: settings.MINOTAUR_GAME,
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
