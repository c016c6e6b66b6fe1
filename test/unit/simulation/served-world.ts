/**
 * A small simulated world in which nothing goes wrong by itself, and a witness that writes down what clients do in it.
 */
import type { MemberSettings } from '../../../src/member/member.ts';
import type { ClientContext } from '../../simulation/clients/context.ts';
import type { LoadPlan } from '../../simulation/clients/load-plan.ts';
import { Front } from '../../simulation/world/front.ts';
import { Machine, Process } from '../../simulation/world/machine.ts';
import { MemberHost } from '../../simulation/world/member-host.ts';
import { Streams } from '../../simulation/world/streams.ts';
import { Timeline } from '../../simulation/world/timeline.ts';
import type {
  Asked,
  AskedPage,
  Heard,
  HeardPage,
  Seen,
  SeenEvent,
  Socket,
  Witness,
} from '../../simulation/world/witness.ts';
import { MemoryBroker } from '../../support/memory-broker.ts';
import { MemoryBus } from '../../support/memory-messaging.ts';
import { MemoryBuckets } from '../../support/memory-store.ts';

const settings: Omit<MemberSettings, 'id'> = {
  slots: 8,
  heartbeatMs: 100,
  leaseMs: 50,
  goneMs: 250,
  suspectMs: 2_500,
  rebalanceDelayMs: 1_000,
  stuckMs: 60_000,
  idleMs: 60_000,
  gameRollbackMs: 30_000,
  drainMinMs: 2_000,
  drainTimeoutMs: 25_000,
  requestDeadlineMs: 10_000,
};

export const calmLoad: LoadPlan = {
  games: 4,
  clients: 3,
  sockets: 3,
  browsers: 0,
  unlisted: 0,
  pauseMs: 100,
  keyed: 0.9,
  around: 0,
  lateRetries: 0.2,
  bursts: 0.02,
  idleRounds: 0,
  rounds: 0.5,
  roundMs: [500, 2_000],
  curses: 0,
  refusals: 0,
  throws: 0,
  grows: 0.02,
  strongReads: 0.3,
  eventualReads: 0.2,
  endRounds: 0,
};

/** What became of one operation. */
export interface Story {
  readonly asked: Asked;
  readonly heard: Heard[];
  copies: number;
  gaveUpAt: number | null;
}

export interface SocketStory {
  readonly socket: Socket;
  readonly seen: Seen[];
  readonly events: number[];
  closedAt: number | null;
}

class Notes implements Witness {
  readonly stories = new Map<number, Story>();
  readonly sockets = new Map<Socket, SocketStory>();
  readonly pages: { readonly asked: AskedPage; heard: HeardPage | null }[] = [];

  get all(): readonly Story[] {
    return [...this.stories.values()];
  }

  asked(asked: Asked): void {
    this.stories.set(asked.number, { asked, heard: [], copies: 1, gaveUpAt: null });
  }

  repeated({ number }: Asked): void {
    const story = this.stories.get(number);
    if (story !== undefined) story.copies += 1;
  }

  heard({ number }: Asked, heard: Heard): void {
    this.stories.get(number)?.heard.push(heard);
  }

  gaveUp({ number }: Asked, at: number): void {
    const story = this.stories.get(number);
    if (story !== undefined) story.gaveUpAt = at;
  }

  askedPage(asked: AskedPage): void {
    this.pages.push({ asked, heard: null });
  }

  heardPage({ number }: AskedPage, heard: HeardPage): void {
    const story = this.pages.find(({ asked }) => asked.number === number);
    if (story !== undefined) story.heard = heard;
  }

  opened(socket: Socket): void {
    this.sockets.set(socket, { socket, seen: [], events: [], closedAt: null });
  }

  saw(socket: Socket, seen: Seen): void {
    this.sockets.get(socket)?.seen.push(seen);
  }

  sawEvent(socket: Socket, { seq }: SeenEvent): void {
    this.sockets.get(socket)?.events.push(seq);
  }

  closed(socket: Socket, at: number): void {
    const story = this.sockets.get(socket);
    if (story !== undefined) story.closedAt = at;
  }
}

export class CalmWorld {
  readonly timeline = new Timeline();
  readonly notes = new Notes();
  readonly hosts = new Map<string, MemberHost>();
  readonly context: ClientContext;
  readonly #bus = new MemoryBus();
  readonly #broker = new MemoryBroker(this.timeline, () => 1);
  readonly #buckets = new MemoryBuckets();
  readonly #streams: Streams;

  constructor(seed: number) {
    this.#streams = new Streams(seed);
    const front = new Front(this.timeline, this.#streams.get('front'));
    const { timeline } = this;
    const hosts = () => [...this.hosts.values()];
    this.context = { timeline, front, streams: this.#streams, witness: this.notes, hosts };
  }

  start(id: string): MemberHost {
    const host = new MemberHost(
      {
        broker: this.#broker,
        bus: this.#bus,
        buckets: this.#buckets,
        streams: this.#streams,
        note: () => undefined,
        played: null,
        overdue: () => undefined,
        notUnderstood: () => undefined,
        receiver: null,
      },
      {
        process: new Process(new Machine(id, this.timeline, { rate: 1, wallOffsetMs: 0 }), this.timeline),
        settings: { ...settings, id },
        stateVersion: 2,
        start: 1,
        exited: (_, error) => {
          throw error;
        },
      },
    );
    const { member } = host;
    this.#bus.addresses.set(host.address, {
      kind: 'answered',
      id,
      get incarnation() {
        return member.self.incarnation;
      },
    });
    this.hosts.set(id, host);
    void host.start();
    return host;
  }

  kill(host: MemberHost): void {
    host.process.die();
    host.link.cut();
    this.#bus.addresses.delete(host.address);
  }

  /** Lets `ms` of true time pass. */
  pass(ms: number): Promise<void> {
    return this.timeline.runUntil(this.timeline.monotonic() + ms);
  }
}
