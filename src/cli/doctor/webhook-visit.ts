/**
 * The way from this machine to the receiver of webhooks: a visit that tells it nothing, by the rules that members go by.
 *
 * Role: with the settings of members; what came of it, as a finding. The part that goes there is loaded only where there is something to visit.
 */
import type { Environment } from '../command.ts';
import { broken, type Finding, ok, unknown, warning } from '../finding.ts';
import { duration } from '../table.ts';
import type { Visit } from '../webhook.ts';

const check = 'webhook visit';
const runbook = 'docs/runbook.md#webhooks-are-not-delivered';
const SOON_MS = 14 * 86_400_000;

/** `isTold`: members tell one. Rejects with ConfigError. */
export async function visitWebhook(environment: Environment, isTold: boolean, now: number): Promise<Finding> {
  if (!environment.MINOTAUR_WEBHOOK_URL) {
    if (!isTold) return ok(check, 'none is set up here');
    return unknown(check, 'not visited: set MINOTAUR_WEBHOOK_URL, and MINOTAUR_WEBHOOK_NETWORKS where members have it');
  }
  const { goToWebhook } = await import('../webhook.ts');
  const { host, visit } = await goToWebhook(environment);
  return visitFinding(host, visit, now);
}

/** `host`: of the URL, whose path may be a secret. */
export function visitFinding(host: string, visit: Visit, now: number): Finding {
  if (visit.kind === 'silent')
    return broken(check, `${host} takes a connection, or none, and does not answer`, runbook);
  if (visit.kind === 'failed') return broken(check, `${host} cannot be reached from here: ${visit.reason}`, runbook);
  if (visit.kind === 'refused') {
    const sentence = `members may not go to ${host}: ${visit.reason} (MINOTAUR_WEBHOOK_NETWORKS)`;
    return broken(check, sentence, runbook);
  }
  const { status, certificateEnd } = visit;
  if (status >= 300 && status < 400) {
    const sentence = `${host} redirects (${status}), which is not followed: set MINOTAUR_WEBHOOK_URL to where it leads`;
    return broken(check, sentence, runbook);
  }
  if (status >= 500) return warning(check, `${host} answers ${status} to an empty request: it may be broken`, runbook);
  if (certificateEnd !== null && certificateEnd - now < SOON_MS) {
    const sentence = `the certificate of ${host} ends in ${duration(certificateEnd - now)}: then nothing is told to it`;
    return warning(check, sentence, runbook);
  }
  const encrypted =
    certificateEnd === null ? 'without TLS' : `its certificate ends in ${duration(certificateEnd - now)}`;
  return ok(check, `${host} may be gone to and answers (${status} to an empty request), ${encrypted}`);
}
