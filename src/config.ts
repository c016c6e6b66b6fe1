/**
 * Settings of one member, parsed from the environment. The only reader of it.
 *
 * Role: every setting with its default, bounds and meaning in one place; all errors are reported together, by name.
 * Invariant: secrets have no default; a value never appears in an error message.
 */
import { hostname } from 'node:os';
import { z } from 'zod';

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

const schema = z.object({
  MINOTAUR_NATS_URL: list.pipe(z.array(z.string()).min(1, 'must name at least one server')),
  MINOTAUR_NATS_CREDS: z.string().optional(),
  MINOTAUR_NATS_CA: z.string().optional(),
  MINOTAUR_NATS_CERT: z.string().optional(),
  MINOTAUR_NATS_KEY: z.string().optional(),
  MINOTAUR_MEMBER_ID: identifier.optional(),
  MINOTAUR_HOST: z.string().min(1).default('0.0.0.0'),
  MINOTAUR_PORT: wholeNumber(3000, 0, 65_535),
  MINOTAUR_SHARED_PORT: wholeNumber(0, 0, 65_535),
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
  MINOTAUR_ADMIN_TOKEN: adminToken.optional(),
  MINOTAUR_ADMIN_TOKENS: list.pipe(z.array(adminToken).min(1, 'must hold at least one token')).optional(),
  MINOTAUR_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

type Settings = z.output<typeof schema>;

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
  };
  readonly member: MemberSettings;
  readonly logLevel: string;
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
}

/** Wrong settings, one line each: `NAME: what is wrong`. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`wrong settings:\n  ${problems.join('\n  ')}`);
    this.problems = problems;
  }
}

/** Parses an environment. Throws ConfigError with every wrong setting. */
export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const given = Object.fromEntries(
    Object.entries(environment).filter(
      ([name, value]) => name.startsWith('MINOTAUR_') && value !== undefined && value !== '',
    ),
  );
  const parsed = schema.safeParse(given);
  const issues = parsed.error?.issues ?? [];
  const problems = issues.map(
    (issue) => `${String(issue.path[0])}: ${issue.code === 'invalid_type' ? 'is required' : issue.message}`,
  );
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
  return found;
}

function assemble(settings: Settings, id: string): Config {
  const { MINOTAUR_NATS_CA: ca, MINOTAUR_NATS_CERT: cert, MINOTAUR_NATS_KEY: key } = settings;
  return {
    nats: {
      servers: settings.MINOTAUR_NATS_URL,
      credentialsFile: settings.MINOTAUR_NATS_CREDS ?? null,
      tls:
        ca === undefined && cert === undefined && key === undefined
          ? null
          : { ...(ca && { caFile: ca }), ...(cert && { certFile: cert }), ...(key && { keyFile: key }) },
      namespace: settings.MINOTAUR_NAMESPACE,
      replicas: settings.MINOTAUR_KV_REPLICAS,
      retentionDays: settings.MINOTAUR_RETENTION_DAYS,
    },
    http: {
      host: settings.MINOTAUR_HOST,
      port: settings.MINOTAUR_PORT,
      sharedPort: settings.MINOTAUR_SHARED_PORT,
      advertise: settings.MINOTAUR_ADVERTISE ?? null,
      adminTokens: [
        ...(settings.MINOTAUR_ADMIN_TOKENS ?? []),
        ...(settings.MINOTAUR_ADMIN_TOKEN ? [settings.MINOTAUR_ADMIN_TOKEN] : []),
      ],
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
    },
    logLevel: settings.MINOTAUR_LOG_LEVEL,
  };
}
