/** The port of requests outside, over real sockets: what it answers (O1 to O4), and where it does not go. */
import assert from 'node:assert/strict';
import dns from 'node:dns';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, test } from 'node:test';
import { HttpOutgoing } from '../../src/adapters/outgoing/http-outgoing.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let handler: Handler;
let requests: string[];
let outgoing: HttpOutgoing;
let port: number;

const here = { networks: ['127.0.0.0/8'] };

beforeEach(async () => {
  requests = [];
  handler = (_, response) => response.writeHead(204).end();
  server = createServer((request, response) => {
    requests.push(request.url ?? '');
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
  outgoing = new HttpOutgoing({ url: `http://127.0.0.1:${port}/hook`, ...here });
});

afterEach(async () => {
  outgoing.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const post = (timeoutMs = 5_000) => outgoing.post({ headers: { 'webhook-id': 'msg_1' }, body: '{"a":"ä"}' }, timeoutMs);

test('what is sent arrives, with its headers and every byte', async () => {
  const seen = new Promise<string>((resolve) => {
    handler = async (request, response) => {
      const body = Buffer.concat(await request.toArray()).toString();
      response.writeHead(200).end('thanks');
      resolve(`${request.method} ${request.headers['webhook-id']} ${body}`);
    };
  });
  assert.deepEqual(await post(), { kind: 'answered', status: 200 });
  assert.equal(await seen, 'POST msg_1 {"a":"ä"}');
});

test('a visit goes there as a delivery would, by the same rules, and tells nothing', async () => {
  handler = async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    response.writeHead(request.method === 'HEAD' && body === '' ? 405 : 500).end();
  };
  assert.deepEqual(await outgoing.visit(5_000), { kind: 'answered', status: 405, certificateEnd: null });
  const forbidden = new HttpOutgoing({ url: `http://127.0.0.1:${port}/hook`, networks: ['10.0.0.0/8'] });
  assert.equal((await forbidden.visit(5_000)).kind, 'refused');
  assert.deepEqual(requests, ['/hook']);
});

test('a redirect is an answer, and nobody goes there', async () => {
  handler = (_, response) => response.writeHead(302, { location: `http://127.0.0.1:${port}/elsewhere` }).end();
  assert.deepEqual(await post(), { kind: 'answered', status: 302 });
  assert.deepEqual(requests, ['/hook']);
});

test('no answer in time is silence', async () => {
  handler = () => undefined;
  assert.deepEqual(await post(100), { kind: 'silent' });
});

test('nobody there is a failure', async () => {
  const elsewhere = new HttpOutgoing({ url: 'http://127.0.0.1:1/', ...here });
  assert.equal((await elsewhere.post({ headers: {}, body: '' }, 5_000)).kind, 'failed');
});

test('an answer without end is cut off', async () => {
  const closed = new Promise<void>((resolve) => {
    handler = (_, response) => {
      response.writeHead(200);
      response.on('close', resolve);
      const more = () => {
        while (response.write('x'.repeat(8_192)));
      };
      response.on('drain', more);
      more();
    };
  });
  assert.deepEqual(await post(), { kind: 'answered', status: 200 });
  await closed;
});

test('an answer whose body never ends is cut off, and counts', { timeout: 20_000 }, async () => {
  const closed = new Promise<void>((resolve) => {
    handler = (_, response) => {
      response.on('close', resolve);
      response.writeHead(200).flushHeaders();
    };
  });
  assert.deepEqual(await post(60_000), { kind: 'answered', status: 200 });
  await closed;
});

test('an answer whose body does not end in time counts', async () => {
  handler = (_, response) => response.writeHead(200).flushHeaders();
  assert.deepEqual(await post(200), { kind: 'answered', status: 200 });
});

test('however many requests wait for the address, it is looked up once', async (t) => {
  const asked: ((error: null, found: { address: string; family: number }[]) => void)[] = [];
  t.mock.method(dns, 'lookup', (_: string, _options: object, done: (typeof asked)[number]) => asked.push(done));
  const named = new HttpOutgoing({ url: `http://receiver.example:${port}/`, ...here });
  const request = { headers: {}, body: '' };
  for (const times of [1, 2]) {
    const posts = Array.from({ length: 8 }, () => named.post(request, 60_000));
    while (asked.length < times) await new Promise(setImmediate);
    asked.at(-1)?.(null, [{ address: '127.0.0.1', family: 4 }]);
    for (const outcome of await Promise.all(posts)) assert.deepEqual(outcome, { kind: 'answered', status: 204 });
    assert.equal(asked.length, times);
    // The connections are closed, so that the next ones look again.
    named.close();
  }
});

test('connections are used again', async () => {
  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });
  for (let times = 0; times < 5; times += 1) assert.equal((await post()).kind, 'answered');
  assert.equal(connections, 1);
});

test('a private address is not reached unless it is named, be it written out or behind a name', async () => {
  for (const url of [`http://127.0.0.1:${port}/`, `http://localhost:${port}/`]) {
    const unnamed = new HttpOutgoing({ url, networks: ['10.0.0.0/8'] });
    assert.equal((await unnamed.post({ headers: {}, body: '' }, 5_000)).kind, 'refused', url);
  }
  assert.deepEqual(requests, []);
  const named = new HttpOutgoing({ url: `http://localhost:${port}/`, networks: ['127.0.0.0/8'] });
  assert.deepEqual(await named.post({ headers: {}, body: '' }, 5_000), { kind: 'answered', status: 204 });
  named.close();
});
