/**
 * What may go wrong on a gameday: how it is brought about, and who should notice.
 *
 * Role: types alone. incidents.ts has the list, run-incident.ts makes one happen.
 */
import type { LocalMember } from '../local-member.ts';
import type { NatsProcess } from '../nats-process.ts';
import type { Receiver } from './receiver.ts';

export interface Sent {
  readonly body?: unknown;
  readonly token?: string;
  /** The address of a member. */
  readonly at?: string;
}

export interface Answered {
  readonly status: number;
  /** Null if there is none. */
  readonly body: unknown;
}

/** A program that has ended. */
export interface Called {
  readonly code: number | null;
  /** Both outputs. */
  readonly text: string;
}

/** What an incident is played on. */
export interface Stage {
  readonly members: readonly LocalMember[];
  readonly nats: NatsProcess;
  readonly namespace: string;
  /** Of this cluster alone; what the NATS server stores is in `nats` below it. */
  readonly folder: string;
  /** That players' tokens are signed with at first. */
  readonly tokenSecrets: string;
  /** Of what members tell by webhooks. */
  readonly receiver: Receiver;
  /** As an administrator at the first member, unless it is said otherwise. Rejects if there is no answer. */
  send(method: 'GET' | 'POST' | 'DELETE', path: string, more?: Sent): Promise<Answered>;
  /** `npm run minotaur -- …`, with the settings of whoever asks NATS. */
  tool(...argv: readonly string[]): Promise<Called>;
  /** `npm run backup -- …`. */
  backup(...argv: readonly string[]): Promise<Called>;
  /** One more member, with these settings over those of all others, to its end. What its log says last. */
  runToItsEnd(environment: Readonly<Record<string, string>>): Promise<string>;
  /** Something that an operator sees by doing this. */
  note(line: string): void;
}

export interface Incident {
  readonly name: string;
  /** What is done, in one sentence. */
  readonly what: string;
  /** Each of them has to be among what an operator saw (watch.ts says how that is put). */
  readonly signs: readonly RegExp[];
  /** Entries of docs/runbook.md that it leads to, as in links; none: there is nothing to do. */
  readonly runbook: readonly string[];
  /** The alert that fires. */
  readonly alert: string | null;
  /** Why that alert does not fire on a gameday; absent: it does. */
  readonly alertWaits?: string;
  harm(stage: Stage): Promise<void>;
  /** Again and again, until all signs were seen and the alert fires: what happens once is over by then. */
  goOn?(stage: Stage): Promise<void>;
  /** After all signs were seen, and the alert fires. */
  mend(stage: Stage): Promise<void>;
}
