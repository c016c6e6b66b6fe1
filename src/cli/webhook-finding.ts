/**
 * How the receiver of webhooks does, as the members say that tell it: pure.
 */
import type { MemberReport, WebhookReport } from '../member/contract/gateway.ts';
import { broken, type Finding, ok, warning } from './finding.ts';
import { counted, duration, inWords } from './table.ts';

const check = 'webhook';
const runbook = 'docs/runbook.md#webhooks-are-not-delivered';
/** A game that is refused is tried again within that. */
const LATELY_MS = 300_000;

type Teller = readonly [id: string, webhook: WebhookReport];

export function webhook(members: readonly MemberReport[]): Finding {
  const asked = members.filter(({ sessions }) => sessions !== null);
  const tellers = asked.flatMap(({ id, webhook: of }): Teller[] => (of === undefined ? [] : [[id, of]]));
  if (tellers.length === 0) return ok(check, 'no member that answers tells one');
  const mute = asked.filter(({ webhook: of }) => of === undefined).map(({ id }) => id);
  if (mute.length > 0) {
    const sentence = `${inWords(mute)} knows of none, others do: what happens in its games is told to nobody; set MINOTAUR_WEBHOOK_URL on all`;
    return warning(check, sentence, runbook);
  }
  const failing = tellers.filter(([, of]) => isFailing(of));
  if (failing.length > 0) return broken(check, failingInWords(failing), runbook);
  const refused = tellers.filter(
    ([, { failure, waiting }]) => waiting > 0 && (failure?.msAgo ?? LATELY_MS) < LATELY_MS,
  );
  if (refused.length > 0) {
    const sentence = `the receiver does not take all: ${lastFailures(refused)}; ${waitingInWords(refused)}`;
    return warning(check, sentence, runbook);
  }
  const lost = tellers.filter(([, { givenUp }]) => givenUp > 0);
  if (lost.length > 0) {
    const names = lost.map(([id, { givenUp }]) => `${counted(givenUp, 'event')} by ${id}`);
    return warning(check, `given up since they began, and told to nobody: ${inWords(names)}`, runbook);
  }
  return ok(check, `the receiver takes what it is told: ${lastSuccess(tellers)}; ${waitingInWords(tellers)}`);
}

/** Something waits, and nothing has been taken since the receiver itself failed. */
function isFailing({ failure, deliveredMsAgo, waiting }: WebhookReport): boolean {
  if (failure === null || failure.ofOneGame === true || waiting === 0) return false;
  return deliveredMsAgo === null || deliveredMsAgo > failure.msAgo;
}

function failingInWords(failing: readonly Teller[]): string {
  return `the receiver takes nothing: ${lastFailures(failing)}; ${lastSuccess(failing)}; ${waitingInWords(failing)}`;
}

function lastFailures(tellers: readonly Teller[]): string {
  const [, { failure }] = tellers.toSorted(([, a], [, b]) => (a.failure?.msAgo ?? 0) - (b.failure?.msAgo ?? 0))[0] ?? [
    '',
    { failure: null },
  ];
  const who = inWords(tellers.map(([id]) => id));
  return failure === null ? who : `to ${who}, ${duration(failure.msAgo)} ago, ${meaningOf(failure)}`;
}

function lastSuccess(tellers: readonly Teller[]): string {
  const ago = tellers.flatMap(([, { deliveredMsAgo }]) => deliveredMsAgo ?? []);
  return ago.length === 0 ? 'nothing was taken yet' : `the last one was taken ${duration(Math.min(...ago))} ago`;
}

function waitingInWords(tellers: readonly Teller[]): string {
  const waiting = tellers.reduce((sum, [, of]) => sum + of.waiting, 0);
  if (waiting === 0) return 'nothing waits';
  const oldest = Math.max(...tellers.map(([, { oldestMs }]) => oldestMs));
  return `${counted(waiting, 'game')} ${waiting === 1 ? 'waits' : 'wait'}, the oldest event for ${duration(oldest)}`;
}

/** What it is, and what to do. */
function meaningOf({
  outcome,
  status = 0,
}: {
  readonly outcome: string;
  readonly status?: number | undefined;
}): string {
  switch (outcome) {
    case 'silent':
      return 'it gave no answer in time (MINOTAUR_WEBHOOK_TIMEOUT_MS)';
    case 'failed':
      return 'there was no connection, or its certificate is not trusted (the log has the reason: webhook_failing)';
    case 'forbidden':
      return 'its name led to no address that members may go to (MINOTAUR_WEBHOOK_NETWORKS)';
    default:
      return `it answered ${status}${whyOf(status)}`;
  }
}

function whyOf(status: number): string {
  if ([400, 401, 403].includes(status))
    return ' (it does not accept the signature: compare MINOTAUR_WEBHOOK_SECRETS with what it has, and both clocks)';
  if (status === 404 || status === 405 || status === 410) return ' (MINOTAUR_WEBHOOK_URL leads to nothing there)';
  if (status === 429) return ' (too many at once for it)';
  if (status >= 500) return ' (a fault of its own: see its log)';
  return status < 400 ? ' (a redirect, which is not followed: set MINOTAUR_WEBHOOK_URL to where it leads)' : '';
}
