/**
 * Every metric of a member's own: its name, what it says, and every value that its labels can have.
 *
 * Role: the one table that the code which measures, `/metrics`, docs/metrics.md and the alerts agree on.
 * Invariant: what is not listed here cannot be measured, so the number of series is known, and each is there from the start.
 */

/** Label → its possible values. */
export type Labels = Readonly<Record<string, readonly string[]>>;

export interface CounterRow {
  readonly help: string;
  readonly labels: Labels;
}

export interface HistogramRow extends CounterRow {
  /** Upper bounds, ascending; seconds where the name ends with that. */
  readonly buckets: readonly number[];
}

/** Within a process and over a good network to a store that is far. */
const FAST = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
/** What takes as long as elections and moves take. */
const SLOW = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** What is tried again until it works. */
const PATIENT = [0.05, 0.1, 0.25, 0.5, 1, 5, 30, 120, 600, 3_600, 86_400];

/** Within this process. */
const INSTANT = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 2];

/** Members of a game's module that are called while it is played. */
export const moduleCalls = [
  'setup',
  'turn',
  'resolve',
  'outcome',
  'view',
  'allows',
  'legal',
  'bot',
  'migrations',
] as const;

const kinds = ['read', 'continue', 'create', 'erase', 'command'] as const;

export const incidentKinds = [
  'rejoins',
  'expelled_dead',
  'expelled_gone',
  'expelled_silent',
  'rollbacks',
  'unreadable',
  'notUnderstood',
  'outranked',
  'failures',
  'clockSkew',
  'storeClockJumps',
  'clusterTimeCorrections',
  'logLinesDropped',
] as const;

export type IncidentKind = (typeof incidentKinds)[number];

export const retryReasons = ['unknown', 'unavailable', 'busy', 'lagging', 'unanswered', 'conflict', 'failed'] as const;

export type RetryReason = (typeof retryReasons)[number];

/**
 * What may be stuck: the write of a game, a record of the archive that the write of its game (or its end) waits for, a game that is read into
 * memory, a slot that this member should serve, a slot that it should hand over.
 */
export const stuckKinds = ['session', 'archive', 'claim', 'slot', 'handoff'] as const;

export type StuckKind = (typeof stuckKinds)[number];

/** Limits of the edge that refuse. */
export const limitNames = [
  'connections',
  'connections_per_address',
  'sockets_per_address',
  'spectators_per_game',
  'request_timeout',
  'body_bytes',
  'frame_bytes',
  'frames_per_second',
  'socket_buffer_bytes',
  'sockets_buffer_bytes',
  'waiting_requests',
  'creations_per_minute',
  'games_per_address',
  'joins_per_minute',
  'listings_per_minute',
  'failed_authentications_per_minute',
] as const;

export type LimitName = (typeof limitNames)[number];

/** What is read when somebody looks. */
export const gauges = {
  ready: { help: '1 if this member is ready', labels: {} },
  nats_connected: { help: '1 if this member is connected to NATS', labels: {} },
  bucket_usable: {
    help: '1 if the bucket is there and takes writes, as far as this member knows',
    labels: { bucket: ['members', 'slots', 'sessions', 'archive'] },
  },
  members: { help: 'Members in the group, as far as this member knows', labels: {} },
  slots_held: { help: 'Slots that this member holds', labels: {} },
  slots_wanted: { help: 'Slots that the ring gives to this member', labels: {} },
  slots_unowned: { help: 'Slots without an owner, as far as this member knows', labels: {} },
  sessions: { help: 'Sessions in the slots that this member holds', labels: {} },
  games: {
    help: 'Games in the slots that this member holds, by status; `suspended` are active ones whose clock stands still because nobody plays',
    labels: { status: ['lobby', 'active', 'suspended'] },
  },
  deadlines: { help: 'Round ends that this member keeps, one a game at most', labels: {} },
  loads: { help: 'Games that are being loaded, or wait for that', labels: {} },
  loads_at_once: {
    help: 'How many games may be loaded at one time: more while NATS answers quickly, fewer when it takes long',
    labels: {},
  },
  claims_outstanding: {
    help: 'Games of slots that this member took over and has not claimed yet',
    labels: {},
  },
  stuck: {
    help: 'What this member has begun and made no progress with for longer than `MINOTAUR_STUCK_MS`, by kind',
    labels: { kind: stuckKinds },
  },
  sockets: { help: 'Open sockets and streams at this member', labels: {} },
  clock_held_ms: {
    help: 'By how much the time of games is kept ahead of the clock of NATS, which jumped, in ms',
    labels: {},
  },
  webhook_games: { help: 'Games of this member of which something is still to be told to the webhook', labels: {} },
  webhook_oldest_seconds: {
    help: 'For how long the oldest event has waited that is still to be told to the webhook',
    labels: {},
  },
} as const satisfies Record<string, CounterRow>;

