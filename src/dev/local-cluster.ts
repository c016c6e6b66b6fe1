/**
 * The members that `npm start` runs on this machine, and what can be done to them.
 *
 * Role: keeps the list, gives each its environment, says what happens in one line each.
 * Invariants: member n is `m<n>` on port `port + n`, over restarts too; `stop` leaves none running.
 */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { LocalMember, type Phase } from './local-member.ts';
import { readableLog } from './readable-log.ts';
import { mostMembers } from './start-options.ts';

const stopPatienceMs = 8_000;
const lastLines = 8;
const shownLines = 15;

export interface LocalClusterOptions {
  readonly port: number;
  readonly natsUrl: string;
  readonly adminToken: string;
  readonly tokenSecrets: string;
  readonly logs: string;
  readonly namespace: string;
  /** Members are called so, and numbered from 1 on; absent: `m`. */
  readonly prefix?: string;
  /** Of `MINOTAUR_GAME`; null: what the environment says. */
  readonly game: string | null;
  /** Settings of every member beside those that are made here. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Told what happens, one line each. */
  readonly say: (line: string) => void;
  /** A member's slots should find new owners from now on; or it is back. */
  readonly onDeparture: (memberId: string) => void;
  readonly onReturn: (memberId: string) => void;
}

export class LocalCluster {
  readonly members: LocalMember[] = [];
  readonly #options: LocalClusterOptions;
  #stopping = false;
  #rolling = false;

  constructor(options: LocalClusterOptions) {
    this.#options = options;
  }

  get stopping(): boolean {
    return this.#stopping;
  }

  /** The addresses of members that should answer, those that are not about to leave first. */
  get answering(): readonly string[] {
    const of = (phase: Phase) => this.members.filter((member) => member.phase === phase).map(({ url }) => url);
    return [...of('ready'), ...of('draining'), ...of('starting')];
  }

  /** Starts that many members at once. False if one of them did not get ready. */
  async start(count: number): Promise<boolean> {
    const started = Array.from({ length: count }, () => this.#newMember().start());
    return (await Promise.all(started)).every((ready) => ready);
  }

  /** Starts the first member that does not run, else a new one. */
  async add(): Promise<void> {
    if (this.#stopping) return;
    const dead = this.members.find((member) => !member.running);
    if (dead === undefined && this.members.length === mostMembers) {
      this.#options.say(`there are ${mostMembers} members already`);
      return;
    }
    await (dead ?? this.#newMember()).start();
  }

  /** One that does not run. */
  async startAgain(member: LocalMember): Promise<void> {
    if (!this.#stopping) await member.start();
  }

  /** The end of a member's log, for people. */
  log(member: LocalMember): readonly string[] {
    return [`the end of ${member.logFile}:`, ...member.lastLines(shownLines).map(readableLog)];
  }

  kill(member: LocalMember): void {
    this.#options.onDeparture(member.id);
    void member.kill();
  }

  togglePause(member: LocalMember): void {
    const { id, phase } = member;
    if (phase === 'paused') {
      member.resume();
      this.#options.onReturn(id);
    } else if (phase === 'ready') {
      this.#options.onDeparture(id);
      member.pause();
      this.#options.say(`(what the shared port hands to ${id} waits until it is resumed; the other ports answer)`);
    } else {
      this.#options.say(`${id} is ${phase}`);
    }
  }

  drain(member: LocalMember): void {
    this.#options.onDeparture(member.id);
    void member.drain();
  }

  /** Drains and starts every running member anew, one after another. Stops at the first that does not come back: false. */
  async roll(): Promise<boolean> {
    if (this.#rolling || this.#stopping) return false;
    this.#rolling = true;
    try {
      for (const member of this.members.filter(({ running }) => running)) {
        this.#options.onDeparture(member.id);
        await member.drain();
        if (this.#stopping || !(await member.start())) return false;
      }
      this.#options.say('all members are new');
      return true;
    } finally {
      this.#rolling = false;
    }
  }

  /** Stops every member in the planned way, all at once; kills those that take too long. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const late = new AbortController();
    const patience = pause(stopPatienceMs, undefined, { signal: late.signal }).catch(() => {});
    await Promise.race([Promise.all(this.members.map((member) => member.drain())), patience]);
    late.abort();
    await this.kill9All();
  }

  async kill9All(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.members.map((member) => member.kill()));
  }

  #newMember(): LocalMember {
    const { port, natsUrl, adminToken, tokenSecrets, logs, game, namespace, environment, prefix = 'm' } = this.#options;
    const number = this.members.length + 1;
    const id = `${prefix}${number}`;
    const member = new LocalMember({
      id,
      port: port + number,
      logFile: join(logs, `${id}.log`),
      environment: {
        MINOTAUR_HOST: '127.0.0.1',
        ...process.env,
        ...environment,
        ...(game === null ? {} : { MINOTAUR_GAME: game }),
        MINOTAUR_NAMESPACE: namespace,
        MINOTAUR_NATS_URL: natsUrl,
        MINOTAUR_MEMBER_ID: id,
        MINOTAUR_PORT: String(port + number),
        MINOTAUR_SHARED_PORT: String(port),
        MINOTAUR_ADMIN_TOKEN: adminToken,
        MINOTAUR_TOKEN_SECRETS: tokenSecrets,
      },
      onChange: (changed, was) => this.#changed(changed, was),
    });
    this.members.push(member);
    return member;
  }

  #changed(member: LocalMember, was: Phase): void {
    const { say, onDeparture } = this.#options;
    const { id, phase, ending } = member;
    if (this.#stopping && ending.wanted) return;
    if (phase === 'drained') {
      say(`${id}: drained, and gone`);
    } else if (phase !== 'dead') {
      say(`${id}: ${was === 'paused' && phase === 'ready' ? 'resumed' : phase}`);
    } else if (ending.wanted) {
      say(`${id}: ended (${ending.reason})`);
    } else {
      onDeparture(id);
      const log = member.lastLines(lastLines).map((line) => `    ${readableLog(line)}`);
      say([`${id} ended unexpectedly (${ending.reason}); the end of ${member.logFile}:`, ...log].join('\n'));
    }
  }
}
