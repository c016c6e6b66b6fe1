/**
 * Measurements for Prometheus.
 *
 * Role: what the member counted and timed, and beside it what is read when somebody looks: readiness, slots, games, incidents that were survived
 * (I9 among them), refusals.
 * Invariants:
 *  - What is shown is this member's own, of one moment; it asks nobody.
 *  - Every series of the tables in metrics.ts is shown, from the first look on.
 */
import type { FastifyInstance } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, type Registry } from 'prom-client';
import type { Measurements } from '../../member/contract/gateway.ts';
import { type CounterRow, type GaugeName, gauges, type Labels, tallies } from '../../metrics.ts';
import { send } from '../edge/answers.ts';
import type { Edge } from '../edge/edge.ts';
import type { SocketHub } from '../socket/socket-hub.ts';

/** A number, or one for each value of the only label; of a value that is not there, 0. */
type Reading = number | ReadonlyMap<string, number>;
type Readings = Readonly<Record<GaugeName | keyof typeof tallies, Reading>>;

/** Adds `/metrics`. */
export function metricsRoute(app: FastifyInstance, edge: Edge, hub: SocketHub): void {
  const { registry, gateway } = edge;
  collectDefaultMetrics({ register: registry });
  const shown = [
    ...Object.entries(gauges).map(([name, row]) => gauge(registry, name as GaugeName, row)),
    ...Object.entries(tallies).map(([name, row]) => tally(registry, name as keyof typeof tallies, row)),
  ];
  app.get('/metrics', { config: { opsOnly: true } }, async (_request, reply) => {
    const readings = read(gateway.measurements(), edge, hub);
    for (const show of shown) show(readings);
    return send(edge, reply, 200, await registry.metrics(), registry.contentType);
  });
}

function read(measured: Measurements, { refusals }: Edge, hub: SocketHub): Readings {
  return {
    ready: Number(measured.ready),
    nats_connected: Number(measured.connected),
    bucket_usable: new Map([...measured.buckets].map(([bucket, usable]) => [bucket, Number(usable)])),
    members: measured.members,
    slots_held: measured.slotsHeld,
    slots_wanted: measured.slotsWanted,
    slots_unowned: measured.slotsUnowned,
    sessions: measured.sessions,
    games: measured.games,
    deadlines: measured.deadlines,
    loads: measured.loads,
    loads_at_once: measured.loadsAtOnce,
    claims_outstanding: measured.claims,
    stuck: measured.stuck,
    sockets: hub.size,
    clock_held_ms: measured.clockHeldMs,
    webhook_games: measured.webhookGames,
    webhook_oldest_seconds: measured.webhookOldestMs / 1000,
    incidents: measured.incidents,
    retries: measured.retries,
    refusals: refusals.counts,
  };
}

type Show = (readings: Readings) => void;

function gauge(registry: Registry, name: GaugeName, { help, labels }: CounterRow): Show {
  const metric = new Gauge({ name: `minotaur_${name}`, help, labelNames: Object.keys(labels), registers: [registry] });
  return (readings) => {
    for (const [values, value] of seriesOf(readings[name], labels)) metric.set(values, value);
  };
}

function tally(registry: Registry, name: keyof typeof tallies, { help, labels }: CounterRow): Show {
  const labelNames = Object.keys(labels);
  const metric = new Counter({ name: `minotaur_${name}_total`, help, labelNames, registers: [registry] });
  return (readings) => {
    metric.reset();
    for (const [values, value] of seriesOf(readings[name], labels)) metric.inc(values, value);
  };
}

/** Every series of the row, whichever of them were read. */
function seriesOf(reading: Reading, labels: Labels): (readonly [Record<string, string>, number])[] {
  if (typeof reading === 'number') return [[{}, reading]];
  return Object.entries(labels).flatMap(([label, values]) =>
    values.map((value) => [{ [label]: value }, reading.get(value) ?? 0] as const),
  );
}
