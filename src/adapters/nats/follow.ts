/**
 * Following a bucket: every key's newest entry, then every later one, over an ordered push consumer.
 *
 * Role: one pass after the other; a pass is one consumer, delivering everything from the start of the stream.
 * Why all, not last-per-subject: with history 1 it is the same, and last-per-subject has missed entries beside deletions.
 * Invariants:
 *  - A pass ends at the first sign that something is missing (delivery gap, revision not above the last one, silence,
 *    consumer gone, reconnect), and the next one starts over (S11).
 *  - Entries of an ended pass are never delivered.
 *  - Filters are of the form `<prefix>.>` only: literal and wildcard filters mixed have lost messages.
 */
import type { Timer } from '../../ports/clock.ts';
import type { Subscription } from '../../ports/messaging.ts';
import type { Follow, FollowOptions } from '../../ports/store.ts';
import { failureOf, parseApiAnswer } from './api-answer.ts';
import { parsePosition, toEntry } from './entries.ts';
import { parseHeaders } from './headers.ts';
import type { Message } from './message.ts';
import { type BucketNames, streamApi } from './names.ts';
import type { Reply, Wire } from './wire.ts';

const HEARTBEAT_MS = 500;
/** Heartbeats that may be missed. Counted in turns of the event loop that came by, so a busy process misses none. */
const SILENT_HEARTBEATS = 4;
const CREATE_TIMEOUT_MS = 2_000;
const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 1_000;
/** The server removes a consumer that nobody listens to after this long. */
const ABANDONED_MS = 5_000;
const NANOSECONDS_PER_MS = 1e6;
const NOTHING = new Uint8Array(0);
const STATUS_CONTROL = 100;

/** One consumer and how far it came. */
interface Pass {
  readonly consumer: string;
  readonly subscription: Subscription;
  announced: boolean;
  delivery: number;
  revision: number;
  silentHeartbeats: number;
}

export class NatsFollow implements Follow {
  readonly #wire: Wire;
  readonly #names: BucketNames;
  readonly #options: FollowOptions;
  readonly #onStop: () => void;
  readonly #filters: readonly string[];
  readonly #endListening: () => void;
  #pass: Pass | null = null;
  #passes = 0;
  #timer: Timer | null = null;
  #retryMs = FIRST_RETRY_MS;
  #stopped = false;

  constructor(wire: Wire, names: BucketNames, options: FollowOptions, onStop: () => void) {
    this.#wire = wire;
    this.#names = names;
    this.#options = options;
    this.#onStop = onStop;
    this.#filters = outermost(options.prefixes).map((prefix) => `${names.keyPrefix}${prefix}.>`);
    this.#endListening = wire.onConnection((connected) => (connected ? this.restart() : this.#endPass()));
    this.#begin();
  }

