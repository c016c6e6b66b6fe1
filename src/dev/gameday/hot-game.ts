/**
 * An incident: one game gets more commands than it can take.
 *
 * Role: NATS tells which game it is; then more commands come at once than may wait, for which NATS has to stand still for a moment.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from 'nats';
import { z } from 'zod';
import type { Incident, Stage } from './incident.ts';

const HOT = 'HOT';
/** Each says again and again that it is ready: every game knows that. */
const EARLY = 'p0';
const LATE = ['p1', 'p2'];
const path = `/v1/games/${HOT}`;
const location = z.object({ owner: z.string() });
const problem = z.object({ code: z.string() });
const LANES = 4;
const WRITES = 200;
/** More than may wait (1,000). */
const AT_ONCE = 1_200;
const NAMED_WITHIN_MS = 30_000;
const FROZEN_AT_MOST_MS = 10_000;

export const hotGame: Incident = {
  name: 'hot-game',
  what: `one game gets ${AT_ONCE} commands at once, while NATS stands still for a moment`,
  signs: [
    new RegExp(`^nats ${HOT} is written most`),
    /^answer 503 session_overloaded/,
    /^metric minotaur_refusals_total\{limit="waiting_requests"\} \+/,
  ],
  runbook: ['503-session_overloaded', 'one-game-is-hot', 'clients-are-refused'],
  alert: 'MinotaurClientsRefused',
  alertWaits: 'such refusals have to last: wrong-tokens plays that',
  harm: async (stage) => {
    const players = Object.fromEntries([EARLY, ...LATE].map((id) => [id, { id, displayName: id }]));
    const game = { id: HOT, status: 'lobby', players };
    await stage.send('POST', `${path}/continue`, { body: { game } });
    stage.note(`nats ${await mostWritten(stage)} is written most`);
    await overload(stage);
  },
  mend: async (stage) => void (await stage.send('DELETE', path)),
};

const ready = (playerId: string) => `${path}/players/${playerId}/ready`;

/** The game of which NATS stores the most while a player of `HOT` does what it can. */
async function mostWritten({ nats, namespace, send }: Stage): Promise<string> {
  const connection = await connect({ servers: nats.url });
  const writes = new Map<string, number>();
  connection.subscribe(`$KV.${namespace}_sessions.>`, {
    callback: (_error, { subject }) => {
      const game = subject.split('.').at(-1) ?? '';
      writes.set(game, (writes.get(game) ?? 0) + 1);
    },
  });
  const deadline = performance.now() + NAMED_WITHIN_MS;
  const lane = async () => {
    while ((writes.get(HOT) ?? 0) < WRITES && performance.now() < deadline) {
      await send('POST', ready(EARLY), { body: { ready: true } });
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  await connection.close();
  return [...writes].toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? 'nothing';
}

/** At the owner, since the others reach it through NATS alone. */
async function overload({ members, nats, send, note }: Stage): Promise<void> {
  const { owner } = location.parse((await send('GET', `${path}/location`)).body);
  const at = members.find(({ id }) => id === owner)?.url;
  if (at === undefined) throw new Error(`no member is ${owner}, which should own ${HOT}`);
  const refused = new AbortController();
  process.kill(nats.pid ?? 0, 'SIGSTOP');
  try {
    const commands = Array.from({ length: AT_ONCE }, async (_, index) => {
      const who = LATE[index % LATE.length] ?? EARLY;
      const { status, body } = await send('POST', ready(who), { body: { ready: true }, at });
      if (status < 400) return;
      note(`answer ${status} ${problem.parse(body).code}`);
      refused.abort();
    });
    await pause(FROZEN_AT_MOST_MS, undefined, { signal: refused.signal }).catch(() => undefined);
    process.kill(nats.pid ?? 0, 'SIGCONT');
    await Promise.all(commands);
  } finally {
    process.kill(nats.pid ?? 0, 'SIGCONT');
  }
}
