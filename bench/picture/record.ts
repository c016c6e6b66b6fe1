/**
 * A real run for the picture: three members, two people who play, and kill -9 of the member that owns their game.
 *
 * Method: both play one command after the other through any member, as a client does: what is not answered is sent again, under its
 * idempotency key, to another member. The kill comes while they play. Raw requests: the picture shows each attempt and the owner that answered, which
 * the client library keeps to itself.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { locateNatsServer } from '../../src/dev/nats-server.ts';
import { expectStatus, persist } from '../../test/support/client.ts';
import { Player } from '../../test/support/player.ts';
import { BenchCluster } from '../support/bench-cluster.ts';
import type { Command, Recording } from './recording.ts';

const beforeMs = 1_000;
const afterMs = 1_500;
/** People are slower; the picture shows more with less. */
const betweenMs = 35;
const withinMs = 20_000;
const settings = { actionPoints: 5 };

interface Turn {
  readonly player: Player;
  readonly name: string;
  readonly what: Command['what'];
}

export async function record(resources: AsyncDisposableStack): Promise<Recording> {
  const { version } = await locateNatsServer({ progress: () => {} });
  const cluster = await BenchCluster.start(resources, 3);
  const bases = cluster.members.map(({ process }) => process.url);
  const anywhere = inTurn(bases);
  const ada = await Player.create(anywhere(), { settings, displayName: 'Ada' });
  const grace = await Player.join(anywhere(), ada.gameId, 'Grace');
  for (const player of [ada, grace]) expectStatus(await player.ready(anywhere()), 200);
  expectStatus(await ada.start(anywhere()), 200);
  const { owner, version: before } = await stateOf(ada, anywhere);
  const commands: (Command & { readonly sent: number })[] = [];
  let killedAt = Number.POSITIVE_INFINITY;
  const startedAt = performance.now();
  void delay(beforeMs).then(() => {
    killedAt = performance.now();
    void cluster.members.find(({ process }) => process.id === owner)?.process.kill();
  });
  let round = 1;
  for (let index = 0; performance.now() < Math.min(killedAt, startedAt + withinMs) + afterMs; index += 1) {
    const turn = turns(ada, grace)[index % 4] as Turn;
    const sent = performance.now();
    const done = await play(turn, round, anywhere);
    commands.push({
      ...done,
      sent,
      round,
      player: turn.name,
      what: turn.what,
      sentAt: 0,
      answeredAt: performance.now(),
    });
    if (index % 4 === 3) round += 1;
    await delay(betweenMs);
  }
  const after = await stateOf(ada, anywhere);
  return {
    about:
      'A real run, recorded by `npm run picture`: kill -9 of the owner of a game. Milliseconds, counted from the kill.',
    nats: version,
    node: process.versions.node,
    members: cluster.members.map(({ process }) => process.id),
    killed: owner,
    commands: commands.map(({ sent, ...command }) => ({
      ...command,
      sentAt: Math.round(sent - killedAt),
      answeredAt: Math.round(command.answeredAt - killedAt),
    })),
    versions: { before, after: after.version },
  };
}

/** Each acts, then each is done: the last one ends the round. */
function turns(ada: Player, grace: Player): readonly Turn[] {
  return [
    { player: ada, name: 'Ada', what: 'act' },
    { player: grace, name: 'Grace', what: 'act' },
    { player: ada, name: 'Ada', what: 'commit' },
    { player: grace, name: 'Grace', what: 'commit' },
  ];
}

/** The next member each time: a client knows no owner, and may ask any. */
function inTurn(bases: readonly string[]): () => string {
  let next = 0;
  return () => bases[next++ % bases.length] as string;
}

type Done = Pick<Command, 'attempts' | 'owner' | 'version'>;

async function play({ player, what }: Turn, round: number, anywhere: () => string): Promise<Done> {
  let attempts = 0;
  const pick = () => {
    attempts += 1;
    return anywhere();
  };
  const path = `/v1/games/${player.gameId}/${what === 'act' ? 'actions' : `rounds/${round}/commit`}`;
  const body = what === 'act' ? { type: 'move', vector: { q: 1, r: 0 } } : {};
  const options = { key: randomUUID(), token: player.token, body, pick, withinMs };
  const reply = await persist('POST', path, options);
  const { version } = expectStatus(reply, 200) as { version: number };
  return { attempts, version, owner: ownerIn(reply?.headers) };
}

async function stateOf(player: Player, anywhere: () => string): Promise<{ owner: string; version: number }> {
  const reply = await persist('GET', `/v1/games/${player.gameId}`, { token: player.token, pick: anywhere, withinMs });
  const { version } = expectStatus(reply, 200) as { version: number };
  return { version, owner: ownerIn(reply?.headers) };
}

function ownerIn(headers: IncomingHttpHeaders | undefined): string {
  const owner = headers?.['x-minotaur-owner'];
  if (typeof owner !== 'string') throw new Error('the answer names no owner');
  return owner;
}
