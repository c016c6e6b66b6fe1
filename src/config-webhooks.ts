/**
 * Settings of the webhook: what each may be, and what they have against each other.
 *
 * Invariant: a complaint never repeats a value: a path may be as secret as a secret.
 */
import { z } from 'zod';
import type { Settings } from './config-schema.ts';
import { allDifferent } from './config-values.ts';
import { addressIn, mayGoTo } from './egress.ts';

const SECRET = /^whsec_([A-Za-z0-9+/]+={0,2})$/;

export const webhookUrl = z.string().refine(isUrl, 'must be a URL of https: or http:, without user and password');
export const webhookSecrets = z
  .array(z.string().refine(isSecret, 'each must be whsec_ and the base64 of 24 to 64 bytes'))
  .min(1, 'must hold at least one secret')
  .max(4, 'must hold at most 4 secrets')
  .refine(allDifferent, 'must not hold a secret twice');

type WebhookSettings = Pick<Settings, Extract<keyof Settings, `MINOTAUR_WEBHOOK_${string}`>>;

export interface WebhookConfig {
  readonly url: string;
  readonly secrets: readonly string[];
  readonly networks: readonly string[];
  readonly timeoutMs: number;
  readonly giveUpMs: number;
}

/** What settings that are right by themselves have against each other. One that is missing here was wrong. */
export function webhookProblems(settings: Partial<WebhookSettings>): string[] {
  const isKnown = 'MINOTAUR_WEBHOOK_URL' in settings && 'MINOTAUR_WEBHOOK_SECRETS' in settings;
  const { MINOTAUR_WEBHOOK_URL: url, MINOTAUR_WEBHOOK_SECRETS: secrets } = settings;
  const found: string[] = [];
  if (isKnown && url !== undefined && secrets === undefined) {
    found.push('MINOTAUR_WEBHOOK_SECRETS: is required where MINOTAUR_WEBHOOK_URL is given');
  }
  if (isKnown && url === undefined && secrets !== undefined) {
    found.push('MINOTAUR_WEBHOOK_URL: is required where MINOTAUR_WEBHOOK_SECRETS is given');
  }
  if (url !== undefined && 'MINOTAUR_WEBHOOK_NETWORKS' in settings) {
    found.push(...wrongDestination(new URL(url), settings.MINOTAUR_WEBHOOK_NETWORKS ?? []));
  }
  return found;
}

function wrongDestination(url: URL, networks: readonly string[]): string[] {
  const name = 'MINOTAUR_WEBHOOK_URL';
  const isPlain = url.protocol === 'http:';
  if (isPlain && networks.length === 0) return [`${name}: must be https:, or in one of MINOTAUR_WEBHOOK_NETWORKS`];
  const address = addressIn(url);
  if (address === null || mayGoTo(address, networks, isPlain)) return [];
  return [
    `${name}: its host is not allowed: ${isPlain ? 'without TLS it' : 'it'} must be in MINOTAUR_WEBHOOK_NETWORKS`,
  ];
}

/** Null: nothing is told. */
export function webhookOf(settings: WebhookSettings): WebhookConfig | null {
  const { MINOTAUR_WEBHOOK_URL: url, MINOTAUR_WEBHOOK_SECRETS: secrets } = settings;
  if (url === undefined || secrets === undefined) return null;
  return {
    url,
    secrets,
    networks: settings.MINOTAUR_WEBHOOK_NETWORKS ?? [],
    timeoutMs: settings.MINOTAUR_WEBHOOK_TIMEOUT_MS,
    giveUpMs: settings.MINOTAUR_WEBHOOK_GIVE_UP_MS,
  };
}

function isUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.username !== '' || url.password !== '') return false;
  return url.protocol === 'https:' || url.protocol === 'http:';
}

function isSecret(text: string): boolean {
  const bytes = Buffer.from(SECRET.exec(text)?.[1] ?? '', 'base64').length;
  return bytes >= 24 && bytes <= 64;
}
