/**
 * What the tool does with the receiver of webhooks itself: beside nats.ts the one file of it that knows an adapter, loaded only where it is needed.
 */
import { HttpOutgoing, type Visit } from '../adapters/outgoing/http-outgoing.ts';
import { readDestination } from '../config.ts';
import { ConfigError } from '../config-error.ts';
import type { Environment } from './command.ts';

export type { Visit };

/** As members would, but tells nothing. Rejects with ConfigError. */
export async function goToWebhook(environment: Environment): Promise<{ readonly host: string; readonly visit: Visit }> {
  const destination = readDestination(environment);
  if (destination === null) throw new ConfigError(['MINOTAUR_WEBHOOK_URL: is required']);
  const outgoing = new HttpOutgoing(destination);
  const visit = await outgoing.visit(destination.timeoutMs).finally(() => outgoing.close());
  return { host: new URL(destination.url).host, visit };
}
