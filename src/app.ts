/**
 * Puts one member together: settings, adapters, the member, its edge.
 *
 * Role: the only place that knows every part. Start: edge first (so that `/livez` answers while NATS is awaited), then NATS, then joining.
 * End: drain, leave the cluster, close the edge, disconnect.
 */
import { createRequire } from 'node:module';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type Logger, pino } from 'pino';
import { guarded } from './adapters/guard.ts';
import { LogOutput } from './adapters/log-output.ts';
import { connectNats, type NatsBackend } from './adapters/nats/connection.ts';
import { BucketRefused, PayloadTooSmall, UnsuitableBucket, UnsupportedServer } from './adapters/nats/errors.ts';
import { HttpOutgoing } from './adapters/outgoing/http-outgoing.ts';
import { PrometheusMeter } from './adapters/prometheus.ts';
import { atEndOfTurn, systemClock, systemRandom, systemStopwatch } from './adapters/system.ts';
import { openTelemetry } from './adapters/tracing.ts';
import type { Config } from './config.ts';
import { DAY_MS } from './game/abandonment.ts';
import type { LoadedGame } from './game/loaded-game.ts';
import { rulesWith } from './game/rules.ts';
import type { GameState } from './game/state.ts';
import { wireShapesOf } from './game/wire-shapes.ts';
import { hostOf } from './game-host.ts';
import { readPages } from './http/edge/pages.ts';
import { documentsOf } from './http/rest/documents.ts';
import { createHttpServer } from './http/server.ts';
import { logOptions } from './log-events.ts';
import { Incidents } from './member/kit/incidents.ts';
import { Member } from './member/member.ts';
import { StartRefused } from './member/membership/cluster-key.ts';
import { ModuleCalls, type SlowCalls } from './module-calls.ts';
import { refusedPorts } from './refused-ports.ts';
import { rehearse } from './session/rehearsal.ts';
import { SummedLog } from './summed-log.ts';

/** Where `npm run build` puts them. */
const pagesFolder = fileURLToPath(new URL('../dist/web', import.meta.url));

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

export interface App {
  /** Resolves when the member has joined; rejects when it must not run. */
  start(): Promise<void>;
  /** Serves as ever, but keeps no connection: whatever removes this member from its balancers has begun to. */
  announceStop(): void;
  /** Hands everything off, then ends. */
  drain(): Promise<void>;
}

export interface MemberLog {
  readonly log: SummedLog;
  /** For the line with which the process fails. */
  readonly plainLog: Logger;
  readonly incidents: Incidents;
  /** Resolves when all of it was read, or after a second: before the process ends. */
  flushed(): Promise<void>;
}

/** The log goes to standard output. */
export function createLog({ logLevel, member }: Config): MemberLog {
  const output = new LogOutput(process.stdout, {
    clock: systemClock,
    dropped: () => incidents.logLineDropped(),
    readAgain: (lines) => incidents.logReadAgain(lines),
  });
  const plainLog = pino(logOptions(logLevel, member.id), output);
  const log = new SummedLog(plainLog, systemClock);
  const incidents = new Incidents(log);
  return { log, plainLog, incidents, flushed: () => output.flushed() };
}

/** `failed` is told of whatever the member cannot survive. */
export function createApp(
  config: Config,
  game: LoadedGame,
  { log, incidents }: MemberLog,
  failed: (error: unknown) => void,
): App {
  const meter = new PrometheusMeter();
  const tracing = openTelemetry(version, log);
  const slow = (of: SlowCalls) =>
    log.warn({ game: game.name, ...of }, 'the game is slow: everybody at this member waits');
  const calls = new ModuleCalls(meter, systemStopwatch, slow);
  const host = hostOf(calls.measured(game), calls.judged(guarded), log);
  const rules = rulesWith({ abandonMs: config.abandonDays * DAY_MS, host });
  const outgoing = config.webhook && new HttpOutgoing(config.webhook);
  const member = new Member<GameState>({
    clock: systemClock,
    random: systemRandom,
    rules,
    settings: config.member,
    log,
    incidents,
    meter,
    tracing,
    appVersion: version,
    webhook: config.webhook && outgoing && { ...config.webhook, outgoing },
    failed,
  });
  const shapes = wireShapesOf(game);
  const edge = createHttpServer({
    ...config.http,
    gateway: member,
    shapes,
    documents: documentsOf(shapes),
    pages: readPages(pagesFolder),
    clock: systemClock,
    random: systemRandom,
    atEndOfTurn,
    log,
    registry: meter.registry,
    tracing,
  });
  const starting = new AbortController();
  let backend: NatsBackend | null = null;
  return {
    async start() {
      const { port } = await edge.listen();
      const { sharedPort, opsPort } = config.http;
      log.info({ port, sharedPort: sharedPort || undefined, opsPort: opsPort || undefined }, 'listening');
      for (const refused of refusedPorts([port, sharedPort, opsPort])) {
        log.warn(
          { port: refused },
          'browsers and fetch refuse to speak to this port, whatever listens there: take another one',
        );
      }
      const clientName = `minotaur ${config.member.id}`;
      backend = await connectNats({ ...config.nats, clientName, log }, starting.signal);
      log.info({ serverVersion: backend.serverVersion }, 'connected to NATS');
      rehearse(rules);
      await member.start({ ...backend, addresses: [advertised(config, port)] });
    },
    announceStop: edge.announceStop,
    async drain() {
      edge.startDrain();
      await member.drain();
      starting.abort(new Error('stopped while waiting for NATS'));
      // The listeners close before the member leaves: what has come in is still served.
      await edge.close();
      await member.stop();
      await backend?.close();
      outgoing?.close();
    },
  };
}

/** Whether starting again cannot help: the settings or the surroundings have to change first. */
export function isHopeless(error: unknown): boolean {
  const refusals = [StartRefused, UnsupportedServer, PayloadTooSmall, UnsuitableBucket, BucketRefused];
  return refusals.some((refusal) => error instanceof refusal);
}

/** Where peers reach this member: as told, else the host that it listens on if that is one, else its host name. */
function advertised(config: Config, port: number): string {
  const { advertise, host } = config.http;
  if (advertise !== null) return advertise;
  const isEverywhere = host === '0.0.0.0' || host === '::';
  const name = isEverywhere ? hostname() : host;
  return `${name.includes(':') ? `[${name}]` : name}:${port}`;
}
