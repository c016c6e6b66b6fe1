/**
 * What is wrong with NATS, its servers and the way to it: pure.
 */
import { broken, type Finding, ok, unknown, warning } from '../finding.ts';
import type { NatsFacts, ServerLook } from '../nats.ts';
import { counted, duration, inWords } from '../table.ts';

/** Whether a version will do: what to update to; null: it is fine; an Error: it is too old. */
export type JudgeVersion = (version: string) => string | null | Error;

type Reached = ServerLook & { readonly is: 'reached' };

const USUAL_PAYLOAD_BYTES = 1024 * 1024;
/** Members and NATS are in one data centre, as a rule. */
const SLOW_MS = 25;
const SOON_MS = 14 * 86_400_000;

const table = 'docs/operations.md#nats-credentials-tls-permissions';

export function natsFindings(facts: NatsFacts, judge: JudgeVersion, now: number): readonly Finding[] {
  const reached = facts.servers.filter((server) => server.is === 'reached');
  return [
    servers(facts),
    ...(reached.length === 0
      ? []
      : [
          versions(reached, judge),
          jetStream(reached),
          payload(reached),
          distance(reached),
          certificates(reached, now),
        ]),
    ending('credentials', facts.credentialsEnd, 'MINOTAUR_NATS_CREDS', now),
    ending('certificate', facts.certificateEnd, 'MINOTAUR_NATS_CERT', now),
    permissions(facts),
  ];
}

function servers({ servers: all, reason }: NatsFacts): Finding {
  const check = 'NATS';
  const away = all.flatMap((server) => (server.is === 'away' ? [`${server.address}: ${server.reason}`] : []));
  const runbook = 'docs/runbook.md#readyz-fails-on-every-member-livez-answers';
  if (away.length === all.length) return broken(check, `no NATS server is reached: ${inWords(away)}`, runbook);
  if (reason !== null) return broken(check, `NATS does not let us in: ${reason}`, table);
  if (away.length > 0) {
    const sentence = `${away.length} of ${counted(all.length, 'NATS server')} not reached: ${inWords(away)}`;
    return broken(check, sentence, 'docs/runbook.md#nats-has-no-quorum');
  }
  return ok(check, `${counted(all.length, 'NATS server')} reached`);
}

function versions(reached: readonly Reached[], judge: JudgeVersion): Finding {
  const check = 'NATS version';
  const runbook = 'docs/operations.md#which-nats-server';
  const judged = reached.map(({ address, version }) => ({ address, version, verdict: judge(version) }));
  const tooOld = judged.flatMap(({ address, verdict }) =>
    verdict instanceof Error ? [`${address}: ${verdict.message}`] : [],
  );
  if (tooOld.length > 0) return broken(check, inWords(tooOld), runbook);
  const older = judged.filter(({ verdict }) => verdict !== null);
  if (older.length > 0) {
    const names = older.map(
      ({ address, version, verdict }) => `${address} is ${version}, ${verdict} has its defects mended`,
    );
    return warning(check, inWords(names), runbook);
  }
  const all = [...new Set(reached.map(({ version }) => version))];
  if (all.length > 1) return warning(check, `servers are of different versions: ${inWords(all)}`, runbook);
  return ok(check, `nats-server ${all.join()}`);
}

function jetStream(reached: readonly Reached[]): Finding {
  const without = reached.filter(({ hasJetStream }) => !hasJetStream).map(({ address }) => address);
  if (without.length === 0) return ok('JetStream', 'on at every server');
  const sentence = `JetStream is off at ${inWords(without)}: not configured, or its disk was full`;
  return broken('JetStream', sentence, 'docs/runbook.md#disks-are-full');
}

function payload(reached: readonly Reached[]): Finding {
  const least = Math.min(...reached.map(({ maxPayload }) => maxPayload));
  if (least >= USUAL_PAYLOAD_BYTES) return ok('max_payload', `${least} bytes`);
  const sentence = `NATS takes messages of ${least} bytes at most, not the usual ${USUAL_PAYLOAD_BYTES}: games have less room`;
  return warning('max_payload', sentence, 'docs/operations.md#how-large-messages-may-be');
}

function distance(reached: readonly Reached[]): Finding {
  const farthest = Math.max(...reached.map(({ roundTripMs }) => roundTripMs));
  const sentence = `a round trip from here takes ${duration(farthest)}`;
  if (farthest < SLOW_MS) return ok('distance', sentence);
  const slow = `${sentence}: where members are as far, every command takes longer, and leases lapse`;
  return warning('distance', slow, 'docs/operations.md#sizing');
}

function certificates(reached: readonly Reached[], now: number): Finding {
  const check = 'server certificates';
  const all = reached.flatMap(({ address, certificateEnd }) =>
    certificateEnd === null ? [] : [{ address, end: certificateEnd }],
  );
  const [first] = all.toSorted((a, b) => a.end - b.end);
  if (first === undefined) return ok(check, 'none: what goes to NATS is not encrypted');
  const when = new Date(first.end).toISOString();
  const sentence = `that of ${first.address} ends in ${duration(first.end - now)} (${when})`;
  return first.end - now < SOON_MS
    ? warning(check, sentence, 'docs/operations.md#rotating-secrets')
    : ok(check, sentence);
}

function ending(check: string, end: number | null, setting: string, now: number): Finding {
  if (end === null) return ok(check, `none that ends in ${setting}`);
  const when = new Date(end).toISOString();
  if (end <= now) return broken(check, `what is in ${setting} ended ${duration(now - end)} ago (${when})`, table);
  const sentence = `what is in ${setting} ends in ${duration(end - now)} (${when})`;
  return end - now < SOON_MS ? warning(check, sentence, 'docs/operations.md#rotating-secrets') : ok(check, sentence);
}

/** Each line by itself: what is granted to it stands in no log. */
function permissions({ inside }: NatsFacts): Finding {
  const check = 'permissions';
  if (inside === null) return unknown(check, 'nobody got in to try them');
  const missing = inside.missingPermissions.map(({ action, line }) => `${action} ${line}`);
  if (missing.length === 0) return ok(check, 'this user may do all that members need');
  const sentence = `this user lacks ${counted(missing.length, 'line')} that members need: ${inWords(missing)}`;
  return broken(check, sentence, 'docs/nats-permissions.md');
}
