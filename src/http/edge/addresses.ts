/**
 * Addresses of clients, as limits count them, and of the proxies whose word counts for them.
 *
 * Why networks: whoever has one IPv6 address has the 2^64 of its /64; an IPv4 address that came in over IPv6 is the same client.
 */
import { BlockList, isIP } from 'node:net';
import rateLimit from '@fastify/rate-limit';

const ipv6Network = 64;

/** As proxies write them: `1.2.3.4:5678`, `[2001:db8::1]:443`, `[2001:db8::1]`. */
const withPort = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/;

/** What stands for `address` in a counter: an IPv4 address, an IPv6 /64, or one name for everything that is no address. */
export function addressKey(address: string): string {
  const bare = bareAddress(address);
  return isIP(bare) === 0 ? 'unknown' : rateLimit.normalizeIP(bare, ipv6Network);
}

/** Whether an address is one of the proxies: addresses and networks such as `10.0.0.0/8`. */
export function trustedAddresses(proxies: readonly string[]): (address: string) => boolean {
  const trusted = new BlockList();
  for (const proxy of proxies) {
    const [address = '', bits] = proxy.split('/');
    const family = familyOf(address);
    if (bits === undefined) trusted.addAddress(address, family);
    else trusted.addSubnet(address, Number(bits), family);
  }
  return (address) => {
    const bare = bareAddress(address ?? '');
    return isIP(bare) !== 0 && trusted.check(bare, familyOf(bare));
  };
}

function bareAddress(address: string): string {
  if (isIP(address) !== 0) return address;
  const [, bracketed, plain] = withPort.exec(address.trim()) ?? [];
  return bracketed ?? plain ?? address;
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}
