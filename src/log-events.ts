/**
 * Every line that a member logs by itself: its name, its level, and its words.
 *
 * Role: the one table that the log, docs/log-events.md and whoever searches logs agree on. Words may be made better; names stay.
 * Invariant: a line that is not listed has no name; a test holds the code to the table.
 */
import { type LoggerOptions, stdTimeFunctions } from 'pino';

/** Each a field, or the first of several that is there. */
export type SummedBy = readonly (string | readonly string[])[];

export interface LogEvent {
  readonly level: 'info' | 'warn' | 'error' | 'fatal';
  readonly message: string;
  /**
   * Fields that make two of them the same trouble, which is summed when it repeats itself (summed-log.ts); none: they all are. Absent: each is
   * written, because each is read as a record of something that happened once. A line with a `requestId` is never summed: of the same trouble
   * there are few (few-lines.ts).
   */
  readonly summedBy?: SummedBy;
}

const info = (message: string, summedBy?: SummedBy): LogEvent => event('info', message, summedBy);
const warn = (message: string, summedBy?: SummedBy): LogEvent => event('warn', message, summedBy);
const error = (message: string, summedBy?: SummedBy): LogEvent => event('error', message, summedBy);

export const logEvents = {
  settings_in_force: info('settings in force'),
  listening: info('listening'),
  port_refused: warn('browsers and fetch refuse to speak to this port, whatever listens there: take another one'),
  not_listening_on_ipv6: info('not listening on ::1'),
  nats_connected: info('connected to NATS'),
  joined: info('joined the cluster'),
  stop_announced: info('a stop is announced: no connection is kept any more'),
  draining: info('draining'),
  drained: info('drained'),
  stopped: info('stopped'),

  expelled: warn('this member was expelled: it joins again as a new incarnation'),
  peer_expelled: warn('expelled a member'),
  handoff_failed: warn('a handoff did not come about', ['to']),
  stuck: warn('something makes no progress'),
  stuck_over: info('what was stuck goes on, or is given up'),
  builds_differ: warn(
    'members have played different code under one version of the game for 10 minutes: deploy one of them everywhere',
  ),
  builds_agree: info('all members play the same code of the game again'),
  written_version_raised: info('what members store and say to each other is of a newer version from now on'),
  game_version_raised: info('the version of the game that is written changes'),

  nats_waiting: warn('waiting for NATS', ['server', 'reason']),
  nats_disconnected: warn('disconnected from NATS', ['server', 'reason']),
  nats_reconnected: info('reconnected to NATS', ['server']),
  nats_silent: warn('NATS went silent', ['server']),
  nats_stopping: info('this NATS server is about to stop'),
  nats_not_used: error('this NATS server is not used', ['server', 'reason']),
  nats_outdated: warn('this nats-server has defects that a newer one has mended: update it', ['version']),
  nats_small_payload: warn('NATS takes small messages only (max_payload): games have less room', []),
  nats_error: error('NATS reports an error', ['reason']),
  nats_denied: error(
    'NATS does not allow this: grant the permission to the user of the members (docs/nats-permissions.md)',
    ['action', ['grant', 'subject']],
  ),
  jetstream_waiting: warn('waiting for JetStream', ['bucket', 'reason']),
  bucket_replicas_differ: warn(
    'the bucket has another number of replicas than configured; change it with the nats tool',
  ),
  bucket_retention_changed: info('the retention of the bucket was changed'),
  bucket_retention_kept: warn('the retention of the bucket cannot be changed'),
  bucket_gone: error('the bucket is gone: members make none while they run'),
  bucket_back: info('the bucket is there again'),
  bucket_full: error('NATS stores nothing in this bucket', ['bucket', 'reason']),
  bucket_stores_again: info('NATS stores again in this bucket'),
  follow_failed: warn('a bucket cannot be followed yet; trying again', ['bucket', 'reason']),
  follow_restarted: warn('following a bucket starts over', ['bucket', 'reason']),

  writes_lost: error('NATS lost acknowledged writes: it shows an older state than it had acknowledged'),
  record_unreadable: error('a stored record cannot be read'),
  record_outranked: error(
    'a record in the archive is of a later epoch than its slot: unless another member has the slot, it is taken again, under a higher one',
    [],
  ),
  erasure_unfinished: warn('an erasure could not be finished: it is tried again within minutes', ['what']),
  peer_not_understood: error('another member says what this release cannot read'),
  clock_skew: error(
    'the clock of this machine differs from that of NATS: tokens expire by it, games do not go by it',
    [],
  ),
  nats_clock_jumped: error('the clock of NATS jumped against that of this machine: games are kept from it', []),
  cluster_time_corrected: error('the time of games is corrected to that of the other members', []),
  log_lines_dropped: error('nobody read the log for a while: lines of it were dropped', []),

  webhook_refusing: warn('the webhook refuses what it is told of a game: it is tried again', ['kind', 'status']),
  webhook_failing: warn('the webhook takes no deliveries: they are tried again'),
  webhook_working: info('the webhook takes deliveries again'),
  webhook_given_up: error('events are given up: the webhook was never told of them', ['reason']),

  connections_refused: warn('connections are refused: a limit is reached', ['limit']),
  game_slow: warn('the game is slow: everybody at this member waits', ['kind']),
  game_failed: error('the game made a mistake', ['game', 'err']),
  request_unserved: warn('a request was answered with a 5xx', ['gameId', 'where', 'code']),
  request_refused: warn('the owner of a game answers a request with a 5xx', ['gameId', 'code']),
  command_in_doubt: warn('a command is in doubt: what was written with it may have been stored', ['gameId', 'cause']),
  request_failed: error('unexpected error', ['where', 'err']),
  socket_failed: error('unexpected error on a socket', ['err']),
  peer_request_failed: error('a request from another member could not be answered', ['err']),
  nats_callback_failed: error('a callback on the NATS connection threw', ['where', 'err']),
  failed: error('something failed unexpectedly', ['err']),
  tracing_failed: error('tracing failed: spans are lost, requests are not', []),
  member_failed: { level: 'fatal', message: 'failed' },
} as const satisfies Readonly<Record<string, LogEvent>>;

function event(level: LogEvent['level'], message: string, summedBy?: SummedBy): LogEvent {
  return { level, message, ...(summedBy && { summedBy }) };
}

const byMessage: ReadonlyMap<string, LogEvent & { readonly name: string }> = new Map(
  Object.entries(logEvents).map(([name, of]) => [of.message, { name, ...of }]),
);

/** Undefined: these words are not in the table. */
export function eventOf(message: string): (LogEvent & { readonly name: string }) | undefined {
  return byMessage.get(message);
}

/** How the lines of a member look: one JSON object each, levels in words, times as RFC 3339, the name of what happened. */
export function logOptions(level: string, member: string): LoggerOptions {
  return {
    level,
    base: { member },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    hooks: {
      logMethod(args, write) {
        const [fields, message, ...rest] = args as unknown as [object, string];
        const event = eventOf(message)?.name;
        return write.apply(this, event === undefined ? args : [{ event, ...fields }, message, ...rest]);
      },
    },
  };
}