  restart(): void {
    if (this.#stopped) return;
    this.#endPass();
    this.#begin();
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#endListening();
    this.#endPass();
    this.#onStop();
  }

  #begin(): void {
    if (!this.#wire.connected) return;
    const inbox = this.#wire.newInbox();
    const consumer = `follow_${inbox.split('.').slice(-2).join('_')}`;
    const subscription = this.#wire.subscribe(inbox, (message) => this.#receive(pass, message));
    const pass: Pass = { consumer, subscription, announced: false, delivery: 0, revision: 0, silentHeartbeats: 0 };
    this.#pass = pass;
    // Never rejects: whatever is no answer is a failure by which it begins anew.
    void this.#wire
      .request({
        subject: streamApi(this.#names.stream).createConsumer(consumer),
        payload: Buffer.from(JSON.stringify(this.#consumerRequest(consumer, inbox))),
        timeoutMs: CREATE_TIMEOUT_MS,
        conclude: readFailure,
      })
      .then((failure) => {
        if (this.#pass !== pass) return;
        if (failure === null) this.#created(pass);
        else this.#retry(failure);
      });
  }

  #consumerRequest(name: string, deliverSubject: string): object {
    return {
      stream_name: this.#names.stream,
      action: 'create',
      config: {
        name,
        deliver_subject: deliverSubject,
        deliver_policy: 'all',
        ack_policy: 'none',
        replay_policy: 'instant',
        max_deliver: 1,
        flow_control: true,
        idle_heartbeat: HEARTBEAT_MS * NANOSECONDS_PER_MS,
        inactive_threshold: ABANDONED_MS * NANOSECONDS_PER_MS,
        mem_storage: true,
        num_replicas: 1,
        headers_only: this.#options.headersOnly,
        ...(this.#filters.length > 0 && { filter_subjects: this.#filters }),
      },
    };
  }

  #created(pass: Pass): void {
    this.#retryMs = FIRST_RETRY_MS;
    this.#announce(pass);
    if (this.#pass === pass) this.#watch(pass);
  }

  #retry(reason: string): void {
    this.#wire.log.warn({ bucket: this.#names.bucket, reason }, 'a bucket cannot be followed yet; trying again');
    this.#endPass();
    this.#timer = this.#wire.clock.after(this.#retryMs, () => this.#begin());
    this.#retryMs = Math.min(2 * this.#retryMs, LONGEST_RETRY_MS);
  }

  #watch(pass: Pass): void {
    this.#timer = this.#wire.clock.after(HEARTBEAT_MS, () => {
      pass.silentHeartbeats += 1;
      if (pass.silentHeartbeats > SILENT_HEARTBEATS) this.#startOver('it went silent');
      else this.#watch(pass);
    });
  }

  #receive(pass: Pass, message: Message): void {
    pass.silentHeartbeats = 0;
    const headers = parseHeaders(message.headers);
    if (headers.status === STATUS_CONTROL) {
      this.#control(pass, message, headers.transport);
      return;
    }
    const position = headers.status === 0 ? parsePosition(message.reply) : null;
    if (!position || position.delivery !== pass.delivery + 1 || position.revision <= pass.revision) {
      this.#startOver(position ? 'a delivery is missing' : `${headers.status} ${headers.description}`);
      return;
    }
    pass.delivery = position.delivery;
    pass.revision = position.revision;
    this.#announce(pass);
    if (this.#pass !== pass) return;
    const key = message.subject.slice(this.#names.keyPrefix.length);
    this.#options.onEntry(toEntry(key, position.revision, position.writtenAt, headers, message));
  }

  /** A heartbeat or a flow control request: both say how far the consumer is. */
  #control(pass: Pass, { reply }: Message, transport: Readonly<Record<string, string>>): void {
    const stalled = transport['Nats-Consumer-Stalled'] ?? reply;
    if (stalled) this.#wire.publish(stalled, NOTHING);
    const delivered = transport['Nats-Last-Consumer'];
    if (delivered !== undefined && Number(delivered) !== pass.delivery) {
      this.#startOver('the last deliveries are missing');
    }
  }

  #announce(pass: Pass): void {
    if (pass.announced) return;
    pass.announced = true;
    this.#passes += 1;
    this.#options.onPass(this.#passes);
  }

  #startOver(reason: string): void {
    this.#wire.log.warn({ bucket: this.#names.bucket, reason }, 'following a bucket starts over');
    this.restart();
  }

  #endPass(): void {
    this.#timer?.cancel();
    this.#timer = null;
    const pass = this.#pass;
    if (!pass) return;
    this.#pass = null;
    pass.subscription.stop();
    const subject = streamApi(this.#names.stream).deleteConsumer(pass.consumer);
    // Best effort, and never rejects: the server removes an abandoned consumer by itself.
    void this.#wire.request({ subject, payload: NOTHING, timeoutMs: CREATE_TIMEOUT_MS, conclude: () => null });
  }
}

/** Without prefixes that another one covers: a server refuses overlapping filters. */
function outermost(prefixes: readonly string[]): readonly string[] {
  const all = new Set(prefixes);
  const isCovered = (prefix: string): boolean => {
    for (let dot = prefix.indexOf('.'); dot >= 0; dot = prefix.indexOf('.', dot + 1)) {
      if (all.has(prefix.slice(0, dot))) return true;
    }
    return false;
  };
  return [...all].filter((prefix) => !isCovered(prefix));
}

function readFailure(reply: Reply): string | null {
  return reply.kind === 'message' ? failureOf(parseApiAnswer(reply.message.payload)) : reply.kind;
}
