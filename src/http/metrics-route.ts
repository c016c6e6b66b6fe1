/**
 * Measurements for Prometheus.
 *
 * Role: what the member counted and timed, and beside it what is read when somebody looks: readiness, slots, games, incidents that were survived
 * (I9 among them), refusals.
 * Invariants:
 *  - What is shown is this member's own; it asks nobody.
 *  - Every series of the tables in metrics.ts is shown, from the first look on.
 */
import type { FastifyInstance } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge } from 'prom-client';
import type { Measurements } from '../member/gateway.ts';
import { type GaugeName, gauges, tallies } from '../metrics.ts';
import { send } from './answers.ts';
import type { Edge } from './edge.ts';
import type { SocketHub } from './socket-hub.ts';

/** A number, or one for each value of the only label. */
type Reading = number | ReadonlyMap<string, number>;

/** Adds `/metrics`. */
export function metricsRoute(app: FastifyInstance, edge: Edge, hub: SocketHub): void {
  const { registry } = edge;
  collectDefaultMetrics({ register: registry });
  addGauges(edge, hub);
  addTallies(edge);
  app.get('/metrics', { config: { opsOnly: true } }, async (_request, reply) => {
    return send(edge, reply, 200, await registry.metrics(), registry.contentType);
  });
}

function read(measured: Measurements, hub: SocketHub): Readonly<Record<GaugeName, Reading>> {
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
    sockets: hub.size,
    clock_held_ms: measured.clockHeldMs,
  };
}

function addGauges({ gateway, registry }: Edge, hub: SocketHub): void {
  for (const [name, { help, labels }] of Object.entries(gauges)) {
    const [label] = Object.keys(labels);
    new Gauge({
      name: `minotaur_${name}`,
      help,
      labelNames: Object.keys(labels),
      registers: [registry],
      collect() {
        const reading = read(gateway.measurements(), hub)[name as GaugeName];
        if (typeof reading === 'number') this.set(reading);
        else for (const [value, number] of reading) this.set({ [label as string]: value }, number);
      },
    });
  }
}

function addTallies({ registry, gateway, refusals }: Edge): void {
  const counts = {
    incidents: () => gateway.measurements().incidents,
    retries: () => gateway.measurements().retries,
    refusals: () => refusals.counts,
  } satisfies Record<keyof typeof tallies, () => ReadonlyMap<string, number>>;
  for (const [name, { help, labels }] of Object.entries(tallies)) {
    for (const [label, values] of Object.entries(labels)) {
      new Counter({
        name: `minotaur_${name}_total`,
        help,
        labelNames: [label],
        registers: [registry],
        collect() {
          const counted = counts[name as keyof typeof tallies]();
          this.reset();
          for (const value of values) this.inc({ [label]: value }, counted.get(value as never) ?? 0);
        },
      });
    }
  }
}
