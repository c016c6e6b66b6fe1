/**
 * Records the wire of a member: `node test/unit/client/released/record-wire.ts <its address> <file>`.
 *
 * Role: run against the last member of a version before the next one is released; what it wrote is never changed.
 * Why by today's library: it asks as it will ask, and the old member answers as it did.
 */
import { writeFileSync } from 'node:fs';
import { minotaur, type SocketClass } from '../../../../src/client/index.ts';
import type { Recorded } from './recorded.ts';
import { playShortGame } from './short-game.ts';

const [base = '', file = ''] = process.argv.slice(2);
const log: Recorded[] = [];

class Socket extends WebSocket {
  constructor(url: string, protocols: string[]) {
    super(url, protocols);
    log.push({ socket: url.slice(base.replace('http', 'ws').length) });
    this.addEventListener('open', () => log.push({ open: true }));
    this.addEventListener('message', ({ data }) => log.push({ frame: JSON.parse(String(data)) }));
    this.addEventListener('close', ({ code, reason }) => log.push({ close: { code, reason } }));
  }
}

const recorded: typeof fetch = async (url, options = {}) => {
  const response = await fetch(url, options);
  const text = await response.clone().text();
  const { method = 'GET', body } = options;
  const asked = { method, path: String(url).slice(base.length), ...(body && { body: JSON.parse(String(body)) }) };
  log.push({ request: { ...asked, status: response.status, answer: text === '' ? null : JSON.parse(text) } });
  return response;
};

await playShortGame(minotaur(base, { fetch: recorded, WebSocket: Socket as unknown as SocketClass }));
writeFileSync(file, `${JSON.stringify(log, null, 2)}\n`);
