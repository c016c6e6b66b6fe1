/**
 * Which server is tried next.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Servers } from '../../../src/adapters/nats/servers.ts';
import type { Random } from '../../../src/ports/random.ts';

/** Fractions in this order, again and again. */
function random(...fractions: number[]): Random {
  let at = 0;
  return { fraction: () => fractions[at++ % fractions.length] ?? 0, token: () => '' };
}

const round = (servers: Servers): string[] => Array.from({ length: servers.count }, () => servers.next().address);

describe('the servers to try', () => {
  it('come one after the other, in an order that differs between members', () => {
    const names = ['a:1', 'b:1', 'c:1'];
    const servers = new Servers(names, random(0.5, 0.9, 0.1));
    assert.deepEqual([...round(servers), ...round(servers)], ['c:1', 'a:1', 'b:1', 'c:1', 'a:1', 'b:1']);
    assert.deepEqual(round(new Servers(names, random(0.1, 0.5, 0.9))), names);
  });

  it('are those of the settings for ever, and of the announced ones the newest', () => {
    const servers = new Servers(['a:1', 'b:1'], random(0.1, 0.2));
    const by = servers.next();
    servers.announced(['10.0.0.3:1', 'a:1', '10.0.0.4:1'], by);
    assert.deepEqual(round(servers).sort(), ['10.0.0.3:1', '10.0.0.4:1', 'a:1', 'b:1']);
    servers.announced(['10.0.0.4:1', '10.0.0.5:1', '10.0.0.5:1'], by);
    assert.deepEqual(round(servers).sort(), ['10.0.0.4:1', '10.0.0.5:1', 'a:1', 'b:1']);
    servers.announced([], by);
    assert.deepEqual(round(servers).sort(), ['a:1', 'b:1']);
  });

  it('are no more than a round takes, and only addresses', () => {
    const servers = new Servers(['a:1'], random(0.1));
    const many = Array.from({ length: 1_000 }, (_, index) => `10.0.0.1:${index + 1}`);
    servers.announced(['', '::::', 'x y:1', 'h:99999', 'nats://h:1', ...many], servers.next());
    assert.equal(servers.count, 17);
    assert.ok(round(servers).every((address) => address === 'a:1' || /^10\.0\.0\.1:\d+$/.test(address)));
  });

  it('have certificates for their name; an announced address for the name of the server that announces it', () => {
    const servers = new Servers(['nats-1:4222'], random(0.1));
    const by = servers.next();
    assert.equal(by.tlsName, 'nats-1');
    servers.announced(['10.0.0.2:4222', 'nats-3:4222', '[::1]:4222'], by);
    const names = new Map(
      Array.from({ length: servers.count }, () => servers.next()).map((s) => [s.address, s.tlsName]),
    );
    assert.deepEqual(
      [...names].sort(),
      [
        ['10.0.0.2:4222', 'nats-1'],
        ['[::1]:4222', 'nats-1'],
        ['nats-1:4222', 'nats-1'],
        ['nats-3:4222', 'nats-3'],
      ].sort(),
    );
    assert.equal(new Servers(['10.0.0.1:4222'], random(0)).next().tlsName, '');
  });
});
