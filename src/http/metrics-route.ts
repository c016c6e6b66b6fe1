/**
 * Measurements for Prometheus.
 *
 * Role: what an operator is paged by: readiness, slots, sessions, and every incident that was survived (I9 among them).
 * Invariant: what is shown is this member's own; it asks nobody.
 */
import type { FastifyInstance } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Measurements } from '../member/gateway.ts';
import { send } from './answers.ts';
import type { Edge } from './edge.ts';

/** Adds `/metrics`. */
export function metricsRoute(app: FastifyInstance, edge: Edge): void {
  const registry = registryOf(edge);
  app.get('/metrics', { config: { opsOnly: true } }, async (_request, reply) => {
    return send(edge, reply, 200, await registry.metrics(), registry.contentType);
  });
}

function registryOf({ gateway, refusals }: Edge): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string, value: (measured: Measurements) => number) =>
    new Gauge({
      name: `minotaur_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(value(gateway.measurements()));
      },
    });
  gauge('ready', '1 if this member is ready', ({ ready }) => (ready ? 1 : 0));
  gauge('slots_held', 'Slots that this member holds', ({ slotsHeld }) => slotsHeld);
  gauge('slots_unowned', 'Slots without an owner, as far as this member knows', ({ slotsUnowned }) => slotsUnowned);
  gauge('sessions', 'Sessions in the slots that this member holds', ({ sessions }) => sessions);
  gauge('members', 'Members in the group, as far as this member knows', ({ members }) => members);
  const held = 'By how much the time of games is kept ahead of the clock of NATS, which jumped, in ms';
  gauge('clock_held_ms', held, ({ clockHeldMs }) => clockHeldMs);
  gauge('deadlines', 'Round ends that this member keeps, one a game at most', ({ deadlines }) => deadlines);
  gauge('loads', 'Games that are being loaded, or wait for that', ({ loads }) => loads);
  new Gauge({
    name: 'minotaur_bucket_usable',
    help: '1 if the bucket is there and takes writes, as far as this member knows',
    labelNames: ['bucket'],
    registers: [registry],
    collect() {
      for (const [bucket, usable] of gateway.measurements().buckets) this.set({ bucket }, usable ? 1 : 0);
    },
  });
  const counter = (name: string, help: string, label: string, counts: () => ReadonlyMap<string, number>) =>
    new Counter({
      name: `minotaur_${name}_total`,
      help,
      labelNames: [label],
      registers: [registry],
      collect() {
        this.reset();
        for (const [kind, count] of counts()) this.inc({ [label]: kind }, count);
      },
    });
  const survived = 'What went wrong and was survived, by kind; "rollbacks" means that NATS lost acknowledged writes';
  counter('incidents', survived, 'kind', () => gateway.measurements().incidents);
  const repeated = 'What was tried again because NATS gave no final answer, by reason';
  counter('retries', repeated, 'reason', () => gateway.measurements().retries);
  new Gauge({
    name: 'minotaur_games',
    help: 'Games in the slots that this member holds, by status; "suspended" are active ones whose clock stands still because nobody plays',
    labelNames: ['status'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [status, count] of gateway.measurements().games) this.set({ status }, count);
    },
  });
  new Counter({
    name: 'minotaur_refusals_total',
    help: 'What a limit refused (connections, sockets, requests, frames), by limit',
    labelNames: ['limit'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [limit, count] of refusals.counts) this.inc({ limit }, count);
    },
  });
  return registry;
}
