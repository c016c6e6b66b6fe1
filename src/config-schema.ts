/**
 * Every setting of a member: its name, its default and its bounds.
 */
import { z } from 'zod';
import {
  adminToken,
  allDifferent,
  headerName,
  identifier,
  list,
  natsServer,
  network,
  origin,
  tokenSecret,
  wholeNumber,
} from './config-values.ts';
import { webhookSecrets, webhookUrl } from './config-webhooks.ts';

export const schema = z.object({
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
  MINOTAUR_STUCK_MS: wholeNumber(60_000, 1_000, 86_400_000),
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
  MINOTAUR_WEBHOOK_URL: webhookUrl.optional(),
  MINOTAUR_WEBHOOK_SECRETS: list.pipe(webhookSecrets).optional(),
  MINOTAUR_WEBHOOK_NETWORKS: list.pipe(z.array(network)).optional(),
  MINOTAUR_WEBHOOK_TIMEOUT_MS: wholeNumber(10_000, 100, 60_000),
  MINOTAUR_WEBHOOK_GIVE_UP_MS: wholeNumber(86_400_000, 1_000, 604_800_000),
  MINOTAUR_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

export type Settings = z.output<typeof schema>;

export const natsSchema = schema.pick({
  MINOTAUR_NATS_URL: true,
  MINOTAUR_NATS_CREDS: true,
  MINOTAUR_NATS_CA: true,
  MINOTAUR_NATS_CERT: true,
  MINOTAUR_NATS_KEY: true,
  MINOTAUR_NAMESPACE: true,
  MINOTAUR_KV_REPLICAS: true,
  MINOTAUR_RETENTION_DAYS: true,
});

/** Those of the way to the webhook alone. */
export const destinationSchema = schema.pick({
  MINOTAUR_WEBHOOK_URL: true,
  MINOTAUR_WEBHOOK_NETWORKS: true,
  MINOTAUR_WEBHOOK_TIMEOUT_MS: true,
});
