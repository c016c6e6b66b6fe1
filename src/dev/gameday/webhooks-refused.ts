/**
 * An incident: the receiver of webhooks is down for a while, and is told afterwards all that it missed.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Incident } from './incident.ts';

/** A member tries a receiver that fails every two minutes at the rarest. */
const TOLD_WITHIN_MS = 180_000;
const LOOK_EVERY_MS = 100;

export const webhooksRefused: Incident = {
  name: 'webhooks-refused',
  what: 'the receiver of webhooks answers 503 to everything',
  signs: [
    /^log webhook_failing \(warn\)/,
    /^metric minotaur_webhook_attempts_total\{outcome="rejected"\} \+/,
    /^status webhook: the receiver takes nothing: .* it answered 503/,
  ],
  runbook: ['webhooks-are-not-delivered'],
  alert: 'MinotaurWebhooksStuck',
  alertWaits: 'an event has to wait for a quarter of an hour',
  harm: async ({ receiver }) => {
    receiver.takes = false;
  },
  mend: async ({ receiver, note }) => {
    receiver.takes = true;
    const deadline = performance.now() + TOLD_WITHIN_MS;
    while (receiver.counts.owed > 0 && performance.now() < deadline) await pause(LOOK_EVERY_MS);
    const { refused, owed } = receiver.counts;
    if (owed > 0)
      throw new Error(`the receiver was never told of ${owed} of the ${refused} events that it had refused`);
    note(`receiver: all ${refused} events that it had refused were told again`);
  },
};
