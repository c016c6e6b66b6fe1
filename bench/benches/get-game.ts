/**
 * What a strong read costs on the owner: `get_game` against a bare fastify route that sends the same bytes and headers.
 *
 * Method: each in a process of its own, 50 connections, alternated; autocannon in this process asks both for the same paths. What a read takes
 * of its process is measured beside: on a machine that does other work it changes less than the rate.
 * What is not the same: the bare route looks at no header of the request, and tells its clients to keep connections for 72 s instead of 10 s.
 */
import { get } from 'node:http';
import autocannon from 'autocannon';
import { adminToken, send } from '../../test/support/client.ts';
import { freePort } from '../../test/support/ports.ts';
import { waitFor } from '../../test/support/wait.ts';
import { alternate } from '../support/alternate.ts';
import type { Bench } from '../support/bench.ts';
import { BenchCluster } from '../support/bench-cluster.ts';
import { startProgram } from '../support/programs.ts';

const bareFastify = new URL('../programs/bare-fastify.ts', import.meta.url);
const games = 64;
const connections = 50;
const warmUpSeconds = 1;
const seconds = 4;
/** Written by node itself for every answer. */
const implicitHeaders = ['content-length', 'date', 'connection', 'keep-alive'];

const paths = Array.from({ length: games }, (_, index) => ({ path: `/v1/games/game-${index}` }));
const authorization = `Bearer ${adminToken}`;

export const getGame: Bench = {
  name: 'get_game',
  about: 'strong reads on the owner, against a bare fastify route',
  measures: [
    { name: 'reads', unit: '/s', target: { of: 'ratio', is: 'atLeast', limit: 0.8 } },
    { name: 'user CPU of a read', unit: 'µs', target: { of: 'ratio', is: 'atMost', limit: 1.25 } },
  ],
  async run({ resources, progress }) {
    progress('starting a member and a bare fastify server');
    const cluster = await BenchCluster.start(resources, 1);
    const { url } = cluster.member(0).process;
    const players = Object.fromEntries(['p0', 'p1', 'p2', 'p3'].map((id) => [id, { id, displayName: id }]));
    for (let index = 0; index < games; index += 1) await cluster.createGame(0, { id: `game-${index}`, players });
    const bareUrl = await startBare(resources, await answerOf(`${url}/v1/games/game-0`));
    progress('warming up');
    for (const each of [url, bareUrl]) await read(each, warmUpSeconds);
    progress('reading: member, bare, member, bare');
    const used: number[] = [];
    const usedByBare: number[] = [];
    const perSecond = await alternate(
      () => readsPerSecond(url, used),
      () => readsPerSecond(bareUrl, usedByBare),
    );
    return [perSecond, { value: mean(used), bare: mean(usedByBare) }];
  },
};

async function startBare(resources: AsyncDisposableStack, answer: object): Promise<string> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  startProgram(resources, bareFastify, { port, ...answer });
  await waitFor('the bare server answers', async () => (await send(url, 'GET', '/v1/games/game-0')).status === 200);
  return url;
}

/** An answer's body and the headers that the application wrote, in order. */
function answerOf(url: string): Promise<{ readonly body: string; readonly headers: readonly [string, string][] }> {
  return new Promise((resolve, reject) => {
    const request = get(url, { headers: { authorization }, agent: false }, (response) => {
      const headers = Object.entries(response.headers).flatMap(([name, value]): [string, string][] =>
        typeof value !== 'string' || implicitHeaders.includes(name) ? [] : [[name, value]],
      );
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ body, headers }));
    });
    request.on('error', reject);
  });
}

/** `used` gets the user CPU of one read, in µs. */
async function readsPerSecond(url: string, used: number[]): Promise<number> {
  const before = await userSeconds(url);
  const { reads, duration } = await read(url, seconds);
  used.push(((await userSeconds(url)) - before) / (reads / 1_000_000));
  return reads / duration;
}

async function read(url: string, duration: number): Promise<{ readonly reads: number; readonly duration: number }> {
  const result = await autocannon({ url, connections, duration, headers: { authorization }, requests: paths });
  if (result.non2xx + result.errors > 0) throw new Error(`${result.non2xx + result.errors} reads failed`);
  return { reads: result['2xx'], duration: result.duration };
}

/** Of the process at `url`, since its start. */
async function userSeconds(url: string): Promise<number> {
  const { text } = await send(url, 'GET', '/metrics');
  const seconds = /^process_cpu_user_seconds_total (\S+)$/m.exec(text)?.[1];
  if (seconds === undefined) throw new Error(`${url} does not say what it has used of the processor`);
  return Number(seconds);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
