/**
 * The wire of the adapter on a server that does what a test tells it, and on a clock that a test moves.
 */
import type { TestContext } from 'node:test';
import { dial, type Link } from '../../../src/adapters/nats/link.ts';
import { Servers } from '../../../src/adapters/nats/servers.ts';
import { clientOptions } from '../../../src/adapters/nats/settings.ts';
import { StatusEvents } from '../../../src/adapters/nats/status.ts';
import { type Reply, Wire } from '../../../src/adapters/nats/wire.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { ScriptedNats } from '../../support/scripted-nats.ts';
import { waitFor } from '../../support/wait.ts';

const settings = { credentialsFile: null, tls: null, clientName: 'lab' };

export class Lab {
  readonly server: ScriptedNats;
  readonly clock = new ManualClock();
  readonly lines: string[] = [];
  readonly wire: Wire;
  readonly #events: StatusEvents;
  readonly #servers: Servers;
  #link: Link | null = null;

  private constructor(server: ScriptedNats) {
    this.server = server;
    const say = (details: object, text: string): void => {
      this.lines.push(`${text} ${JSON.stringify(details)}`);
    };
    this.wire = new Wire('ns.inbox.me', this.clock, { info: say, warn: say, error: say });
    this.#servers = new Servers([server.address], { fraction: () => 0, token: () => '' });
    this.#events = new StatusEvents(this.wire, this.#servers, 'ns');
  }

  /** Connected. */
  static async start(t: TestContext): Promise<Lab> {
    const lab = new Lab(await ScriptedNats.start());
    t.after(async () => {
      lab.#link?.end();
      await lab.server.close();
    });
    await lab.connect();
    return lab;
  }

  get link(): Link {
    if (this.#link === null) throw new Error('never connected');
    return this.#link;
  }

  async connect(): Promise<void> {
    const client = clientOptions({ ...settings, servers: [this.server.address] });
    const link = await dial(client, this.#servers.next(), new AbortController().signal);
    this.#link = link;
    void link.ended.then(() => this.wire.detach());
    this.#events.listen(link);
    this.wire.attach(link);
    await waitFor('its subscription for answers', () => this.server.subjects.includes('ns.inbox.me.re.*'));
  }

  /** The server ends the connection. */
  async cut(): Promise<void> {
    this.server.drop();
    await waitFor('it to notice', () => !this.wire.connected);
  }

  /** Sends a request; the replies that it was concluded with, one if all is well. */
  ask(subject: string, timeoutMs = 1_000): Reply[] {
    const replies: Reply[] = [];
    const request = { subject, payload: Buffer.from('?'), timeoutMs, conclude: (reply: Reply) => replies.push(reply) };
    void this.wire.request(request);
    return replies;
  }

  /** The subject to answer the newest request with that subject on. */
  async replyTo(subject: string, count = 1): Promise<string> {
    const sent = () => this.server.to(subject).filter((published) => published.subject === subject);
    await waitFor(`request ${count} to ${subject}`, () => sent().length >= count);
    return sent()[count - 1]?.reply ?? '';
  }

  /** Returns once the client has handled all that the server sent before. */
  async settled(): Promise<void> {
    const before = this.#echoes;
    const subject = `ns.echo${before}`;
    const { stop } = this.wire.subscribe(subject, () => {
      this.#echoes += 1;
    });
    await waitFor('a round trip', () => this.server.subjects.includes(subject));
    this.server.deliver(subject, '');
    await waitFor('a round trip', () => this.#echoes > before);
    stop();
  }

  #echoes = 0;
}