export type GaugeName = keyof typeof gauges;

/** What is counted where it happens, and read when somebody looks. */
export const tallies = {
  incidents: {
    help: 'What went wrong and was survived, by kind; `rollbacks` means that NATS lost acknowledged writes',
    labels: { kind: incidentKinds },
  },
  retries: {
    help: 'What was tried again because NATS gave no final answer, by reason',
    labels: { reason: retryReasons },
  },
  refusals: {
    help: 'What a limit refused (connections, sockets, requests, frames), by limit',
    labels: { limit: limitNames },
  },
} as const satisfies Record<string, CounterRow>;

export const counters = {
  operations: {
    help: 'Requests about one game that this member was asked, by what came of them: `unavailable` are those whose time ran out',
    labels: { kind: kinds, outcome: ['done', 'refused', 'unavailable', 'failed'] },
  },
  commits: {
    help: 'Writes of games, by what came of them: `conflict` is another owner, `abandoned` an end without knowing',
    labels: { outcome: ['landed', 'conflict', 'refused', 'rolledBack', 'abandoned'] },
  },
  forwards: {
    help: 'Messages to the owner of a game, by what came of them',
    labels: { outcome: ['answer', 'noResponders', 'timeout', 'disconnected', 'tooLarge'] },
  },
  renewals: {
    help: 'Renewals of the own membership key, by what came of them',
    labels: { outcome: ['landed', 'stale', 'refused', 'busy', 'unavailable', 'unknown'] },
  },
  lease_lapses: {
    help: 'How often a read found the lease lapsed and had to wait for a renewal',
    labels: {},
  },
  slots_taken: {
    help: 'Slots that this member began to hold, by how it came to them',
    labels: { acquired: ['initial', 'takeover', 'handoff', 'retake'] },
  },
  handoffs: {
    help: 'Slots that this member set out to hand over, by what came of it',
    labels: { outcome: ['done', 'refused'] },
  },
  game_loads: {
    help: 'Games that were read into memory, by what came of it',
    labels: { outcome: ['found', 'nothing', 'unusable', 'unanswered', 'lagging', 'conflict'] },
  },
  claims: {
    help: 'Games that were stamped as this member’s own before they were served, by what came of it: `conflict` is another owner',
    labels: { outcome: ['landed', 'conflict', 'refused', 'rolledBack', 'abandoned'] },
  },
  webhook_attempts: {
    help: 'Attempts to tell the webhook of an event, by what came of them: `rejected` is any answer but 2xx, `forbidden` an address that may not be reached',
    labels: { outcome: ['delivered', 'rejected', 'silent', 'failed', 'forbidden'] },
  },
  webhook_given_up: {
    help: 'Events that the webhook was never told of, by why: `age`, `behind` and `full` are limits, `unreadable` those that cannot be found',
    labels: { reason: ['age', 'behind', 'full', 'unreadable'] },
  },
} as const satisfies Record<string, CounterRow>;

export const histograms = {
  operation_seconds: {
    help: 'How long a request about one game took at this member, which passed it on or not',
    labels: { kind: kinds },
    buckets: FAST,
  },
  forward_seconds: {
    help: 'How long the owner of a game took to answer',
    labels: { kind: ['read', 'write'] },
    buckets: FAST,
  },
  commit_seconds: {
    help: 'How long the write of a game took, archive of its round and repetitions included',
    labels: {},
    buckets: FAST,
  },
  commit_operations: {
    help: 'How many commands and answers went into one write of a game',
    labels: {},
    buckets: [1, 2, 5, 10, 25, 50, 100],
  },
  renewal_seconds: {
    help: 'How long NATS took to acknowledge a renewal',
    labels: {},
    buckets: FAST,
  },
  load_seconds: {
    help: 'How long reading a game into memory took, its claim included',
    labels: {},
    buckets: FAST,
  },
  handoff_seconds: {
    help: 'How long a slot stood still because it was handed over',
    labels: {},
    buckets: SLOW,
  },
  listing_seconds: {
    help: 'How long it took from holding a slot until all games of it were known',
    labels: {},
    buckets: SLOW,
  },
  round_end_late_seconds: {
    help: 'How long after its time the end of a round was begun',
    labels: {},
    buckets: SLOW,
  },
  webhook_seconds: {
    help: 'How long it took from an event until the webhook had accepted it',
    labels: {},
    buckets: PATIENT,
  },
  module_call_seconds: {
    help: 'How long a call into the game took, by the member of its module',
    labels: { call: moduleCalls },
    buckets: INSTANT,
  },
} as const satisfies Record<string, HistogramRow>;

export type CounterName = keyof typeof counters;
export type HistogramName = keyof typeof histograms;

/** A value for each label of a row. */
export type LabelsOf<Row extends CounterRow> = Readonly<Record<string, string>> & {
  readonly [Label in keyof Row['labels']]: Row['labels'][Label][number];
};
